"""Between one worker and the stand-in: knows who sends what, and kills the sender at named points."""

import contextlib
import http.client
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.chaos.points import Points, Request

#: Not passed on: they are about one connection.
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"}
TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that reached the stand-in.

    Attributes:
        at: Seconds of the monotonic clock.
        worker: Who sent it.
        status: The answer's; 0: the connection broke.
        told: Whether the worker got the answer.
    """

    at: float
    worker: str
    request: Request
    status: int
    told: bool


@dataclass(slots=True)
class Traffic:
    """What all proxies of a run saw."""

    sent: list[Sent] = field(default_factory=list)
    #: Requests that were on their way when their sender was killed before they were passed on.
    stopped: int = 0


class Proxy:
    """One worker's way to the stand-in.

    Args:
        worker: Its name.
        upstream: The stand-in's address.
        points: Shared by all proxies of a run.
        traffic: As `points`.
        kill: Kills the worker of that name at once, and its job.
    """

    def __init__(
        self, worker: str, upstream: str, points: Points, traffic: Traffic, kill: Callable[[str, str], object]
    ) -> None:
        self.worker, self.points, self.traffic, self.kill = worker, points, traffic, kill
        target = urlsplit(upstream)
        self.address = (target.hostname or "", target.port or 80)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Bound", (_Passed,), {"proxy": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


class _Passed(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    upstream: http.client.HTTPConnection | None = None

    def _pass(self) -> None:
        proxy = self.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, urlsplit(self.path).path, body)
        point = proxy.points.chosen(request)
        if point and point[1]:
            proxy.traffic.stopped += 1
            self._die(point[0])
            return
        answer = self._asked(body)
        told = answer is not None and point is None and self._tell(*answer)
        status = answer[0].status if answer else 0
        proxy.traffic.sent.append(Sent(time.monotonic(), proxy.worker, request, status, told))
        if point:
            self._die(point[0])
        elif not told:
            self._reset()

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _pass  # noqa: N815 - as the server calls them

    def _asked(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes] | None:
        """The stand-in's answer; None when the connection broke.

        The Host stays the proxy's, so that links to further pages lead through it, too.
        """
        if self.upstream is None:
            self.upstream = http.client.HTTPConnection(*self.proxy.address, timeout=TIMEOUT)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
            self.upstream.request(self.command, self.path, body or None, headers)
            answer = self.upstream.getresponse()
            return answer, answer.read()
        except (OSError, http.client.HTTPException):
            self.upstream.close()
            self.upstream = None
            return None

    def _tell(self, answer: http.client.HTTPResponse, content: bytes) -> bool:
        """Pass the answer on; False when the worker is there no more."""
        try:
            if select.select([self.connection], [], [], 0)[0] and not self.connection.recv(1, socket.MSG_PEEK):
                # It gave up waiting.
                return False
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP | {"date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
        except OSError:
            return False
        return True

    def _die(self, point: str) -> None:
        self.proxy.kill(self.proxy.worker, point)
        self._reset()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def handle(self) -> None:
        """One connection, which ends when the worker is killed."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def finish(self) -> None:
        """The end of the connection, which may be reset."""
        if self.upstream is not None:
            self.upstream.close()
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Silent."""
