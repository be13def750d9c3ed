"""Who may see the admin page: whoever knows ADMIN_TOKEN, or has a session that began with it."""

import hashlib
import hmac
import secrets
from typing import Literal

import redis

from ghapp import keys

Outcome = Literal["right", "wrong", "too many"]

SESSION_SECONDS = 8 * 3600
#: Refused log-ins in a minute, from one address and from all, after which none is let in.
MOST_FROM_ONE, MOST_FROM_ALL = 5, 30
MINUTE = 60


class Door:
    """Over one connection that decodes nothing; sessions and refusals are shared by all processes."""

    def __init__(self, token: str, connection: redis.Redis) -> None:
        """Nothing is sent."""
        self._token, self._connection = token.encode(), connection

    def tried(self, token: str, address: str) -> Outcome:
        """What comes of a token; `too many`: so many were wrong in the last minute that it was not looked at.

        Args:
            token: What somebody gave.
            address: Where it came from; "" when that is not known.
        """
        counters = {f"{keys.ADMIN_FAILURES}{address}": MOST_FROM_ONE, f"{keys.ADMIN_FAILURES}all": MOST_FROM_ALL}
        # Counted before it is looked at, so that many at once are no way around it.
        with self._connection.pipeline() as pipe:
            for name in counters:
                pipe.set(name, 0, nx=True, ex=MINUTE)
                pipe.incr(name)
            counts = pipe.execute()[1::2]
        if any(count > most for count, most in zip(counts, counters.values(), strict=True)):
            return "too many"
        # Digests, because a comparison of texts of other lengths tells the length.
        given, right = (hashlib.sha256(text).digest() for text in (token.encode(), self._token))
        if not hmac.compare_digest(given, right):
            return "wrong"
        with self._connection.pipeline() as pipe:
            for name in counters:
                pipe.decr(name)
            pipe.execute()
        return "right"

    def begin(self) -> str:
        """A new session's secret, for a cookie."""
        secret = secrets.token_urlsafe(32)
        self._connection.set(self._name(secret), "1", ex=SESSION_SECONDS)
        return secret

    def knows(self, secret: str) -> bool:
        """Whether a session goes on."""
        return bool(secret) and bool(self._connection.exists(self._name(secret)))

    def end(self, secret: str) -> None:
        """End a session."""
        self._connection.delete(self._name(secret))

    def _name(self, secret: str) -> str:
        # Made with the token, so that another ADMIN_TOKEN ends all sessions; the secret itself stands nowhere.
        return keys.ADMIN_SESSION + hmac.new(self._token, secret.encode(), hashlib.sha256).hexdigest()
