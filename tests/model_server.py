"""A model's server for tests: OpenAI's chat completions over real HTTP, strict about requests, scripted in its answers.

    with ModelServer(lambda request: {"summary": "..."}) as server:
        Model(server.url, server.key, server.model).ask(...)
    assert server.calls == 1

What answers is a value, or a function from the request to one: a dict (sent as JSON text), a text, a `Reply` for the
details of a regular answer, or a function that writes to the `Wire` whatever it likes (see model_faults.py).
"""

import json
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.model_request import InvalidRequestError, check_request
from tests.model_wire import Reply, Request, Wire


@dataclass
class ModelServer:
    """The server; a context manager.

    Attributes:
        script: Answers every request that `queue` does not.
        refuses: Features it does not know: json_schema, json_object, stream_options, max_tokens,
            max_completion_tokens, temperature.
        refusal_status: With which status it says so.
        key: The only key it takes; None: it asks for none.
        model: The only model it has.
        requests: Every completion that was asked for, refused ones too, oldest first.
    """

    script: Any = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    refusal_status: int = 400
    key: str | None = "sk-test"
    model: str = "test-model"
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self):
        self._queue: list[Any] = []
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def calls(self) -> int:
        """How many completions were asked for."""
        return len(self.requests)

    @property
    def prompt_tokens(self) -> int:
        """Estimated tokens of all prompts."""
        return sum(request.prompt_tokens for request in self.requests)

    def queue(self, *answers: Any):
        """Answer the next requests with these, one each, before the script has its turn again."""
        self._queue.extend(answers)

    def complete(self, wire: Wire):
        """Answer one completion."""
        self.requests.append(wire.request)
        if self.key and wire.request.headers.get("authorization") != f"Bearer {self.key}":
            wire.answer(401, {"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key"}})
            return
        try:
            check_request(wire.request.body, self.model, self.refuses, self.refusal_status)
        except InvalidRequestError as error:
            wire.answer(error.status, error.body)
            return
        self._write(self._queue.pop(0) if self._queue else self.script, wire)

    def _write(self, answer: Any, wire: Wire):
        while callable(answer):
            # A function of the request gives an answer; one that writes for itself gives none.
            answer = answer(wire) if getattr(answer, "writes", False) else answer(wire.request)
        if isinstance(answer, dict):
            answer = json.dumps(answer, ensure_ascii=False)
        if answer is not None:
            wire.reply(Reply(answer) if isinstance(answer, str) else answer)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # A token is a small packet; none waits for the last one's acknowledgement.
            disable_nagle_algorithm = True

            def do_GET(self):
                wire = Wire(self, Request({}, {}), site._stopped)
                found = self.path == "/v1/models"
                rows = [{"id": site.model, "object": "model", "created": 1, "owned_by": "tests"}]
                wire.answer(
                    200 if found else 404, {"object": "list", "data": rows} if found else {"error": "Not Found"}
                )

            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                wire = Wire(self, Request(json.loads(data), headers), site._stopped)
                if self.path == "/v1/chat/completions":
                    site.complete(wire)
                else:
                    wire.answer(404, {"error": "Not Found"})

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except ConnectionError:
                    # Who asked has had enough.
                    self.close_connection = True

            def log_message(self, *_):
                """Say nothing."""

        return Handler


@contextmanager
def configured(script, monkeypatch, redis_url):
    """The server, and an environment in which commands ask it and nothing else is set."""
    for name in [name for name in os.environ if name.startswith(("OPENAI_", "GHAPP_"))]:
        monkeypatch.delenv(name)
    with ModelServer(script) as made:
        monkeypatch.setenv("OPENAI_BASE_URL", made.url)
        monkeypatch.setenv("OPENAI_API_KEY", made.key)
        monkeypatch.setenv("OPENAI_MODEL", made.model)
        monkeypatch.setenv("REDIS_URL", redis_url)
        yield made
