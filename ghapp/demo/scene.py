"""The running system of the demonstration: a stand-in GitHub in this process, `ghapp run` as a child of it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from ghapp.children import die_with_parent
from ghapp.demo.process_table import process_table
from ghapp.demo.records import Comment, Issue
from ghapp.demo.repository import Repository
from ghapp.demo.standin import StandIn
from ghapp.run import ghapp_command

#: What of the user's environment reaches the processes: what starting them needs, and how cards should look.
PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "GHAPP_DRY_RUN", "GHAPP_LANGUAGE", "GHAPP_TIMEZONE")
PASSED_ON_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON")
#: The whole demonstration must be done in so many seconds.
LIMIT = 80.0
STOP_SECONDS = 35.0
#: A unix socket's path is short, so the folder's must be.
MAX_FOLDER = 60
CARD, DIGEST = "<!-- ghapp:card:v1 ", "<!-- ghapp:digest:v1 "

T = TypeVar("T")


class DemoError(Exception):
    """The demonstration did not succeed; says why, in words for the person who started it."""


class Scene:
    """Started by `with`; afterwards nothing of it is left, whatever happened in between.

    Attributes:
        folder: A temporary directory for everything.
        stand_in: The stand-in GitHub; it listens when `start` has returned.
        repository: The one repository on it.
    """

    repository: Repository

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.folder = new_folder()
        self.port = _free_port()
        self.stand_in = StandIn(f"http://127.0.0.1:{self.port}/webhook")
        self.world = self.stand_in.world
        self._run: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, wait until it has ended, and remove the folder."""
        try:
            self._stop()
        finally:
            self.stand_in.stop()
            self._client.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, environ: Mapping[str, str]) -> None:
        """Start the processes and the stand-in, and wait until deliveries are taken.

        Raises:
            DemoError: They do not start.
        """
        url = self.stand_in.listen()
        # The child is started before the stand-in's thread is: a fork of a process with threads may hang.
        with (self.folder / "log").open("wb") as log:
            self._run = subprocess.Popen(
                ghapp_command("run"),
                env=self._environment(environ, url),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - see above
            )
        self.stand_in.serve()
        self.wait(self._is_ready, "the receiver to be ready")

    def _environment(self, environ: Mapping[str, str], url: str) -> dict[str, str]:
        return passed_on(environ) | {
            "APP_ID": str(self.world.app.app_id),
            "PRIVATE_KEY": self.stand_in.private_key,
            "WEBHOOK_SECRET": self.world.hook.secret,
            "GITHUB_API_URL": url,
            "GHAPP_HOST": "127.0.0.1",
            "PORT": str(self.port),
            "GHAPP_STATE_DIR": str(self.folder),
            "GHAPP_RENDER_DELAY": "0.5",
            "GHAPP_RENDER_INTERVAL": "2",
        }

    def _is_ready(self) -> bool:
        try:
            return self._client.get(f"http://127.0.0.1:{self.port}/readyz").is_success
        except httpx.TransportError:
            return False

    def _stop(self) -> None:
        if self._run is None:
            return
        self._run.terminate()
        try:
            self._run.wait(STOP_SECONDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            # Its children end with it.
            self._run.kill()
            self._run.wait()

    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self.began

    def wait(self, condition: Callable[[], T], what: str, limit: float = LIMIT) -> T:
        """Wait until a condition is true and return its value.

        Args:
            condition: Asked some 20 times a second.
            what: For the message, after "waited for".
            limit: Seconds since the beginning.

        Raises:
            DemoError: The time is over, or the processes ended.
        """
        while not (value := condition()):
            if self._run is not None and self._run.poll() is not None:
                raise DemoError(f"`ghapp run` ended by itself with status {self._run.returncode}.")
            if self.seconds() > limit:
                raise DemoError(f"Not done in {limit:.0f} s: waited for {what}.")
            time.sleep(0.05)
        return value

    def pause(self, seconds: float) -> None:
        """Let some time pass.

        Raises:
            DemoError: The processes ended, or the time is over.
        """
        until = self.seconds() + seconds
        self.wait(lambda: self.seconds() >= until, "the next landing")

    def wait_for_quiet(self, seconds: float) -> None:
        """Wait until GitHub was not asked for anything for so long."""
        last, since = -1, time.monotonic()

        def is_quiet() -> bool:
            nonlocal last, since
            total = self.world.requests.summary()["total"]
            if total != last:
                last, since = total, time.monotonic()
            return time.monotonic() - since > seconds

        self.wait(is_quiet, "the workers to have nothing left to do")

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        """Do something as a person, by a control route of the stand-in."""
        answer = self._client.post(self.world.url + path, json={"repository": self.repository.full_name, **body})
        if not answer.is_success:
            raise DemoError(f"The stand-in GitHub refused {path}: {answer.text}")
        return answer.json()

    def kill_a_worker(self) -> int | None:
        """Kill, by SIGKILL, a worker that has a job under way; its process id, None when none had one in time."""
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            rows = process_table()
            workers = {pid for pid, (parent, args) in rows.items() if parent == self._pid and args.endswith(" worker")}
            busy = [parent for parent, _ in rows.values() if parent in workers]
            if busy:
                os.kill(busy[0], signal.SIGKILL)
                return busy[0]
            time.sleep(0.02)
        return None

    @property
    def _pid(self) -> int:
        return self._run.pid if self._run else 0

    def cards(self, number: int) -> list[Comment]:
        """The cards on a pull request."""
        return [said for said in self._comments(number) if said.body.startswith(CARD)]

    def digests(self) -> list[Issue]:
        """The digest issues, oldest first."""
        latest = [versions.latest for versions in list(self.repository.issues.values())]
        found = [issue for issue in latest if not issue.pull and (issue.body or "").startswith(DIGEST)]
        return sorted(found, key=lambda issue: issue.number)

    def pages(self, digest: Issue) -> list[str]:
        """The text of a digest's pages, in order."""
        further = [said.body for said in self._comments(digest.number) if said.body.startswith(DIGEST)]
        return [digest.body or "", *further]

    def _comments(self, number: int) -> list[Comment]:
        latest = [versions.latest for versions in list(self.repository.comments.values())]
        return [said for said in latest if said.number == number and not said.deleted]

    def log(self) -> str:
        """What the processes wrote."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """What of the user's environment reaches the processes: no setting of a real deployment, no credential."""
    return {name: value for name, value in environ.items() if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)}


def new_folder() -> Path:
    """A temporary directory with a path that is short enough for a socket in it."""
    usual = Path(tempfile.gettempdir())
    place = usual if len(str(usual)) <= MAX_FOLDER else Path("/tmp")  # noqa: S108 - mkdtemp makes it private
    return Path(tempfile.mkdtemp(prefix="ghapp-", dir=place))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
