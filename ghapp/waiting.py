"""What waits in the queue, for those who look at it from outside: which keys, how often they failed, and a push."""

from typing import Any

from ghapp import keys
from ghapp.jobqueue import JobQueue


def waiting(jobs: JobQueue) -> dict[str, float]:
    """Every key that is not worked yet, leased ones included: when it is due, seconds since the epoch."""
    found: dict[str, float] = {}
    lines: Any = jobs.connection.zrange(keys.LINES, 0, -1)
    for line in lines:
        members: Any = jobs.connection.zrange(keys.LINE + line.decode(), 0, -1, withscores=True)
        found.update((key.decode(), at) for key, at in members)
    return found


def failures(jobs: JobQueue, key: str) -> int:
    """How often in a row a waiting key failed."""
    found: Any = jobs.connection.hget(keys.DUE + key, "failures")
    return int(found or 0)


def retry_now(jobs: JobQueue, key: str) -> None:
    """Have a waiting key that failed tried at once, as if it never had."""
    found: Any = jobs.connection.hmget(keys.DUE + key, "line", "failures")
    if found[0] and found[1]:
        jobs.connection.hdel(keys.DUE + key, "failures")
        jobs.connection.zadd(keys.LINE + found[0].decode(), {key: 0}, xx=True)
