"""Due keys: marked by deliveries, taken by workers under a lease, one writer each.

An RQ job here is only a ticket that says "something is due"; which keys it works is decided when it takes them, in
`scripts.TAKE`, the one place where order and fairness live. Lost tickets are replaced by the clock; repeated ones find
nothing to do. All times come from Redis, in seconds.
"""

import json
import logging
import uuid
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis
from rq import Queue, Retry
from rq.job import Job
from rq.serializers import JSONSerializer

from ghapp import keys, scripts
from ghapp.processes import holder
from ghapp.settings import JOB_SECONDS

QUEUE = "ghapp"
WORK = "ghapp.jobs.work"
#: RQ's own: the set of the names of its workers' hashes.
WORKERS = "rq:workers"
DELIVERY_SECONDS = 3 * 24 * 3600
#: As many hints of a key are kept, the newest.
MOST_HINTS = scripts.MOST_HINTS
#: Classes of keys, most urgent first.
CLASSES = {
    "command": 0,
    "landing": 1,
    "sweep": 1,
    "repair": 1,
    "standing": 1,
    "roster": 1,
    "render": 2,
    "rollover": 2,
    "card": 3,
    "pulls": 3,
    "entry": 3,
    "history": 4,
    "reading": 5,
}

log = logging.getLogger("ghapp.jobqueue")


class PostponedError(Exception):
    """The key cannot be worked now, and that is no fault: try again after `seconds`."""

    def __init__(self, seconds: float, reason: str) -> None:
        """Say for how long, and why."""
        super().__init__(f"{reason}: again in {seconds:.0f} s")
        self.seconds = seconds


class AllowedJob(Job):
    """Runs one function and no other, whatever stands in Redis (a JSON job may name any importable one)."""

    @property
    def func(self) -> Any:
        """The ticket's function.

        Raises:
            PermissionError: The job names another function.
        """
        if self.func_name != WORK:
            raise PermissionError(f"{self.func_name} is not a job of ours")
        return super().func


@dataclass(slots=True)
class Lease:
    """The right to work one key, for `lease_seconds` of its queue.

    Attributes:
        key: The due key.
        installation: Id of the installation that reads and writes it.
        failures: How often in a row it failed before.
        hints: What deliveries knew, oldest first: (seconds since the epoch, hint).
        read: The number of the newest hint.
        again_after: When the key was marked while we worked, it is due again after this many seconds.
    """

    key: str
    installation: int
    version: str
    holder: str
    failures: int
    hints: list[tuple[float, dict[str, str]]] = field(default_factory=list[tuple[float, dict[str, str]]])
    read: int = 0
    again_after: float = 0.0


