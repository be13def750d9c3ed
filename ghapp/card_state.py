"""What is known of one pull request's card: what people said of it, and what it was made of. Fields of a Redis hash."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import redis
from pydantic import TypeAdapter

KEPT_SECONDS = 60 * 24 * 3600


@dataclass(frozen=True, slots=True)
class News:
    """What is new in a pull request since its last card.

    Attributes:
        since_sha: The head of the last card.
        changed: Paths whose change is another one now, or that are new in it.
        gone: Paths that are no longer part of it.
        same: How many files are as they were.
    """

    since_sha: str
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    same: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a card was made of: the head, each file's content, and what was new then."""

    head_sha: str
    files: dict[str, str]
    news: News | None


_SEEN = TypeAdapter(_Seen)


class CardState:
    """Read and written field by field."""

    def __init__(self, connection: redis.Redis, key: str, now: Callable[[], float]) -> None:
        """Nothing is sent."""
        self._connection, self._key, self._now = connection, key, now

    def is_paused(self) -> bool | None:
        """Whether people paused the card of a pull request; None when they said nothing, or Redis was emptied."""
        found: Any = self._connection.hget(self._key, "paused")
        return None if found is None else found == b"1"

    def put_paused(self, *, paused: bool) -> None:
        """Pause or resume the card of a pull request. The card's marker keeps it, should Redis be emptied."""
        self._connection.hset(self._key, "paused", "1" if paused else "0")
        self._connection.expire(self._key, KEPT_SECONDS)

    def model_asked_at(self) -> float:
        """When a model was last asked about a pull request, seconds since the epoch; 0 when never."""
        found: Any = self._connection.hget(self._key, "asked")
        return float(found or 0)

    def put_model_asked(self) -> None:
        """A model is asked about a pull request now."""
        self._connection.hset(self._key, "asked", str(self._now()))

    def is_model_allowed(self) -> bool:
        """Whether somebody with write access asked that a model reads this pull request."""
        return bool(self._connection.hexists(self._key, "allowed"))

    def allow_model(self) -> None:
        """Somebody with write access asked for it."""
        self._connection.hset(self._key, "allowed", "1")

    def head(self) -> str:
        """The version of the pull request (`Pull.version`) that its card shows; "" when that is not known."""
        found: Any = self._connection.hget(self._key, "head")
        return found.decode() if found else ""

    def put_head(self, version: str) -> None:
        """The card on GitHub shows this version now."""
        self._connection.hset(self._key, "head", version)
        self._connection.expire(self._key, KEPT_SECONDS)

    def news(self, head_sha: str, files: Mapping[str, str]) -> News | None:
        """What is new in a pull request since its last card; the same answer for the same head.

        Args:
            head_sha: Its head now.
            files: Path -> what the change does to the file (`FileChange.content`).

        Returns:
            None when there was no card of another head.
        """
        found: Any = self._connection.hget(self._key, "files")
        last = _SEEN.validate_json(found) if found else None
        if last is not None and last.head_sha == head_sha:
            return last.news
        contents = {path: content[:16] for path, content in files.items()}
        news = None
        if last is not None:
            changed = tuple(sorted(path for path, content in contents.items() if last.files.get(path) != content))
            gone = tuple(sorted(set(last.files) - set(contents)))
            news = News(last.head_sha, changed, gone, len(contents) - len(changed))
        self._connection.hset(self._key, "files", _SEEN.dump_json(_Seen(head_sha, contents, news)))
        return news
