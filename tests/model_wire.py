"""One exchange with the tests' model server: the request, regular answers, and the wire that answers are written to."""

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any


@dataclass(frozen=True)
class Request:
    """One completion that was asked for."""

    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """All messages' text."""
        return "\n".join(str(message.get("content") or "") for message in self.body.get("messages", []))

    @property
    def prompt_tokens(self) -> int:
        """An estimate: a token for four bytes, and a few for each message."""
        return len(self.text.encode()) // 4 + 4 * len(self.body.get("messages", []))


@dataclass(frozen=True)
class Reply:
    """A regular answer.

    Attributes:
        text: The content; None: null.
        finish_reason: None: the stream ends without one.
        refusal: Said instead of the content.
        reasoning: Streamed first, as `reasoning_content`.
        pause: Seconds before each token but the first.
        pieces: Characters in a token.
        usage: Whether tokens are counted when the request asks for it.
        role_first: Whether an empty delta comes before everything.
        done: Whether `[DONE]` ends the stream.
    """

    text: str | None = "{}"
    finish_reason: str | None = "stop"
    refusal: str | None = None
    reasoning: str = ""
    pause: float = 0.0
    pieces: int = 12
    usage: bool = True
    role_first: bool = True
    done: bool = True


class Wire:
    """What an answer is written to."""

    def __init__(self, handler: BaseHTTPRequestHandler, request: Request, stopped: threading.Event):
        self.request, self._handler, self._stopped = request, handler, stopped

    def begin(self, status: int = 200, kind: str = "text/event-stream", headers: dict[str, str] | None = None):
        """Send the head of a response whose length is not said."""
        self._handler.send_response(status)
        for name, value in {"Content-Type": kind, "Transfer-Encoding": "chunked", **(headers or {})}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def send(self, data: bytes):
        """Send bytes as they are."""
        if data:
            self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self._handler.wfile.flush()

    def end(self):
        """The response is complete."""
        self._handler.wfile.write(b"0\r\n\r\n")

    def answer(self, status: int, body: Any, kind: str = "application/json", headers: dict[str, str] | None = None):
        """A whole response: bytes, or JSON."""
        self.begin(status, kind, headers)
        self.send(body if isinstance(body, bytes) else json.dumps(body).encode())
        self.end()

    def event(self, data: Any):
        """One event of the stream."""
        self.send(b"data: " + json.dumps(data).encode() + b"\n\n")

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None, usage: Any = None):
        """One chunk of the completion."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        self.event({**self._head("chat.completion.chunk"), "choices": [choice], "usage": usage})

    def done(self):
        """The mark at the end of a stream."""
        self.send(b"data: [DONE]\n\n")

    def wait(self, seconds: float):
        """Do nothing for a time, or until the server stops."""
        self._stopped.wait(seconds)

    def reset(self):
        """Break the connection."""
        connection: socket.socket = self._handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.wfile.flush()
        connection.close()
        self._handler.close_connection = True

    def reply(self, reply: Reply):
        """A regular answer, streamed if it was asked to be."""
        if not self.request.body.get("stream"):
            self.answer(200, self.completion(reply))
            return
        self.begin()
        if reply.role_first:
            self.chunk({"role": "assistant", "content": ""})
        for delta in self._deltas(reply):
            self.chunk(delta)
            self.wait(reply.pause)
        self._finish(reply)
        self.end()

    def completion(self, reply: Reply) -> dict[str, Any]:
        """The answer in one piece."""
        message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal}
        choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason, "logprobs": None}
        usage = self._usage(reply) if reply.usage else None
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage}

    def _deltas(self, reply: Reply):
        for name, text in (("reasoning_content", reply.reasoning), ("refusal", reply.refusal), ("content", reply.text)):
            yield from ({name: piece} for piece in re.findall(f"(?s).{{1,{reply.pieces}}}", text or ""))

    def _finish(self, reply: Reply):
        if reply.finish_reason:
            self.chunk({}, reply.finish_reason)
        if reply.usage and (self.request.body.get("stream_options") or {}).get("include_usage"):
            self.event({**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage(reply)})
        if reply.done:
            self.done()

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": self.request.body.get("model")}

    def _usage(self, reply: Reply) -> dict[str, int]:
        read, written = self.request.prompt_tokens, len(f"{reply.reasoning}{reply.text or ''}") // 4 + 1
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def writes(function: Callable[[Wire], None]) -> Callable[[Wire], None]:
    """Mark a function that writes an answer to the wire itself."""
    function.writes = True
    return function
