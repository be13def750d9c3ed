"""What repair remembers between two looks: what it saw, what it asked for, what was given up. Lost: it looks at all."""

import json
import time
from collections.abc import Iterable
from typing import Any

import redis

from ghapp import keys

#: An ETag is not believed for longer, in seconds, so that whatever else changed is seen to once an hour.
ETAG_SECONDS = 3600
GIVEN_UP_SECONDS = 3 * 24 * 3600
MOST_REDELIVERED = 50


class RepairState:
    """Over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis) -> None:
        """Nothing is sent."""
        self._connection = connection

    def pulls_etag(self, repository: int) -> str:
        """The ETag of the list of open pull requests that was seen to; "" when there is none to believe."""
        found: Any = self._connection.get(keys.pulls(repository))
        return found.decode() if found else ""

    def put_pulls_etag(self, repository: int, etag: str) -> None:
        """Remember which list is seen to; only after its cards are marked as due."""
        self._connection.set(keys.pulls(repository), etag, ex=ETAG_SECONDS)

    def forget_pulls_etag(self, repository: int) -> None:
        """Have the list read as a whole next time."""
        self._connection.delete(keys.pulls(repository))

    def swept_to(self) -> float | None:
        """From when on deliveries are to be swept (GitHub's time, seconds since the epoch); None: all of them."""
        found: Any = self._connection.get(keys.SWEPT_TO)
        return float(found) if found else None

    def put_swept_to(self, at: float) -> None:
        """Deliveries before this time need no further look."""
        self._connection.set(keys.SWEPT_TO, str(at))

    def may_ask(self, guid: str, seconds: float) -> bool:
        """Whether nobody asked for this delivery in the `seconds` after it was asked for last; then we do now."""
        return bool(self._connection.set(keys.ASKED + guid, "1", nx=True, ex=max(1, int(seconds))))

    def put_redelivered(self, guid: str, event: str, attempts: int) -> None:
        """Remember, for those who look, that a delivery was asked for again."""
        note = {"at": time.time(), "guid": guid, "event": event, "attempts": attempts}
        with self._connection.pipeline() as pipe:
            pipe.lpush(keys.REDELIVERED, json.dumps(note))
            pipe.ltrim(keys.REDELIVERED, 0, MOST_REDELIVERED - 1)
            pipe.execute()

    def give_up(self, key: str, reason: str) -> None:
        """Remember for three days that a due key was forgotten without having been worked."""
        now = time.time()
        with self._connection.pipeline() as pipe:
            pipe.set(keys.GIVEN_UP + key, reason, ex=GIVEN_UP_SECONDS)
            pipe.zadd(keys.GIVEN_UP_AT, {key: now})
            pipe.zremrangebyscore(keys.GIVEN_UP_AT, "-inf", now - GIVEN_UP_SECONDS)
            pipe.execute()
        kind, _, names = key.partition(":")
        if kind == "card":
            # It was seen to, and to no avail: the next repair sees to it again.
            self.forget_pulls_etag(int(names.split(":")[0]))

    def forget_given_up(self, key: str) -> None:
        """It was worked after all, or is to be tried anew."""
        if self._connection.delete(keys.GIVEN_UP + key):
            self._connection.zrem(keys.GIVEN_UP_AT, key)

    def all_given_up(self) -> dict[str, str]:
        """Every due key that was given up in the last three days, with the reason."""
        found = [
            key.decode().removeprefix(keys.GIVEN_UP) for key in self._connection.scan_iter(f"{keys.GIVEN_UP}*", 1000)
        ]
        return self.given_up(found)

    def given_up(self, due: Iterable[str]) -> dict[str, str]:
        """Those of these due keys that were given up, each with the reason."""
        names = sorted(due)
        found: Any = self._connection.mget([keys.GIVEN_UP + name for name in names]) if names else []
        return {name: value.decode() for name, value in zip(names, found, strict=True) if value is not None}
