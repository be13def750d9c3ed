"""Who is there: clocks by keys of their own, workers as RQ has them registered."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from rq.worker import Worker

from ghapp import keys
from ghapp.jobqueue import JobQueue
from ghapp.processes import holder, is_dead_here

#: A clock that has not ticked for so long is not there; it ticks every second.
CLOCK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """A worker that is registered.

    Attributes:
        name: Its process, as `processes.holder` names it.
        silent: Seconds since it last said that it lives.
        dead: It is known to have ended; False also when it runs on another machine.
    """

    name: str
    silent: float
    dead: bool


def show_clock(connection: redis.Redis) -> None:
    """This process is a clock, and it has ticked."""
    connection.set(keys.CLOCK + holder(), "1", ex=CLOCK_SECONDS)


def clocks(connection: redis.Redis) -> list[str]:
    """The clocks that ticked a moment ago, by their processes."""
    found = connection.scan_iter(match=f"{keys.CLOCK}*", count=1000)
    return sorted(key.decode().removeprefix(keys.CLOCK) for key in found)


def workers(jobs: JobQueue) -> list[Seen]:
    """The workers of the queue that are registered, dead ones too."""
    known: list[Any] = Worker.all(queue=jobs.tickets)
    return [Seen(one.name, _silent(one.last_heartbeat), _is_dead(one.name)) for one in known]


def _silent(heartbeat: datetime | None) -> float:
    return (datetime.now(UTC) - heartbeat).total_seconds() if heartbeat else float("inf")


def _is_dead(name: str) -> bool:
    # A worker of an older version has a name without places.
    return "/" in name and is_dead_here(name)
