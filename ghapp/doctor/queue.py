"""Checks of the work: what waits, how long already, what was given up; and whether a clock and workers do it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import redis

from ghapp import keys, presence
from ghapp.doctor.check import MOST_LINES, Check, failure, good, warning
from ghapp.jobqueue import JobQueue
from ghapp.redis_server import time_of
from ghapp.repair_state import RepairState

#: Seconds that a key may be due without a worker taking it: they are busy; something is wrong.
BUSY, STUCK = 120, 900
#: A key that failed so often in a row has waited a minute and more, and will fail again.
FAILING = 4
#: Tickets that wait for one worker.
MANY_TICKETS = 50
#: A worker that said nothing for so long is not there: it does so four times a minute.
SILENT = 60


@dataclass(frozen=True, slots=True)
class Waiting:
    """A key that is due and that nobody works.

    Attributes:
        late: Seconds since it was due.
        failures: How often in a row it failed.
    """

    key: str
    late: float
    failures: int


def work_checks(jobs: JobQueue, *, with_workers: bool) -> Iterator[Check]:
    """Everything in Redis that says how the work goes.

    Args:
        jobs: The queue.
        with_workers: Without credentials there are none, and that is no fault of theirs.

    Raises:
        redis.RedisError: It is gone.
    """
    found = presence.clocks(jobs.connection)
    if found:
        yield good("processes.clock", "ghapp clock", f"{len(found)}")
    else:
        fix = "No clock has ticked for 10 s: nothing is repaired or done later. Start `ghapp clock` (or `ghapp run`)."
        yield failure("processes.clock", "ghapp clock", fix)
    alive = len([one for one in presence.workers(jobs) if not one.dead and one.silent < SILENT])
    if alive:
        yield good("processes.workers", "ghapp worker", f"{alive}")
    elif with_workers:
        fix = "No worker is alive: nothing is written to GitHub. Start `ghapp worker` (or `ghapp run`)."
        yield failure("processes.workers", "ghapp worker", fix)
    yield from _queue(jobs, alive)


def _queue(jobs: JobQueue, alive: int) -> Iterator[Check]:
    limited = _limited(jobs.connection)
    for installation, seconds in sorted(limited.items())[:MOST_LINES]:
        fix = f"GitHub refuses its requests for another {seconds:.0f} s (rate limit): it goes on by itself."
        yield warning("limits.refused", f"installation {installation}", fix)
    if not limited:
        yield good("limits.refused", "installation", "none")
    # What is suspended, uninstalled or not served waits for that to change.
    stopped: Any = jobs.connection.smembers(keys.STOPPED)
    waiting = _waiting(jobs.connection, limited.keys() | set(_texts(stopped)))
    yield _oldest(waiting)
    yield from _failing(waiting)
    tickets = jobs.tickets.count
    if alive and tickets > MANY_TICKETS * alive:
        yield warning("queue.length", "GHAPP_WORKERS", f"{tickets} jobs wait for {alive} workers: start more of them.")
    else:
        yield good("queue.length", "GHAPP_WORKERS", f"{len(waiting)} keys due, {tickets} jobs wait")
    yield from _given_up(jobs.connection)


def _oldest(waiting: list[Waiting]) -> Check:
    check, name = "queue.oldest", "due keys"
    late = max(waiting, key=lambda one: one.late, default=Waiting("", 0, 0))
    said = f"{late.key} is due for {late.late:.0f} s, one of {len(waiting)}"
    if late.late > STUCK:
        return failure(check, name, f"{said}: look whether workers live, and at their log.")
    if late.late > BUSY:
        return warning(check, name, f"{said}: workers are busy; start more of them (GHAPP_WORKERS).")
    return good(check, name, f"{late.late:.0f} s late" if waiting else "none waits")


def _failing(waiting: list[Waiting]) -> Iterator[Check]:
    failing = sorted((one for one in waiting if one.failures >= FAILING), key=lambda one: -one.failures)
    for one in failing[:MOST_LINES]:
        yield warning("queue.failing", one.key, f"It failed {one.failures} times in a row: the workers' log says why.")
    if not failing:
        yield good("queue.failing", "due keys", "none")


def _given_up(connection: redis.Redis) -> Iterator[Check]:
    given_up = sorted(RepairState(connection).all_given_up().items())
    for key, reason in given_up[:MOST_LINES]:
        yield warning("queue.given-up", key, f"{reason}. When that is mended: ghapp catch-up")
    if len(given_up) > MOST_LINES:
        yield warning("queue.given-up", f"{len(given_up) - MOST_LINES} more", "When that is mended: ghapp catch-up")
    if not given_up:
        yield good("queue.given-up", "due keys", "none in three days")


def _limited(connection: redis.Redis) -> dict[str, float]:
    """Installations that GitHub refuses, and for how many seconds more."""
    now = time_of(connection)
    rows: Any = connection.zrangebyscore(keys.LIMITED, f"({now}", "+inf", withscores=True)
    return {member.decode(): ends - now for member, ends in rows}


def _waiting(connection: redis.Redis, resting: AbstractSet[str]) -> list[Waiting]:
    """Keys that are due and free, but of `resting` installations; those that failed also before."""
    now, lines = time_of(connection), _texts(connection.zrange(keys.LINES, 0, -1))
    leased = set(_texts(connection.zrangebyscore(keys.LEASES, now, "+inf")))
    rows: list[tuple[str, float]] = []
    for line in lines:
        if line.partition(":")[2] in resting:
            continue
        found: Any = connection.zrange(keys.LINE + line, 0, -1, withscores=True)
        rows += [(key.decode(), due) for key, due in found if key.decode() not in leased]
    with connection.pipeline(transaction=False) as pipe:
        for key, _ in rows:
            pipe.hget(keys.DUE + key, "failures")
        failures = [int(one or 0) for one in pipe.execute()]
    waiting = [Waiting(key, now - due, count) for (key, due), count in zip(rows, failures, strict=True)]
    return [one for one in waiting if one.late > 0 or one.failures]


def _texts(found: Any) -> list[str]:
    return [one.decode() for one in found]
