"""What the admin page shows: installations, what is due, what was given up, workers. Read from Redis alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from ghapp import keys
from ghapp.jobqueue import WORKERS
from ghapp.redis_server import time_of
from ghapp.roll import Known, Roll

#: The classes of `jobqueue.CLASSES`, in words.
CLASS_NAMES = (
    *("commands", "landings and repair", "digests", "cards and entries", "histories of repositories"),
    "readings by a model",
)
MOST_GIVEN_UP = 100
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Keys that wait: how many are due, how many will be, and for how many seconds the oldest has been."""

    due: int
    later: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Row:
    """One installation, with what waits for it.

    Attributes:
        limited: For how many seconds GitHub still refuses it; 0: it does not.
        writes: Content writes in the last hour.
    """

    known: Known
    waiting: Waiting
    limited: float
    writes: int


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A due key that was forgotten without having been worked; `about`: its repository's or account's name."""

    key: str
    about: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process; `heartbeat` in seconds since the epoch, 0: none."""

    host: str
    pid: int
    state: str
    heartbeat: float


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock process that ticked in the last seconds."""

    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything; `now` and all times are seconds since the epoch."""

    now: float
    installations: list[Row]
    classes: dict[str, Waiting]
    given_up: list[GivenUp]
    workers: list[Worker]
    clocks: list[Clock]
    redelivered: list[dict[str, Any]]
    dry_run: list[dict[str, Any]]


def overview(connection: redis.Redis) -> Overview:
    """Read all of it.

    Raises:
        redis.RedisError: Redis is unreachable.
    """
    now = time_of(connection)
    lines = _lines(connection, now)
    every = range(len(CLASS_NAMES))
    return Overview(
        now=now,
        installations=[_row(connection, known, lines, now) for known in Roll(connection).all()],
        classes={CLASS_NAMES[n]: _sum([one for (number, _), one in lines.items() if number == n]) for n in every},
        given_up=_given_up(connection),
        workers=_workers(connection),
        clocks=_clocks(connection),
        redelivered=_notes(connection, keys.REDELIVERED),
        dry_run=_notes(connection, keys.DRY_RUN),
    )


def _lines(connection: redis.Redis, now: float) -> dict[tuple[int, int], Waiting]:
    """What waits, by class and installation."""
    names: Any = connection.zrange(keys.LINES, 0, -1)
    found: dict[tuple[int, int], Waiting] = {}
    for name in (name.decode() for name in names):
        with connection.pipeline(transaction=False) as pipe:
            pipe.zcount(keys.LINE + name, "-inf", now)
            pipe.zcard(keys.LINE + name)
            pipe.zrange(keys.LINE + name, 0, 0, withscores=True)
            due, count, first = pipe.execute()
        number, _, installation = name.partition(":")
        found[int(number), int(installation)] = Waiting(due, count - due, max(0.0, now - first[0][1]) if first else 0.0)
    return found


def _sum(waiting: Sequence[Waiting]) -> Waiting:
    return Waiting(
        due=sum(one.due for one in waiting),
        later=sum(one.later for one in waiting),
        oldest=max((one.oldest for one in waiting), default=0.0),
    )


def _row(connection: redis.Redis, known: Known, lines: dict[tuple[int, int], Waiting], now: float) -> Row:
    ends: Any = connection.zscore(keys.LIMITED, str(known.id))
    writes: Any = connection.zcount(keys.slots(known.id), now - HOUR, "+inf")
    waiting = _sum([one for (_, installation), one in lines.items() if installation == known.id])
    return Row(known, waiting, max(0.0, (ends or 0.0) - now), writes)


def _given_up(connection: redis.Redis) -> list[GivenUp]:
    members: Any = connection.zrevrange(keys.GIVEN_UP_AT, 0, MOST_GIVEN_UP - 1, withscores=True)
    found = [(key.decode(), at) for key, at in members]
    reasons: Any = connection.mget([keys.GIVEN_UP + key for key, _ in found]) if found else []
    return [
        GivenUp(key, _about(connection, key), reason.decode("utf-8", "replace"), at)
        for (key, at), reason in zip(found, reasons, strict=True)
        # What is three days old is gone.
        if reason is not None
    ]


def _about(connection: redis.Redis, key: str) -> str:
    kind, number = key.split(":")[:2]
    if not number.isdecimal():
        return ""
    if kind in ("repair", "roster", "standing"):
        name: Any = connection.hget(keys.installation(int(number)), "account")
    else:
        name = connection.hget(keys.repository(int(number)), "full_name")
    return (name or b"").decode()


def _workers(connection: redis.Redis) -> list[Worker]:
    names: Any = connection.smembers(WORKERS)
    found: list[Worker] = []
    for name in sorted(names):
        values: Any = connection.hmget(name.decode(), "hostname", "pid", "state", "last_heartbeat")
        host, pid, state, at = ((value or b"").decode() for value in values)
        found.append(Worker(host, int(pid or 0), state, datetime.fromisoformat(at).timestamp() if at else 0.0))
    return found


def _clocks(connection: redis.Redis) -> list[Clock]:
    found = connection.scan_iter(match=f"{keys.CLOCK}*", count=1000)
    # As `processes.holder` names them.
    names = sorted(key.decode().removeprefix(keys.CLOCK).split("/") for key in found)
    return [Clock(host, int(pid)) for host, *_, pid, _ in names]


def _notes(connection: redis.Redis, name: str) -> list[dict[str, Any]]:
    found: Any = connection.lrange(name, 0, -1)
    return [json.loads(note) for note in found]
