"""Which repositories an installation reaches, and what is forgotten when it reaches one no more or is no more."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import redis

from ghapp import keys, scripts
from ghapp.jobqueue import CLASSES
from ghapp.reads import Repository
from ghapp.roll import Roll

#: What is known of a repository that no installation reaches is kept for so long, in seconds: it may come back.
GONE_SECONDS = 30 * 24 * 3600
#: Spending is kept for 40 days; see `shelf.SPENT_SECONDS`.
SPENT_DAYS = 42


class Roster:
    """Over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis) -> None:
        """Prepare the script; nothing is sent."""
        self._connection = connection
        self._forget = connection.register_script(scripts.FORGET)

    def reached(self, installation: int, repositories: Iterable[tuple[int, str]]) -> None:
        """An installation reaches these repositories: (id, full name; "" when it is not known)."""
        found = list(repositories)
        with self._connection.pipeline(transaction=False) as pipe:
            for number, _ in found:
                pipe.hmget(keys.repository(number), "installation", "gone_at")
            before = pipe.execute()
        with self._connection.pipeline() as pipe:
            for (number, full_name), (owner, gone_at) in zip(found, before, strict=True):
                self._queue_reached(pipe, installation, number, full_name, owner)
                if gone_at is not None:
                    # What is there for good is so again; the rest has its own time, and gets it with the next write.
                    for name in (keys.branch(number), keys.pushed_at(number), keys.read_at(number)):
                        pipe.persist(name)
            pipe.execute()

    def name_of(self, number: int) -> str:
        """`owner/name` of a repository as it was seen last; "" when it was not."""
        found: Any = self._connection.hget(keys.repository(number), "full_name")
        return (found or b"").decode()

    def _queue_reached(self, pipe: Any, installation: int, number: int, full_name: str, owner: bytes | None) -> None:
        name = keys.repository(number)
        if owner is not None and int(owner) != installation:
            pipe.srem(keys.repositories(int(owner)), number)
        pipe.sadd(keys.repositories(installation), number)
        pipe.hset(name, mapping={"installation": installation} | ({"full_name": full_name} if full_name else {}))
        pipe.hdel(name, "gone_at")
        pipe.persist(name)

    def compare(self, installation: int, repositories: Iterable[Repository]) -> list[int]:
        """Take over what GitHub lists; what was reached before and is not listed is forgotten in time.

        Returns:
            The ids of those that are gone.
        """
        listed = {repository.id: repository.full_name for repository in repositories}
        self.reached(installation, listed.items())
        gone = sorted(self._known(installation) - listed.keys())
        for number in gone:
            self._retire(installation, number)
        return gone

    def _known(self, installation: int) -> set[int]:
        members: Any = self._connection.smembers(keys.repositories(installation))
        return {int(member) for member in members}

    def _retire(self, installation: int, number: int) -> None:
        """Have everything about a repository end in 30 days.

        Kept until then: how far the branch was read and what its digests say, because a repository that is given back
        is read on from there, and no digest begins anew. What was to be read or written at once is forgotten at once.
        """
        names, patterns = keys.of_repository(number)
        for pattern in patterns:
            names += [name.decode() for name in self._connection.scan_iter(match=pattern, count=1000)]
        with self._connection.pipeline() as pipe:
            pipe.srem(keys.repositories(installation), number)
            pipe.hset(keys.repository(number), "gone_at", str(datetime.now(UTC).timestamp()))
            pipe.delete(keys.config(number), keys.pulls(number), keys.label(number))
            for name in names:
                pipe.expire(name, GONE_SECONDS)
            pipe.execute()

    def forget(self, installation: int) -> list[str]:
        """Forget an installation that is no more; returns the due keys that went with it.

        At once: tokens, the due keys, its pace and limits, what it spent, what models answered it, what it did. In 30
        days: what is known of its repositories (`_retire`), because a reinstall resumes; a delivery's GUID stays for
        its three days, so that none is obeyed twice.
        """
        Roll(self._connection).stop(installation)
        due = self._forget_due(installation)
        for number in sorted(self._known(installation)):
            self._retire(installation, number)
        today = datetime.now(UTC).date()
        spent = [keys.spent(f"installation:{installation}", str(today - timedelta(n))) for n in range(-2, SPENT_DAYS)]
        kept = ("reading", "reading-lease", "reading-failure")
        for kind in kept:
            spent += [n.decode() for n in self._connection.scan_iter(match=keys.of(kind, installation), count=1000)]
        with self._connection.pipeline() as pipe:
            pipe.delete(*spent, *keys.of_installation(installation))
            pipe.zrem(keys.LIMITED, installation)
            pipe.srem(keys.INSTALLATIONS, installation)
            pipe.srem(keys.STOPPED, installation)
            pipe.execute()
        return due

    def _forget_due(self, installation: int) -> list[str]:
        lines = [f"{number}:{installation}" for number in sorted(set(CLASSES.values()))]
        found: Any = self._forget(keys=[keys.LINES, keys.LINE, keys.DUE, keys.HINTS], args=lines)
        due = [key.decode() for key in found]
        for kind, repository, *rest in (key.split(":") for key in due):
            if kind == "reading" and rest[0] == "pull":
                # Its card is made again by a reinstall, and with it what a model was to say.
                self._connection.hdel(keys.card(int(repository), int(rest[1])), "head")
        return due
