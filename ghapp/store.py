"""State in Redis. Everything here is a copy or a cursor that GitHub can give back."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
from pydantic import TypeAdapter

from ghapp import keys
from ghapp.card_state import CardState
from ghapp.digest import Branch, Digest, Entry

KEPT_SECONDS = 60 * 24 * 3600
DAY_SECONDS = 24 * 3600

_ENTRY = TypeAdapter(Entry)


class Slot:
    """What we know of one thing that we publish: an issue or a comment. A Redis hash's fields, by prefix."""

    def __init__(self, connection: redis.Redis, key: str, prefix: str = "") -> None:
        """Read the fields."""
        self._connection, self._key, self._prefix = connection, key, prefix
        values: Any = connection.hmget(key, [prefix + name for name in ("id", "written", "intent")])
        self.id = int(values[0]) if values[0] else None
        self.written = values[1].decode() if values[1] else ""
        self.intent = float(values[2]) if values[2] else None

    def intend(self, now: float) -> None:
        """Record that a create is about to be sent, so that a lost answer is known to be possible."""
        self._put({"intent": str(now)})

    def publish(self, number: int, written: str) -> None:
        """Record the id (or issue number) and the digest of the bytes that were written."""
        self.id, self.written = number, written
        self._put({"id": str(number), "written": written})

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


@dataclass(frozen=True, slots=True)
class Step:
    """A move of a branch's cursor.

    Attributes:
        before: What the caller read; when it is no longer true, nothing is written.
        after: The new state.
        digests: With the entries to add or to replace; a digest that has a `base_sha` already keeps it.
        left: Commits that a force push took off the branch, of `before.day`.
    """

    before: Branch | None
    after: Branch
    digests: tuple[Digest, ...]
    left: tuple[str, ...] = ()


class Store:
    """The product's state, over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis) -> None:
        """Nothing is sent."""
        self.connection = connection

    def now(self) -> float:
        """Seconds since the epoch by Redis's clock, the one that all machines share."""
        seconds, micros = self.connection.time()  # type: ignore[misc] - sync client
        return float(seconds) + float(micros) / 1e6

    def branch(self, repository: int) -> Branch | None:
        """How far the default branch was read; None when never, or when Redis was emptied."""
        found: Any = self.connection.hgetall(keys.branch(repository))
        if not found:
            return None
        field = {name.decode(): value.decode() for name, value in found.items()}
        return Branch(field["name"], field["cursor"] or None, int(field["landed_at"]), field["day"])

    def advance(self, repository: int, step: Step, also: Callable[[Any], None]) -> bool:
        """Move the cursor and add the digests' entries, in one transaction.

        Args:
            repository: GitHub's id.
            step: What changes.
            also: Given the transaction, adds to it what follows from the step: marks of due keys.

        Returns:
            False when somebody else moved the cursor meanwhile: nothing was written then.
        """
        name = keys.branch(repository)
        with self.connection.pipeline() as pipe:
            try:
                pipe.watch(name)
                if self.branch(repository) != step.before:
                    return False
                struck = self._struck(repository, step)
                pipe.multi()
                pipe.hset(name, mapping={k: v or "" for k, v in dataclasses.asdict(step.after).items()})
                for digest, counted in [*struck, *((digest, len(digest.entries)) for digest in step.digests)]:
                    _queue_digest(pipe, digest, counted)
                also(pipe)
                pipe.execute()
            except redis.WatchError:
                return False
        return True

    def _struck(self, repository: int, step: Step) -> list[tuple[Digest, int]]:
        """The digest before, without what left the branch: its head is the last commit that did not."""
        digest = self.digest(repository, step.before.day) if step.before and step.before.day else None
        left = set(step.left)
        if digest is None or not left:
            return []
        kept = [entry for entry in digest.listed if entry.commit_sha not in left]
        struck = tuple(dataclasses.replace(e, left=True) for e in digest.listed if e.commit_sha in left)
        head = kept[-1].commit_sha if kept else digest.base_sha or digest.head_sha
        return [(dataclasses.replace(digest, head_sha=head, entries=struck), -len(struck))]

    def digest(self, repository: int, day: str) -> Digest | None:
        """One day's digest with its entries in landing order; None when there is none."""
        field: Any = self.connection.hgetall(keys.digest(repository, day))
        if b"head" not in field:
            return None
        found: Any = self.connection.hvals(keys.entries(repository, day))
        entries = sorted((_ENTRY.validate_json(value) for value in found), key=lambda entry: entry.position)
        notes = tuple(
            (name.decode().removeprefix("note:"), value.decode())
            for name, value in sorted(field.items())
            if name.startswith(b"note:")
        )
        base = field.get(b"base", b"").decode() or None
        head, count = field[b"head"].decode(), int(field.get(b"count", 0))
        return Digest(repository, day, base, head, tuple(entries), notes, count)

    def entry(self, repository: int, day: str, commit_sha: str) -> Entry | None:
        """One entry, or None."""
        found: Any = self.connection.hget(keys.entries(repository, day), commit_sha)
        return _ENTRY.validate_json(found) if found else None

    def put_entry(self, repository: int, day: str, entry: Entry) -> None:
        """Replace one entry."""
        self.connection.hset(keys.entries(repository, day), entry.commit_sha, _ENTRY.dump_json(entry))

    def card(self, repository: int, number: int) -> Slot:
        """The card of a pull request."""
        return Slot(self.connection, keys.card(repository, number))

    def card_state(self, repository: int, number: int) -> CardState:
        """What people said of a pull request's card, and what it was made of."""
        return CardState(self.connection, keys.card(repository, number), self.now)

    def page(self, repository: int, day: str, page: int, issue: int = 0) -> Slot:
        """A page of a digest: 0 is the issue itself, 1 the first comment on `issue`."""
        return Slot(self.connection, keys.digest(repository, day), f"page:{page}:{issue}:" if page else "page:0:")

    def pace(self, repository: int, day: str, interval: float) -> float:
        """Seconds until this digest may be written again; when 0, the time is counted from now on."""
        name, now = keys.digest(repository, day), self.now()
        last: Any = self.connection.hget(name, "written_at")
        wait = float(last or 0) + interval - now
        if wait <= 0:
            self.connection.hset(name, "written_at", str(now))
        return max(0.0, wait)

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
        """Have the configuration file read again."""
        self.connection.delete(keys.config(repository))

    def has_label(self, repository: int) -> bool:
        """Whether the digest label is known to exist."""
        return bool(self.connection.exists(keys.label(repository)))

    def put_label(self, repository: int) -> None:
        """Remember for a day that the digest label exists."""
        self.connection.set(keys.label(repository), "1", ex=DAY_SECONDS)


def _queue_digest(pipe: Any, digest: Digest, counted: int) -> None:
    name, entries = keys.digest(digest.repository, digest.day), keys.entries(digest.repository, digest.day)
    pipe.hset(name, "head", digest.head_sha)
    pipe.hsetnx(name, "base", digest.base_sha or "")
    pipe.hincrby(name, "count", counted)
    for code, value in digest.notes:
        pipe.hset(name, f"note:{code}", value)
    for entry in digest.entries:
        pipe.hset(entries, entry.commit_sha, _ENTRY.dump_json(entry))
    pipe.expire(name, KEPT_SECONDS)
    pipe.expire(entries, KEPT_SECONDS)