class JobQueue:
    """The queue, over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis, job_seconds: int = JOB_SECONDS) -> None:
        """Prepare the scripts; nothing is sent. A ticket may run for `job_seconds`."""
        self.connection = connection
        # A lease outlives the job that took it, so that two jobs never hold one key.
        self.job_seconds, self.lease_seconds = job_seconds, job_seconds + max(2.0, job_seconds / 10)
        self.tickets = Queue(QUEUE, connection=connection, serializer=JSONSerializer, job_class=AllowedJob)
        self._mark = connection.register_script(scripts.MARK)
        self._take = connection.register_script(scripts.TAKE)
        self._release = connection.register_script(scripts.RELEASE)
        self._free = connection.register_script(scripts.FREE)
        self._ready = connection.register_script(scripts.READY)
        self._drop = connection.register_script(scripts.DROP)

    def mark(
        self,
        key: str,
        installation: int,
        *,
        guid: str | None = None,
        hint: dict[str, str] | None = None,
        delay: float = 0,
    ) -> bool:
        """Mark `key` as due in `delay` seconds (a time already set stays), once per delivery.

        Returns:
            False when the delivery `guid` was recorded before: nothing was marked.

        Raises:
            redis.RedisError: Redis is unreachable. When it answered the mark but not the ticket, the clock
                will issue one.
        """
        line = _line(key, installation)
        marked = self._mark(
            keys=_names(key, line, keys.DELIVERY + guid if guid else ""),
            args=[key, line, installation, delay, DELIVERY_SECONDS, json.dumps(hint) if hint else ""],
        )
        if marked == scripts.NEWLY_DUE and delay <= 0:
            self.issue_tickets(1)
        return bool(marked)

    def mark_once(self, key: str, installation: int, once: str, seconds: float) -> bool:
        """Mark `key` as due, unless somebody did so under the name `once` in the last `seconds` (1 at the least).

        Returns:
            Whether it was marked.
        """
        line = _line(key, installation)
        args = [key, line, installation, 0, max(1, int(seconds)), ""]
        return bool(self._mark(keys=_names(key, line, keys.ONCE + once), args=args))

    def mark_within(
        self, pipe: Any, installation: int, due: Iterable[tuple[str, float]], hint: dict[str, str] | None = None
    ) -> None:
        """Mark keys, each with its delay in seconds, as a part of a transaction; the clock issues their tickets."""
        said = json.dumps(hint) if hint else ""
        for key, delay in due:
            line = _line(key, installation)
            args = [key, line, installation, delay, DELIVERY_SECONDS, said]
            self._mark(keys=_names(key, line), args=args, client=pipe)

    def not_due(self, names: Iterable[str], installation: int) -> list[str]:
        """Those of these keys that are not marked in the installation's lines, for now or for later."""
        names = list(names)
        with self.connection.pipeline(transaction=False) as pipe:
            for key in names:
                pipe.hget(keys.DUE + key, "line")
            lines = pipe.execute()
        return [
            key for key, line in zip(names, lines, strict=True) if (line or b"").decode() != _line(key, installation)
        ]

    def issue_tickets(self, count: int) -> None:
        """Enqueue `count` jobs, each of which will take one key."""
        for _ in range(count):
            self.tickets.enqueue(
                WORK, retry=Retry(max=3), job_timeout=self.job_seconds, result_ttl=0, failure_ttl=24 * 3600
            )

    def drop_ticket(self) -> None:
        """Remove a ticket that waits, if there is one: what it would have worked has been taken without it."""
        self._drop(keys=[self.tickets.key, Job.key_for("")])

    def top_up(self, limit: int = 100) -> int:
        """Issue the tickets that are missing for keys that are due; returns how many."""
        ready = int(self._ready(keys=[keys.LINES, keys.LEASES, keys.LINE, keys.LIMITED, keys.STOPPED], args=[limit]))
        missing = max(0, ready - self.tickets.count)
        self.issue_tickets(missing)
        return missing

    @contextmanager
    def taken(self) -> Generator[Lease | None]:
        """Take the next key for the body of a `with`; None when nothing is due.

        An exception puts the key back: after the time it names (`PostponedError`), else after a time that
        doubles with each failure in a row, up to 15 minutes.
        """
        lease = self._lease()
        if lease is None:
            yield None
            return
        try:
            yield lease
        except PostponedError as postponed:
            log.info("%s is put back: %s", lease.key, postponed)
            self._end(lease, postponed.seconds, scripts.PUT_BACK)
        except BaseException:
            self._end(lease, min(900.0, 5.0 * 2 ** min(lease.failures, 8)), scripts.FAILED)
            raise
        else:
            self._end(lease, lease.again_after, scripts.WORKED)

    def _lease(self) -> Lease | None:
        who = f"{holder()} {uuid.uuid4().hex}"
        workers = int(self.connection.scard(WORKERS))  # type: ignore[arg-type] - sync client
        taken = self._take(
            keys=[keys.LINES, keys.LEASES, keys.HOLDERS, keys.LINE, keys.DUE, keys.LIMITED, keys.STOPPED],
            args=[who, self.lease_seconds, (workers + 1) // 2 or 1, max(1, workers - 1)],
        )
        if not taken:
            return None
        key, version, installation, failures = (part.decode() for part in taken)
        raw: Any = self.connection.lrange(keys.HINTS + key, 0, -1)
        found = [json.loads(hint) for hint in raw]
        hints = [(float(hint["at"]), hint["hint"]) for hint in found]
        read = max((hint["n"] for hint in found), default=0)
        return Lease(key, int(installation), version, who, int(failures), hints, read)

    def _end(self, lease: Lease, delay: float, outcome: str) -> None:
        self._release(
            keys=[keys.LEASES, keys.HOLDERS, keys.DUE + lease.key, keys.LINE, keys.HINTS + lease.key],
            args=[lease.key, lease.holder, lease.version, delay, outcome, lease.read],
        )

    def release_of_the_dead(self, is_dead: Callable[[str], bool]) -> list[str]:
        """End the leases whose holder `is_dead` (a function of the holder's name); returns their keys."""
        found: Any = self.connection.hgetall(keys.HOLDERS)
        freed: list[str] = []
        for key, value in found.items():
            is_gone = is_dead(value.decode().split(" ")[0])
            # Somebody else may have freed it meanwhile, and a worker taken it.
            if is_gone and self._free(keys=[keys.LEASES, keys.HOLDERS], args=[key, value]):
                freed.append(key.decode())
        return freed


def _line(key: str, installation: int) -> str:
    return f"{CLASSES[key.split(':', 1)[0]]}:{installation}"


def _names(key: str, line: str, once: str = "") -> list[str]:
    """What `scripts.MARK` is given; `once` names what is marked once only."""
    return [once, keys.LINES, keys.LINE + line, keys.DUE + key, keys.HINTS + key]
