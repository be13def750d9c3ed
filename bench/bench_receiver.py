"""How fast deliveries are answered while a worker is at a pull request of 300 files, against an idle system.

Everything is real and in processes of its own: the stand-in GitHub, the receiver, the workers, Redis. The idle half
stops the workers, so that both halves do the same in the receiver. Exit status 1 when less than 99 % of the
deliveries of the busy half were answered within 0.3 s.
"""

import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from ghapp.demo.sample import SampleCommit, make_repository

DELIVERIES, WARM_UP, PAUSE, FILES, LINES = 300, 20, 0.01, 300, 60
ALLOWED_SECONDS, DELAY_SECONDS = 0.3, 0.1
SECRET = "bench"  # noqa: S105 - of this run alone


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(stack: ExitStack, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process that ends with the run."""
    process = subprocess.Popen([sys.executable, "-m", *command], **options)

    def end() -> None:
        process.terminate()
        process.wait(40)

    stack.callback(end)
    return process


def wait(condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if value := condition():
                return value
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.05)
    raise SystemExit(f"not within {seconds:.0f} s")


class Bench:
    """The system with one repository and its pull request of 300 files."""

    def __init__(self, stack: ExitStack) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ghapp-"))
        stack.callback(shutil.rmtree, self.folder)
        self.port = free_port()
        names = self._make_repository()
        ready = self._start_github(stack)
        self.github = httpx.Client(base_url=ready["url"], timeout=30)
        stack.callback(self.github.close)
        self._start_product(stack, ready)
        ends = {"base_sha": names[0], "head_sha": names[1]}
        self.number = self.control("/_pull", repository="acme/bench", deliver=False, **ends)["number"]
        shown = self.github.get("/_state").json()["repositories"][0]
        self.body = self._payload(shown["id"], shown["installation_id"])

    def _make_repository(self) -> list[str]:
        text = "".join(f"value_{line} = {line}\n" for line in range(LINES))
        files = {f"src/module_{number}.py": text for number in range(FILES)}
        made = [SampleCommit("Begin", {"a": "1\n"}), SampleCommit("Add much", files)]
        return make_repository(self.folder / "bench.git", made)

    def _start_github(self, stack: ExitStack) -> dict[str, Any]:
        command = ["ghapp.demo.standin", "--repo", f"acme/bench={self.folder / 'bench.git'}"]
        command += ["--webhook-secret", SECRET, "--private-key-path", str(self.folder / "key.pem")]
        process = started(stack, command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        ready: dict[str, Any] = json.loads(process.stdout.readline())
        process.stdout.close()
        return ready

    def _start_product(self, stack: ExitStack, ready: dict[str, Any]) -> None:
        environ = os.environ | {
            "APP_ID": str(ready["app_id"]),
            "PRIVATE_KEY_PATH": str(self.folder / "key.pem"),
            "WEBHOOK_SECRET": SECRET,
            "GITHUB_API_URL": ready["url"],
            "GHAPP_HOST": "127.0.0.1",
            "PORT": str(self.port),
            "GHAPP_STATE_DIR": str(self.folder),
            "LOG_LEVEL": "ERROR",
        }
        environ.pop("REDIS_URL", None)
        self.product = started(stack, ["ghapp", "run"], env=environ)
        wait(lambda: httpx.get(f"http://127.0.0.1:{self.port}/readyz").is_success)

    def _payload(self, repository: int, installation: int) -> bytes:
        payload = {
            "action": "synchronize",
            "pull_request": {"number": self.number, "body": "x" * 20_000},
            "repository": {"id": repository},
            "installation": {"id": installation},
        }
        return json.dumps(payload).encode()

    def control(self, path: str, **body: Any) -> Any:
        """Have people, or faults, do something at the stand-in; its answer."""
        answer = self.github.post(path, json=body)
        answer.raise_for_status()
        return answer.json()

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
        return [int(pid) for pid, parent, args in rows if int(parent) == self.product.pid and "ghapp worker" in args]

    def signal_workers(self, number: signal.Signals) -> None:
        """Stop the workers, or let them go on."""
        for pid in self.workers():
            os.kill(pid, number)

    def deliver(self) -> float:
        """Send one delivery over a connection of its own; seconds until it was answered."""
        signature = hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "pull_request",
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": f"sha256={signature}",
            "Connection": "close",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        began = time.perf_counter()
        connection.request("POST", "/webhook", self.body, headers)
        answer = connection.getresponse()
        answer.read()
        took = time.perf_counter() - began
        connection.close()
        assert answer.status == http.HTTPStatus.ACCEPTED, answer.status
        return took

    def measure(self, count: int = DELIVERIES) -> list[float]:
        """Send deliveries one after the other; the seconds that each took."""
        times: list[float] = []
        for _ in range(count):
            times.append(self.deliver())
            time.sleep(PAUSE)
        return times

    def pages_read(self) -> int:
        """Pages of files that were asked for so far."""
        routes = self.github.get("/_requests").json()["by_route"]
        return sum(count for route, count in routes.items() if route.endswith("/files"))


def shown(name: str, times: list[float]) -> tuple[float, float]:
    """Print and return p50 and p99, in milliseconds."""
    cuts = statistics.quantiles(times, n=100)
    p50, p99 = cuts[49] * 1000, cuts[98] * 1000
    print(f"{name:5} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   ({len(times)} deliveries)")
    return p50, p99


def main() -> None:
    with ExitStack() as stack:
        bench = Bench(stack)
        bench.measure(WARM_UP)
        bench.control("/_faults", route="GET *", delay=DELAY_SECONDS, times=None)
        bench.signal_workers(signal.SIGSTOP)
        idle = bench.measure()
        bench.signal_workers(signal.SIGCONT)
        before = bench.pages_read()
        busy = bench.measure()
        pages = bench.pages_read() - before
    idle_p50, idle_p99 = shown("idle", idle)
    busy_p50, busy_p99 = shown("busy", busy)
    print(f"ratio p50 {busy_p50 / idle_p50:.1f}, p99 {busy_p99 / idle_p99:.1f}; {pages} pages of files were read")
    within = sum(took <= ALLOWED_SECONDS for took in busy) / len(busy)
    print(f"{within:.1%} were answered within {ALLOWED_SECONDS} s")
    if within < 0.99 or not pages:
        raise SystemExit("too slow" if pages else "no worker was busy")


if __name__ == "__main__":
    main()
