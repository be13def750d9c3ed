"""What Redis keeps of each thing that we publish: where it is, what was written there, whether it may be created."""

from typing import Any

import redis

KEPT_SECONDS = 60 * 24 * 3600


class Slot:
    """What we know of one thing that we publish: an issue or a comment. A Redis hash's fields, by prefix."""

    def __init__(self, connection: redis.Redis, key: str, prefix: str = "") -> None:
        """Read the fields."""
        self._connection, self._key, self._prefix = connection, key, prefix
        values: Any = connection.hmget(key, [prefix + name for name in ("id", "written", "intent", "created")])
        self.id = int(values[0]) if values[0] else None
        self.written = values[1].decode() if values[1] else ""
        self.intent = float(values[2]) if values[2] else None
        self.created = int(values[3] or 0)

    def intend(self, now: float) -> None:
        """Record that a create is about to be sent, so that a lost answer is known to be possible."""
        self._put({"intent": str(now)})

    def publish(self, number: int, written: str) -> None:
        """Record the id (or issue number) and the digest of the bytes that were written."""
        self.id, self.written = number, written
        self._put({"id": str(number), "written": written})

    def count_creation(self) -> None:
        """It was created: by us, for the first time or after people deleted it."""
        self.created = int(self._connection.hincrby(self._key, self._prefix + "created", 1))  # type: ignore[arg-type]

    def count_write(self) -> None:
        """GitHub took a write of it."""
        self._connection.hincrby(self._key, self._prefix + "writes", 1)

    def forget(self) -> None:
        """It is gone: the next publication searches for it, and creates it if need be."""
        self._connection.hdel(self._key, *(self._prefix + name for name in ("id", "written", "intent")))

    def lose(self) -> None:
        """It is not where it was: search for it, but not before a list can be believed."""
        self._connection.hdel(self._key, self._prefix + "id", self._prefix + "written")

    def _put(self, values: dict[str, str]) -> None:
        with self._connection.pipeline() as pipe:
            pipe.hset(self._key, mapping={self._prefix + name: value for name, value in values.items()})
            pipe.expire(self._key, KEPT_SECONDS)
            pipe.execute()
