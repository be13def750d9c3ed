"""The processes of this machine: from /proc where there is one, else from `ps`, which slim images lack."""

import subprocess
from collections.abc import Iterator
from pathlib import Path


def process_table() -> dict[int, tuple[int, str]]:
    """Process id to its parent's id and its command line."""
    return dict(_from_proc() if Path("/proc/self/stat").exists() else _from_ps())


def _from_proc() -> Iterator[tuple[int, tuple[int, str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            args = (folder / "cmdline").read_bytes()
        except OSError:  # it ended in the meantime
            continue
        # The name, in parentheses, may hold anything; behind it come the state and the parent.
        parent = int(stat.rpartition(")")[2].split()[1])
        yield int(folder.name), (parent, args.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace"))


def _from_ps() -> Iterator[tuple[int, tuple[int, str]]]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    for line in listed.splitlines():
        pid, parent, *args = line.split(None, 2)
        yield int(pid), (int(parent), args[0] if args else "")
