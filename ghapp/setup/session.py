"""Who sets the App up, and what they have asked of GitHub: kept in Redis, since several processes answer."""

import hashlib
import hmac
import json
import secrets
from dataclasses import asdict
from typing import Any

import redis

from ghapp import keys
from ghapp.setup.form import Wish

SESSION_SECONDS = 4 * 3600
#: GitHub's code is valid as long. https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
RETURN_SECONDS = 3600


class Sessions:
    """There is one session at a time: a newer link ends the older one's."""

    def __init__(self, connection: redis.Redis) -> None:
        """Keep them in this Redis."""
        self._redis = connection

    def begin(self) -> str:
        """A new session; the value of its cookie."""
        cookie = secrets.token_urlsafe(32)
        self._redis.set(keys.SETUP_SESSION, _digest(cookie), ex=SESSION_SECONDS)
        return cookie

    def is_open(self, cookie: str) -> bool:
        """Whether this is the cookie of the session."""
        known: Any = self._redis.get(keys.SETUP_SESSION)
        return known is not None and hmac.compare_digest(known.decode(), _digest(cookie))

    def end(self) -> None:
        """No cookie opens anything any more."""
        self._redis.delete(keys.SETUP_SESSION)

    def leave_with(self, wish: Wish, cookie: str) -> str:
        """Remember what GitHub is asked for; the `state` to come back with."""
        state = secrets.token_urlsafe(32)
        self._keep(state, wish, cookie, RETURN_SECONDS * 1000)
        return state

    def _keep(self, state: str, wish: Wish, cookie: str, milliseconds: int) -> None:
        kept = json.dumps({"session": _digest(cookie), "wish": asdict(wish)})
        self._redis.set(keys.setup_return(state), kept, px=milliseconds)

    def come_back(self, state: str, cookie: str) -> "Return | None":
        """What was asked for with this state, once; None: nothing, by this browser, within the hour."""
        key = keys.setup_return(state)
        known: Any = self._redis.get(key)
        found = json.loads(known or "{}")
        # Somebody else's state stays what it is.
        if not hmac.compare_digest(str(found.get("session")), _digest(cookie)):
            return None
        with self._redis.pipeline() as pipe:
            pipe.pttl(key)
            pipe.delete(key)
            left, taken = pipe.execute()
        return Return(Wish(**found["wish"]), int(left)) if taken else None

    def repeat(self, state: str, cookie: str, came: "Return") -> None:
        """Let the same return be tried again, for what is left of its hour."""
        self._keep(state, came.wish, cookie, max(came.left, 1000))


class Return:
    """A return from GitHub: what was asked for, and how many milliseconds of its hour are left."""

    def __init__(self, wish: Wish, left: int) -> None:
        """Keep both."""
        self.wish, self.left = wish, left


def csrf_token(cookie: str) -> str:
    """What each form of a session must carry."""
    return hmac.new(cookie.encode("utf-8", "replace"), b"csrf", hashlib.sha256).hexdigest()


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()
