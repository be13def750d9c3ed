"""The processes of a run: each in a session of its own, killed at will, started again, never left behind."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.launch import command

#: What ended is started again after so many seconds.
RESTART_SECONDS = 0.5
STOP_SECONDS = 40


@dataclass(slots=True)
class Member:
    """One process and how it is started."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    ended_at: float = 0.0


class Members:
    """Processes that one thread starts and watches.

    Linux ends a child when the *thread* that started it ends, so no other thread may start one.

    Attributes:
        restarts: How often each was started again.
        kills: What was killed, by kind or point.
        died: Name -> when it was killed, in seconds of the monotonic clock.
    """

    def __init__(self, folder: Path) -> None:
        """Nothing is started yet; logs go to `folder`."""
        self.folder = folder
        self.restarts: Counter[str] = Counter()
        self.kills: Counter[str] = Counter()
        self.died: dict[str, list[float]] = {}
        self._members: dict[str, Member] = {}
        self._lock, self._stop = threading.RLock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def add(self, name: str, words: Sequence[str], environ: Mapping[str, str]) -> None:
        """Have `words` (as after `python -m`) run from now on, with exactly this environment."""
        with self._lock:
            self._members[name] = Member(name, command(words), environ)

    def start(self) -> None:
        """Start everything and keep it running."""
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            with self._lock:
                for member in self._members.values():
                    self._keep(member)
        with self._lock:
            _end([one.process for one in self._members.values() if one.process])

    def _keep(self, member: Member) -> None:
        if member.process is None:
            member.process = self._spawn(member)
        elif member.process.poll() is not None:
            member.ended_at = member.ended_at or time.monotonic()
            if time.monotonic() - member.ended_at > RESTART_SECONDS:
                self.restarts[member.name.partition("-")[0]] += 1
                member.process, member.ended_at = self._spawn(member), 0.0

    def _spawn(self, member: Member) -> subprocess.Popen[bytes]:
        with (self.folder / f"{member.name}.log").open("ab") as log:
            return subprocess.Popen(
                member.command,
                env=dict(member.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, name: str, kind: str, *, children_only: bool = False) -> bool:
        """SIGKILL a process and its children, or those alone; False when there was none to kill."""
        with self._lock:
            process = self._members[name].process if name in self._members else None
            if process is None or process.poll() is not None:
                return False
            doomed = children(process.pid)
            if not children_only:
                doomed = [process.pid, *doomed]
            for pid in doomed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not children_only:
                process.wait()
            if doomed:
                self.kills[kind] += 1
                self.died.setdefault(name, []).append(time.monotonic())
        return bool(doomed)

    def remove(self, names: Sequence[str]) -> None:
        """Kill some for good, all at once."""
        with self._lock:
            members = [self._members.pop(name) for name in names]
            pids = [one.process.pid for one in members if one.process]
            for pid in [*pids, *(child for parent in pids for child in children(parent))]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for one in members:
                if one.process:
                    one.process.wait()

    @property
    def alive(self) -> list[str]:
        """Names of the processes that run."""
        with self._lock:
            return [one.name for one in self._members.values() if one.process and one.process.poll() is None]

    def stop(self) -> None:
        """SIGTERM everything, wait for it, and start nothing more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS + 5)


def children(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(errors="replace")
        except OSError:
            continue
        if int(stat.rpartition(")")[2].split()[1]) == pid:
            found.append(int(folder.name))
    return found


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(condition: Callable[[], object], what: str, seconds: float) -> None:
    """Wait until `condition()` is true.

    Raises:
        TimeoutError: It is not, in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.1)
