"""Which process holds what, on this machine: a name that outlives the process and can be checked."""

import functools
import os
import socket
from pathlib import Path


@functools.cache
def _machine() -> str:
    """This host since it was started, and its process namespace: machines and containers may share their names."""
    try:
        namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        namespace = "0"
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = "0"
    return f"{socket.gethostname()}/{boot}/{namespace}"


def _started(pid: int) -> str | None:
    """When `pid` was started, in clock ticks since boot; None when there is no such live process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name, in parentheses, may hold anything; the fields behind it begin with the state.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]


def holder() -> str:
    """The name of this process: `<host>/<boot>/<pid namespace>/<pid>/<start time>`."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid()) or 0}"


def is_dead_here(name: str) -> bool:
    """Whether `name` is a process of this machine that no longer lives; False for other machines' processes."""
    machine, pid, started = name.rsplit("/", 2)
    if machine != _machine() or not Path("/proc/self/stat").exists():
        return False
    return _started(int(pid)) != started
