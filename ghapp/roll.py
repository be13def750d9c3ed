"""The roll of installations: which account each one is on, whether it may work, and what it did. Hints, as all here.

What stands here comes from deliveries and from GitHub's lists, and is put right by them; the admin page shows it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import redis

from ghapp import keys

State = Literal["active", "suspended", "refused"]

#: What GitHub said of an account is believed for so long, in seconds.
TOLD_SECONDS = 24 * 3600

#: Keeps the account and the state of an installation; `since` moves only when the state does.
NOTE = """
redis.call('SADD', KEYS[2], ARGV[1])
if redis.call('HGET', KEYS[1], 'state') ~= ARGV[3] then
  redis.call('HSET', KEYS[1], 'state', ARGV[3], 'since', ARGV[4])
end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'account', ARGV[2]) end
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one installation; times are seconds since the epoch, 0: never, or not known.

    Attributes:
        account: Its login; "" when that is not known yet.
        since: When its state began.
        ignored: How often something of it was ignored, because its account is refused.
        requests: How many requests its jobs sent to GitHub.
        card_at: When a card was written last.
        digest_at: When a digest was written last.
    """

    id: int
    account: str
    state: str
    since: float
    ignored: int
    ignored_at: float
    requests: int
    card_at: float
    digest_at: float


class Roll:
    """Over one connection that decodes nothing. Times are this machine's: they are for people."""

    def __init__(self, connection: redis.Redis, now: Callable[[], float] = time.time) -> None:
        """Prepare the script; nothing is sent."""
        self._connection, self._now = connection, now
        self._note = connection.register_script(NOTE)

    def note(self, installation: int, account: str, state: State) -> None:
        """GitHub says that the App is installed there."""
        name = keys.installation(installation)
        self._note(keys=[name, keys.INSTALLATIONS], args=[installation, account, state, self._now()])
        self._connection.hset(name, "told", str(self._now()))

    def refuse(self, installation: int, account: str) -> None:
        """Something of an account that is not allowed was ignored."""
        name = keys.installation(installation)
        self._note(keys=[name, keys.INSTALLATIONS], args=[installation, account, "refused", self._now()])
        with self._connection.pipeline() as pipe:
            pipe.hincrby(name, "ignored", 1)
            pipe.hset(name, "ignored_at", str(self._now()))
            pipe.execute()

    def account(self, installation: int) -> str | None:
        """Whose it is, as GitHub said within the last day; None: it did not."""
        found: Any = self._connection.hmget(keys.installation(installation), "account", "told")
        if found[0] is None or self._now() - float(found[1] or 0) > TOLD_SECONDS:
            return None
        return found[0].decode()

    def worked(self, installation: int, requests: int, wrote: str) -> None:
        """A job of it sent so many requests, and wrote a `card`, a `digest` or nothing ("")."""
        name = keys.installation(installation)
        with self._connection.pipeline() as pipe:
            pipe.sadd(keys.INSTALLATIONS, installation)
            pipe.hsetnx(name, "state", "active")
            pipe.hincrby(name, "requests", requests)
            if wrote:
                pipe.hset(name, f"{wrote}_at", str(self._now()))
            pipe.execute()

    def stop(self, installation: int) -> None:
        """Nothing more of it is taken, and its tokens are dropped: what is under way gets no new one."""
        self._connection.sadd(keys.STOPPED, installation)
        drop_tokens(self._connection, installation)

    def resume(self, installation: int) -> None:
        """What waits is taken again."""
        self._connection.srem(keys.STOPPED, installation)

    def all(self) -> list[Known]:
        """Every installation that is known, by its account."""
        members: Any = self._connection.smembers(keys.INSTALLATIONS)
        numbers = sorted(int(member) for member in members)
        with self._connection.pipeline(transaction=False) as pipe:
            for number in numbers:
                pipe.hgetall(keys.installation(number))
            found = pipe.execute()
        known = [_known(number, fields) for number, fields in zip(numbers, found, strict=True)]
        return sorted(known, key=lambda one: (one.account.lower(), one.id))


def drop_tokens(connection: redis.Redis, installation: int) -> None:
    """Forget an installation's tokens: the next request has to ask for a new one."""
    for name in connection.scan_iter(match=f"{keys.TOKENS}:{installation}:*", count=1000):
        connection.delete(name)


def _known(number: int, fields: dict[bytes, bytes]) -> Known:
    def at(name: bytes) -> float:
        return float(fields.get(name, 0))

    return Known(
        id=number,
        account=fields.get(b"account", b"").decode(),
        state=fields.get(b"state", b"active").decode(),
        since=at(b"since"),
        ignored=int(at(b"ignored")),
        ignored_at=at(b"ignored_at"),
        requests=int(at(b"requests")),
        card_at=at(b"card_at"),
        digest_at=at(b"digest_at"),
    )
