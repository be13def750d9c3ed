"""Child processes that never outlive us: started, watched, started again, and stopped together."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ghapp.stopping import Stop

#: A child gets this long to finish its work before it is killed, in seconds.
STOP_SECONDS = 30
#: A child that ended by itself is started again after this long, in seconds.
RESTART_SECONDS = 1
PR_SET_PDEATHSIG = 1

log = logging.getLogger("ghapp.children")


def die_with_parent(*, kill: bool = False) -> None:
    """Ask Linux to end this process, by SIGTERM or SIGKILL, when its parent is killed, so that no orphan stays."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL if kill else signal.SIGTERM)


def spawn(command: Sequence[str], environ: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own: a Ctrl-C in the terminal reaches us, and we decide what stops when."""
    return subprocess.Popen(
        list(command),
        env=dict(environ) if environ is not None else None,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads are running when children are started
    )


@dataclass(slots=True)
class Child:
    """One process of the group."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    #: What the others need until they have ended.
    is_ground: bool = False
    #: Takes SIGHUP as "read your files again".
    reloads: bool = False


class Children:
    """A group of processes that lives and ends as one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Nothing is started yet. From now on SIGINT and SIGTERM end `watch`, also before it begins.

        Args:
            environ: What every child gets; `add_variable` adds to it.
        """
        self._environ = dict(environ)
        self._children: list[Child] = []
        self._stop = Stop()
        self._hung_up = False

    def add_variable(self, name: str, value: str) -> None:
        """Give a variable to the children that are started from now on."""
        self._environ[name] = value

    def start(self, name: str, command: Sequence[str], *, reloads: bool = False) -> Child:
        """Start one more; with `reloads` it is passed the SIGHUP that we get from now on."""
        child = Child(name, command, spawn(command, self._environ), reloads=reloads)
        # From a terminal it means that nobody sits there any more: then it ends us, as it would without this.
        if reloads and not sys.stdin.isatty():
            signal.signal(signal.SIGHUP, self._hang_up)
        self._children.append(child)
        log.info("%s started, pid %d", name, child.process.pid)
        return child

    def adopt(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Take over a process that was started before, as one that the others need until they have ended."""
        command = process.args if isinstance(process.args, list) else []
        self._children.append(Child(name, [str(part) for part in command], process, is_ground=True))

    def watch(self, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Start again what ends by itself, until `is_over` says so, or SIGINT or SIGTERM arrives.

        Returns:
            Whether `is_over` said so.
        """
        while not self._stop.wait(0.2):
            if is_over():
                return True
            self._pass_on()
            for child in self._children:
                status = child.process.poll()
                if status is not None:
                    log.warning("%s ended with status %d and is started again", child.name, status)
                    self._stop.wait(RESTART_SECONDS)
                    child.process = spawn(child.command, self._environ)
        return False

    def _hang_up(self, *_: object) -> None:
        self._hung_up = True

    def _pass_on(self) -> None:
        if self._hung_up:
            self._hung_up = False
            for child in self._children:
                if child.reloads:
                    child.process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Ask every child to finish, what the others need last; kill what is not done in time."""
        for ground in (False, True):
            _end([child for child in self._children if child.is_ground is ground])


def _end(children: list[Child]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.process.terminate()
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s is killed: it did not finish in %d s", child.name, STOP_SECONDS)
            _kill_session(child.process)
        log.info("%s ended", child.name)


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
