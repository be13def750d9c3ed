"""Between the stand-in GitHub and the receivers: the fate of each delivery, decided by its content and the seed.

A delivery is dropped for good (the stand-in takes it as delivered), or refused (it is on record as failed, which is
what redelivery repairs), or arrives twice, or late and so behind others.
"""

import hashlib
import http.client
import json
import threading
from collections import Counter
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

#: Fates of those that are not simply passed on, with their shares.
FATES = {"dropped": 0.05, "refused": 0.05, "repeated": 0.10, "late": 0.10}
#: A late one arrives after so many seconds, at least and at most.
LATE = (0.3, 4.0)
FORWARDED = ("Content-Type", "User-Agent")


class Relay:
    """Where the stand-in sends its deliveries.

    Attributes:
        receivers: (host, port) of each receiver; who may be down.
        stormy: False: everything is passed on.
        counts: How many deliveries had each fate, and more for the figures.
    """

    def __init__(self, seed: int, receivers: Sequence[tuple[str, int]]) -> None:
        """Listen on a free port of loopback, in a thread."""
        self.seed, self.receivers, self.stormy = seed, list(receivers), False
        self.counts: Counter[str] = Counter()
        self._lock, self._seen = threading.Lock(), set[str]()
        self._late: set[threading.Timer] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Bound", (_Asked,), {"relay": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook"

    def close(self) -> None:
        """Listen no more; what is late never arrives."""
        for timer in list(self._late):
            timer.cancel()
        self._server.shutdown()
        self._server.server_close()

    @property
    def pending(self) -> int:
        """How many are on their way."""
        return len(self._late)

    def take(self, headers: dict[str, str], raw: bytes) -> int:
        """Decide about a delivery and do it; the status that the stand-in is answered."""
        fate, rng = self._fate(headers, raw)
        with self._lock:
            self.counts[fate] += 1
        if fate == "dropped":
            return 202
        if fate == "refused":
            return 502
        if fate == "late":
            self._later(rng.uniform(*LATE), headers, raw)
            return 202
        if fate == "repeated":
            self._later(rng.uniform(0, LATE[1]), headers, raw)
        return self.forward(headers, raw)

    def _fate(self, headers: dict[str, str], raw: bytes) -> tuple[str, Random]:
        rng = Random(f"{self.seed} {_content(headers['X-GitHub-Event'], json.loads(raw))}")  # noqa: S311 - replayable
        with self._lock:
            again = headers["X-GitHub-Delivery"] in self._seen
            self._seen.add(headers["X-GitHub-Delivery"])
        if again:
            return "asked for again", rng
        self.counts["sent"] += 1
        if not self.stormy:
            return "passed on", rng
        return rng.choices(["passed on", *FATES], [1 - sum(FATES.values()), *FATES.values()])[0], rng

    def _later(self, seconds: float, headers: dict[str, str], raw: bytes) -> None:
        def arrive() -> None:
            self._late.discard(timer)
            if self.forward(headers, raw) >= 300:
                self.counts["late or repeated in vain"] += 1

        timer = threading.Timer(seconds, arrive)
        timer.daemon = True
        self._late.add(timer)
        timer.start()

    def forward(self, headers: dict[str, str], raw: bytes) -> int:
        """Send it to a receiver that listens; 502 when none does."""
        first = hashlib.sha256(raw).digest()[0]
        for place in range(len(self.receivers)):
            host, port = self.receivers[(first + place) % len(self.receivers)]
            connection = http.client.HTTPConnection(host, port, timeout=10)
            try:
                connection.request("POST", "/webhook", raw, headers)
                return connection.getresponse().status
            except (OSError, http.client.HTTPException):
                continue
            finally:
                connection.close()
        self.counts["nobody listened"] += 1
        return 502


def _content(event: str, payload: dict[str, Any]) -> str:
    """What tells deliveries apart in each run of one seed: ids and times differ from run to run."""
    pull = payload.get("pull_request") or {}
    told = [payload.get("action"), payload.get("before"), payload.get("after"), payload.get("number")]
    told += [pull.get("title"), (pull.get("head") or {}).get("sha")]
    return " ".join(map(str, [event, (payload.get("repository") or {}).get("full_name"), *told]))


class _Asked(BaseHTTPRequestHandler):
    relay: Relay
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        kept = {k: v for k, v in self.headers.items() if k.startswith("X-") or k in FORWARDED}
        status = self.relay.take(kept, raw)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silent."""
