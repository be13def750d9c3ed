"""What was last seen of installations and repositories, so that it is not asked for again."""

from typing import Any

import redis

from ghapp import keys
from ghapp.redis_server import time_of

DAY_SECONDS = 24 * 3600


class Seen:
    """Over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis) -> None:
        """Nothing is sent."""
        self.connection = connection

    def now(self) -> float:
        """Seconds since the epoch by Redis's clock, the one that all machines share."""
        return time_of(self.connection)

    def config(self, repository: int) -> dict[str, str]:
        """What was last read of the repository's configuration file; empty when never."""
        found: Any = self.connection.hgetall(keys.config(repository))
        return {name.decode(): value.decode() for name, value in found.items()}

    def put_config(self, repository: int, values: dict[str, str]) -> None:
        """Keep what was read of the configuration file, for a day."""
        with self.connection.pipeline() as pipe:
            pipe.delete(keys.config(repository))
            pipe.hset(keys.config(repository), mapping={**values})
            pipe.expire(keys.config(repository), DAY_SECONDS)
            pipe.execute()

    def forget_config(self, repository: int) -> None:
        """Have the configuration file read again, and with it which pull requests are to have cards."""
        self.connection.delete(keys.config(repository), keys.pulls(repository))

    def has_label(self, repository: int) -> bool:
        """Whether the digest label is known to exist."""
        return bool(self.connection.exists(keys.label(repository)))

    def put_label(self, repository: int) -> None:
        """Remember for a day that the digest label exists."""
        self.connection.set(keys.label(repository), "1", ex=DAY_SECONDS)

    def pushed_at(self, repository: int) -> str | None:
        """The repository's `pushed_at` (GitHub's text) that the last finished reading of its branch saw, or None."""
        found: Any = self.connection.get(keys.pushed_at(repository))
        return found.decode() if found is not None else None

    def put_pushed_at(self, repository: int, pushed_at: str) -> None:
        """Remember what a reading of the branch saw, now that it has finished."""
        self.connection.set(keys.pushed_at(repository), pushed_at)

    def read_at(self, repository: int) -> float:
        """When the last finished reading of the default branch began, by the calendar; 0: not known."""
        found: Any = self.connection.get(keys.read_at(repository))
        return float(found or 0)

    def put_read_at(self, repository: int, at: float) -> None:
        """A reading of the default branch that began then has finished."""
        self.connection.set(keys.read_at(repository), str(at))

    def met(self, installation: int) -> float | None:
        """When all repositories of an installation were looked at last, by the calendar; None: Redis does not know."""
        found: Any = self.connection.get(keys.met(installation))
        return float(found) if found is not None else None

    def put_met(self, installation: int, at: float) -> None:
        """All its repositories were looked at at that time, or are marked to be."""
        self.connection.set(keys.met(installation), str(at))
