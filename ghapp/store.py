"""State in Redis. Everything here is a copy or a cursor that GitHub can give back."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import redis
from pydantic import TypeAdapter

from ghapp import keys
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

    def _put(self, values: dict[str, str]) -> None:
        with self._connection.pipeline() as pipe:
            pipe.hset(self._key, mapping={self._prefix + name: value for name, value in values.items()})
            pipe.expire(self._key, KEPT_SECONDS)
            pipe.execute()


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

    def advance(
        self, repository: int, before: Branch | None, after: Branch, digests: Iterable[Digest], left: Iterable[str] = ()
    ) -> bool:
        """Move the cursor and add the digests' entries, in one transaction.

        Args:
            repository: GitHub's id.
            before: What the caller read; when it is no longer true, nothing is written.
            after: The new state.
            digests: With the entries to add or to replace; `base_sha` is kept where a digest has one already.
            left: Commits that a force push took off the branch, of `before.day`.

        Returns:
            False when somebody else moved the cursor meanwhile.
        """
        name = keys.branch(repository)
        with self.connection.pipeline() as pipe:
            try:
                pipe.watch(name)
                if self.branch(repository) != before:
                    return False
                gone = self._struck(repository, before, left)
                pipe.multi()
                pipe.hset(name, mapping={k: v or "" for k, v in dataclasses.asdict(after).items()})
                for digest in [*gone, *digests]:
                    _queue_digest(pipe, digest)
                pipe.execute()
            except redis.WatchError:
                return False
        return True

    def _struck(self, repository: int, before: Branch | None, left: Iterable[str]) -> list[Digest]:
        digest = self.digest(repository, before.day) if before and before.day else None
        names = set(left)
        if digest is None or not names:
            return []
        struck = tuple(dataclasses.replace(entry, left=True) for entry in digest.entries if entry.commit_sha in names)
        return [dataclasses.replace(digest, entries=struck)]

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
        return Digest(repository, day, base, field[b"head"].decode(), tuple(entries), notes)

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

    def is_paused(self, repository: int, number: int) -> bool | None:
        """Whether people paused the card of a pull request; None when they said nothing, or Redis was emptied."""
        found: Any = self.connection.hget(keys.card(repository, number), "paused")
        return None if found is None else found == b"1"

    def put_paused(self, repository: int, number: int, *, paused: bool) -> None:
        """Pause or resume the card of a pull request. The card's marker keeps it, should Redis be emptied."""
        self.connection.hset(keys.card(repository, number), "paused", "1" if paused else "0")

    def page(self, repository: int, day: str, page: int) -> Slot:
        """A page of a digest: 0 is the issue, 1 its first comment."""
        return Slot(self.connection, keys.digest(repository, day), f"page:{page}:")

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


def _queue_digest(pipe: Any, digest: Digest) -> None:
    name, entries = keys.digest(digest.repository, digest.day), keys.entries(digest.repository, digest.day)
    pipe.hset(name, "head", digest.head_sha)
    pipe.hsetnx(name, "base", digest.base_sha or "")
    for code, value in digest.notes:
        pipe.hset(name, f"note:{code}", value)
    for entry in digest.entries:
        pipe.hset(entries, entry.commit_sha, _ENTRY.dump_json(entry))
    pipe.expire(name, KEPT_SECONDS)
    pipe.expire(entries, KEPT_SECONDS)
