"""What Redis keeps of each thing that we publish: where it is, what was written there, whether it may be created."""

import json
from typing import Any

import redis

KEPT_SECONDS = 60 * 24 * 3600


FIELDS = ("id", "written", "intent", "created", "doubtful", "linked")
#: Looked at when the day is closed, and not before.
AT_CLOSING = float("inf")


class Slot:
    """What we know of one thing that we publish: an issue or a comment. A Redis hash's fields, by prefix.

    Attributes:
        id: The issue's number or the comment's id; None when it is not known.
        written: Of the bytes that were written last; "" when they are not known.
        intent: When a create was sent last, or failed; None when none was.
        created: How often it was created.
        doubtful: When it was created although an earlier create may be done yet; None: it is the only one.
        linked: Days whose digests were asked to link to it, each with the number that it had then.
    """

    def __init__(self, connection: redis.Redis, key: str, prefix: str = "") -> None:
        """Read the fields."""
        self._connection, self._key, self._prefix = connection, key, prefix
        values: Any = connection.hmget(key, [prefix + name for name in FIELDS])
        self.id = int(values[0]) if values[0] else None
        self.written = values[1].decode() if values[1] else ""
        self.intent = float(values[2]) if values[2] else None
        self.created = int(values[3] or 0)
        self.doubtful = float(values[4]) if values[4] else None
        self.linked: dict[str, int] = json.loads(values[5]) if values[5] else {}

    def intend(self, now: float) -> None:
        """Record that a create is about to be sent or has failed, so that a lost answer is known to be possible."""
        self._put({"intent": str(now)})

    def publish(self, number: int, written: str, doubtful: float | None = None) -> None:
        """Record the id (or issue number) and the digest of the bytes that were written; `doubtful` as the attribute.

        What is None here stays as it was.
        """
        self.id, self.written = number, written
        self.doubtful = self.doubtful if doubtful is None else doubtful
        self._put({"id": str(number), "written": written} | ({"doubtful": str(doubtful)} if doubtful else {}))

    def settle(self, *, at_closing: bool = False) -> None:
        """It was looked for again; it is the only one, or is looked for once more when its day is closed."""
        self.doubtful = AT_CLOSING if at_closing else None
        if at_closing:
            self._put({"doubtful": str(AT_CLOSING)})
        else:
            self._connection.hdel(self._key, self._prefix + "doubtful")

    def link(self, days: dict[str, int]) -> None:
        """Record which days' digests were asked to link to it, by which number."""
        self.linked = days
        self._put({"linked": json.dumps(days)})

    def count_creation(self) -> None:
        """It was created: by us, for the first time or after people deleted it."""
        self.created = int(self._connection.hincrby(self._key, self._prefix + "created", 1))  # type: ignore[arg-type]

    def count_write(self) -> None:
        """GitHub took a write of it."""
        self._connection.hincrby(self._key, self._prefix + "writes", 1)

    def forget(self) -> None:
        """It is gone: the next publication searches for it, and creates it if need be."""
        self._connection.hdel(self._key, *(self._prefix + name for name in ("id", "written", "intent")))

    def recall(self) -> None:
        """What was intended just now was not done; that an earlier create may have been is still known."""
        if self.intent is None:
            self.forget()
        else:
            self.intend(self.intent)

    def lose(self) -> None:
        """It is not where it was: search for it, but not before a list can be believed."""
        self._connection.hdel(self._key, self._prefix + "id", self._prefix + "written")

    def _put(self, values: dict[str, str]) -> None:
        with self._connection.pipeline() as pipe:
            pipe.hset(self._key, mapping={self._prefix + name: value for name, value in values.items()})
            pipe.expire(self._key, KEPT_SECONDS)
            pipe.execute()
