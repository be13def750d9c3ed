"""What models said and what it cost, in Redis: answers by content, who is asking, spending by day."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import redis
from pydantic import TypeAdapter

from analysis.ledger import LedgerEntry
from analysis.prose import Prose
from ghapp import keys
from ghapp.calendar import CLOCK, Calendar

KEPT_SECONDS = 60 * 24 * 3600
SPENT_SECONDS = 40 * 24 * 3600
DAY_SECONDS = 24 * 3600

#: Adds to the counts of both scopes when neither would pass its ceiling. 1: added, 0: one is reached.
RESERVE = """
for i = 1, 2 do
  if (tonumber(redis.call('HGET', KEYS[i], 'tokens')) or 0) + tonumber(ARGV[1]) > tonumber(ARGV[i + 1]) then
    return 0
  end
end
for i = 1, 2 do
  redis.call('HINCRBY', KEYS[i], 'tokens', ARGV[1])
  redis.call('EXPIRE', KEYS[i], ARGV[4])
end
return 1
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model made of one change's content.

    Attributes:
        prose: Its checked answer.
        name: The model's name.
        prompt_tokens: Tokens read over all attempts, those that failed included.
        completion_tokens: Tokens written over all attempts.
        redactions: Secrets that were taken out before.
        files: The ledger.
        is_estimate: As in `Spent`.
    """

    prose: Prose
    name: str
    prompt_tokens: int
    completion_tokens: int
    redactions: int
    files: tuple[LedgerEntry, ...]
    is_estimate: bool = False


@dataclass(slots=True)
class Spent:
    """What asking about one content cost so far, in tokens.

    Attributes:
        read: Of prompts.
        written: Of answers, usable or not.
        is_estimate: Whether a server did not say what an attempt cost, so that it was estimated.
    """

    read: int = 0
    written: int = 0
    is_estimate: bool = False

    def add(self, other: "Spent") -> None:
        """Count one attempt more."""
        self.read, self.written = self.read + other.read, self.written + other.written
        self.is_estimate = self.is_estimate or other.is_estimate


@dataclass(frozen=True, slots=True)
class Failure:
    """How asking about a content failed last, and how often in a row."""

    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class Account:
    """Whose ceilings a call counts against, in tokens a day."""

    repository: int
    installation: int
    repository_ceiling: int
    installation_ceiling: int

    @property
    def scopes(self) -> tuple[str, str]:
        """The names under which its spending is kept."""
        return f"repository:{self.repository}", f"installation:{self.installation}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """Tokens that an account set aside for a call, on a day in UTC."""

    account: Account
    day: str
    tokens: int


_READING = TypeAdapter(Reading)


class Shelf:
    """Over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis, calendar: Calendar = CLOCK) -> None:
        """Prepare the script; nothing is sent."""
        self._connection, self._calendar = connection, calendar
        self._reserve = connection.register_script(RESERVE)

    def reading(self, content: str) -> Reading | None:
        """The answer to this content, or None."""
        found: Any = self._connection.get(keys.reading(content))
        return _READING.validate_json(found) if found else None

    def put_reading(self, content: str, reading: Reading) -> None:
        """Keep an answer, and forget that asking for it failed."""
        with self._connection.pipeline() as pipe:
            pipe.set(keys.reading(content), _READING.dump_json(reading), ex=KEPT_SECONDS)
            pipe.delete(keys.reading_failure(content))
            pipe.execute()

    def failure(self, content: str) -> Failure | None:
        """How asking about this content failed last; None when it did not, or was answered since."""
        found: Any = self._connection.hmget(keys.reading_failure(content), ["reason", "times"])
        return Failure(found[0].decode(), int(found[1])) if found[1] else None

    def put_failure(self, content: str, reason: str) -> int:
        """Count one more failure; returns how many in a row."""
        name = keys.reading_failure(content)
        with self._connection.pipeline() as pipe:
            pipe.hset(name, "reason", reason)
            pipe.hincrby(name, "times", 1)
            pipe.expire(name, DAY_SECONDS)
            return int(pipe.execute()[1])

    def spent_on(self, content: str) -> Spent:
        """What asking about this content cost so far, without an answer."""
        found: Any = self._connection.hmget(keys.reading_failure(content), ["read", "written", "estimate"])
        return Spent(int(found[0] or 0), int(found[1] or 0), found[2] == b"1")

    def put_spent_on(self, content: str, spent: Spent) -> None:
        """Keep that for the answer that comes at last."""
        name, estimate = keys.reading_failure(content), int(spent.is_estimate)
        with self._connection.pipeline() as pipe:
            pipe.hset(name, mapping={"read": spent.read, "written": spent.written, "estimate": estimate})
            pipe.expire(name, DAY_SECONDS)
            pipe.execute()

    @contextmanager
    def asking(self, content: str, seconds: int) -> Generator[bool]:
        """Whether it is ours to ask about this content, for the body of a `with`: nobody else is asking."""
        name, token = keys.reading_lease(content), uuid4().hex
        ours = bool(self._connection.set(name, token, nx=True, ex=seconds))
        try:
            yield ours
        finally:
            if ours and self._connection.get(name) == token.encode():
                self._connection.delete(name)

    def reserve(self, account: Account, tokens: int) -> Reservation | None:
        """Count `tokens` against both ceilings of the day; None, and nothing counted, when one would be passed."""
        day = self.today().isoformat()
        names = [keys.spent(scope, day) for scope in account.scopes]
        ceilings = [account.repository_ceiling, account.installation_ceiling]
        allowed = self._reserve(keys=names, args=[tokens, *ceilings, SPENT_SECONDS])
        return Reservation(account, day, tokens) if allowed else None

    def settle(self, reserved: Reservation, read: int, written: int) -> None:
        """Replace what was reserved by what a call really cost, on the day that it was reserved."""
        with self._connection.pipeline() as pipe:
            for scope in reserved.account.scopes:
                name = keys.spent(scope, reserved.day)
                pipe.hincrby(name, "tokens", read + written - reserved.tokens)
                pipe.hincrby(name, "read", read)
                pipe.hincrby(name, "written", written)
                pipe.hincrby(name, "calls", 1)
                pipe.expire(name, SPENT_SECONDS)
            pipe.execute()

    def spent(self, scope: str) -> dict[str, int]:
        """Today's `tokens`, `read`, `written` and `calls` of a scope; empty when nothing was spent."""
        found: Any = self._connection.hgetall(keys.spent(scope, self.today().isoformat()))
        return {name.decode(): int(value) for name, value in found.items()}

    def today(self) -> date:
        """The day whose ceilings count, in UTC."""
        return datetime.fromtimestamp(self._calendar.at(time.time()), UTC).date()

    def until_tomorrow(self) -> float:
        """Seconds until the day of the ceilings ends, and a little more."""
        midnight = datetime.combine(self.today() + timedelta(days=1), datetime.min.time(), UTC).timestamp()
        return self._calendar.wait(midnight + 30, time.time())

    def get(self, key: str, /) -> str | None:
        """What a model's server was found not to understand (`llm_dialect.Memory`)."""
        found: Any = self._connection.hget(keys.MODEL_HABITS, key)
        return found.decode() if found else None

    def __setitem__(self, key: str, value: str, /) -> None:
        """Remember it for a day."""
        self._connection.hset(keys.MODEL_HABITS, key, value)
        self._connection.expire(keys.MODEL_HABITS, DAY_SECONDS)
