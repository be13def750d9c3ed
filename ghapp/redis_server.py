"""The connection to Redis, and the embedded server that commands, the demo and the tests have where none is named."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ghapp.redis_process import NoServerError, joined, launch, server_path, socket_in

START_SECONDS = 15
#: A command that started a server waits this long for its end, which comes unless others use it.
END_SECONDS = 1.0

__all__ = ["NoServerError", "connect", "reached", "start", "time_of"]


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


def time_of(connection: redis.Redis) -> float:
    """Seconds since the epoch by Redis's clock, the one that all machines share."""
    seconds, micros = connection.time()  # type: ignore[misc] - sync client
    return float(seconds) + float(micros) / 1e6


def start(folder: Path, *, persistent: bool = True) -> tuple[subprocess.Popen[bytes] | None, str]:
    """Start a private server on a unix socket in `folder`, or find the one that runs there.

    Args:
        folder: Created with mode 0700 when missing.
        persistent: Keep an append-only file, written every second.

    Returns:
        The process (None when one was running already, which then stays as long as this process) and the URL to
        reach it at.

    Raises:
        NoServerError: None can be started; its log is `folder`/redis.log.
    """
    folder = folder.absolute()
    url, users = _url(folder), joined(folder)
    process, began = None, time.monotonic()
    try:
        while not _answers(url):
            # Nothing starts while another one does, or while one ends.
            process = process or launch(folder, persistent=persistent)
            has_ended = process is not None and process.poll() is not None
            if has_ended or time.monotonic() - began > START_SECONDS:
                raise _not_started(folder)
            time.sleep(0.01)
    except NoServerError:
        if process is not None:
            process.kill()
        os.close(users)
        raise
    if process is not None:
        # Its end is for the caller to say. Else the file stays open, so that whoever keeps the server goes on.
        os.close(users)
    return process, url


@contextmanager
def reached(url: str | None, folder: Path) -> Generator[str]:
    """The address of a Redis for the body of a `with`: `url`, else that of an embedded server.

    An embedded one is shared with all who use that folder at the time, and stops when nobody does any more, however
    they end. One that `start` started for its caller is used, too, and ends with that.

    Raises:
        NoServerError: None can be started; its log is `folder`/redis.log.
    """
    if url is not None:
        yield url
        return
    server_path()
    folder = folder.absolute()
    embedded, users = _url(folder), joined(folder)
    keeper = None
    try:
        keeper = _kept(folder, embedded)
        yield embedded
    finally:
        os.close(users)
        if keeper is not None:
            _let_go(keeper)


def _kept(folder: Path, url: str) -> subprocess.Popen[bytes] | None:
    """Wait until the folder's server answers; the process that keeps it, when it was not there yet."""
    keeper, began = None, time.monotonic()
    while not _answers(url):
        status = 0 if keeper is None else keeper.poll()
        if status or time.monotonic() - began > START_SECONDS:
            raise _not_started(folder)
        if status == 0:
            # The first, or one after which the server that it found there has ended.
            keeper = _keeper(folder)
        time.sleep(0.01)
    return keeper


def _keeper(folder: Path) -> subprocess.Popen[bytes]:
    """A process that is nobody's: what a terminal sends us does not reach it, and nobody waits for its output."""
    # Ours, and not what happens to be called so in the folder where the command is run: that may be anybody's clone.
    path = os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "ghapp.redis_keeper", str(folder)],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _let_go(keeper: subprocess.Popen[bytes]) -> None:
    try:
        keeper.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        # Others use the server: the process stays, and its end is no matter of ours.
        keeper.returncode = 0


def _not_started(folder: Path) -> NoServerError:
    return NoServerError(f"The Redis server did not start: see {folder / 'redis.log'}.")


def _url(folder: Path) -> str:
    return f"unix://{socket_in(folder)}"


def _answers(url: str) -> bool:
    try:
        return bool(connect(url, 2).ping())
    except redis.RedisError:
        return False
