"""State in Redis. Everything here is a copy or a cursor that GitHub can give back."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import redis
from pydantic import TypeAdapter

from ghapp import keys
from ghapp.card_state import CardState
from ghapp.digest import Branch, Digest, Entry
from ghapp.seen import DAY_SECONDS, Seen
from ghapp.slots import KEPT_SECONDS, Slot

KEPT_DAYS = KEPT_SECONDS // DAY_SECONDS

_ENTRY = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True)
class Step:
    """A move of a branch's cursor.

    Attributes:
        before: What the caller read; when it is no longer true, nothing is written.
        after: The new state.
        digests: With the entries to add or to replace; a digest that has a `base_sha` already keeps it.
        back: The same for days before what is covered: these begin at their `base_sha`, and keep a head they have.
        left: Commits that a force push took off the branch, of whatever day.
        left_to: The last commit before those; None when there is none.
    """

    before: Branch | None
    after: Branch
    digests: tuple[Digest, ...]
    back: tuple[Digest, ...] = ()
    left: frozenset[str] = frozenset()
    left_to: str | None = None


@dataclass(frozen=True, slots=True)
class Rollover:
    """How far the closing of a digest has come: landings read again, closed here, its issue closed on GitHub."""

    is_landed: bool
    is_closed: bool
    is_written: bool


class Store(Seen):
    """The product's state, over one connection that decodes nothing."""

    def branch(self, repository: int) -> Branch | None:
        """How far the default branch was read; None when never, or when Redis was emptied."""
        found: Any = self.connection.hgetall(keys.branch(repository))
        if not found:
            return None
        field = {name.decode(): value.decode() for name, value in found.items()}
        switched_from = field.get("switched_from", "")
        return Branch(field["name"], field["cursor"] or None, int(field["landed_at"] or 0), field["day"], switched_from)

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
                struck = self.struck(repository, step) if step.left else []
                counts = [self._new(digest) for digest in (*step.back, *step.digests)]
                pipe.multi()
                pipe.hset(name, mapping={k: v or "" for k, v in dataclasses.asdict(step.after).items()})
                for digest in struck:
                    _queue_digest(pipe, digest, -len(digest.entries))
                    _queue_base(pipe, digest)
                for digest in step.back:
                    _queue_digest(pipe, digest, counts.pop(0), moves=False)
                    _queue_base(pipe, digest)
                for digest in step.digests:
                    _queue_digest(pipe, digest, counts.pop(0))
                also(pipe)
                pipe.execute()
            except redis.WatchError:
                return False
        return True

    def _new(self, digest: Digest) -> int:
        """How many entries of a digest are not listed yet: those were counted when they were."""
        names = [entry.commit_sha for entry in digest.entries]
        found: Any = self.connection.hmget(keys.entries(digest.repository, digest.day), names) if names else []
        return sum(value is None or _ENTRY.validate_json(value).left for value in found)

    def struck(self, repository: int, step: Step) -> list[Digest]:
        """The digests that lose commits, each with just those: its head is the last commit that did not leave."""
        return [found for day in reversed(self.days(repository)) if (found := self._struck(repository, day, step))]

    def _struck(self, repository: int, day: str, step: Step) -> Digest | None:
        digest = self.digest(repository, day)
        left = tuple(entry for entry in digest.listed if entry.commit_sha in step.left) if digest else ()
        if digest is None or not left:
            return None
        kept = [entry for entry in digest.listed if entry not in left]
        base = step.left_to if digest.base_sha in step.left else digest.base_sha
        head = kept[-1].commit_sha if kept else base or digest.head_sha
        gone = tuple(dataclasses.replace(entry, left=True) for entry in left)
        return dataclasses.replace(digest, base_sha=base, head_sha=head, entries=gone)

    def days(self, repository: int) -> list[str]:
        """The days of the digests that are known, oldest first."""
        found: Any = self.connection.zrange(keys.days(repository), 0, -1)
        return [day.decode() for day in found]

    def neighbours(self, repository: int, day: str) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
        """The digests before and after a day's, each as its day and its issue's number; None: none that is known."""
        days = self.days(repository)
        before = [other for other in reversed(days) if other < day][:1]
        after = [other for other in days if other > day][:1]
        return self._numbered(repository, before), self._numbered(repository, after)

    def _numbered(self, repository: int, days: list[str]) -> tuple[str, int] | None:
        number = self.page(repository, days[0], 0).id if days else None
        return (days[0], number) if number is not None else None

    def adopt_page(self, repository: int, day: str, number: int) -> None:
        """Remember which issue is a day's digest: it was found on GitHub."""
        slot = self.page(repository, day, 0)
        if slot.id is None:
            slot.publish(number, "")
        self.connection.zadd(keys.days(repository), {day: date.fromisoformat(day).toordinal()})
        self.connection.expire(keys.days(repository), KEPT_SECONDS)

    def put_digest(self, digest: Digest, before: Branch | None, also: Callable[[Any], None]) -> None:
        """Add a digest behind the branch's cursor, and what follows from it, in one transaction.

        Nothing is written when there is one of that day already, or when the branch is no longer as it was `before`.
        """
        name = keys.digest(digest.repository, digest.day)
        with self.connection.pipeline() as pipe:
            try:
                pipe.watch(name, keys.branch(digest.repository))
                if pipe.hexists(name, "head") or self.branch(digest.repository) != before:
                    return
                pipe.multi()
                _queue_digest(pipe, digest, len(digest.listed))
                also(pipe)
                pipe.execute()
            except redis.WatchError:
                return

    def rollover(self, repository: int, day: str) -> Rollover:
        """How far the closing of a digest has come."""
        found: Any = self.connection.hmget(keys.digest(repository, day), "landed", "closed", "state")
        return Rollover(is_landed=bool(found[0]), is_closed=bool(found[1]), is_written=bool(found[2]))

    def put_rollover(self, repository: int, day: str, step: Literal["landed", "closed", "state"]) -> None:
        """A step of the closing is done: landings were read again, the digest is closed, its issue is."""
        self._put_field(repository, day, step, "1")

    def version(self, repository: int, day: str) -> str:
        """Counts the changes to a digest; "" when there is none."""
        found: Any = self.connection.hget(keys.digest(repository, day), "version")
        return (found or b"").decode()

    def put_shown(self, repository: int, day: str, version: str) -> None:
        """The digest's pages show what it was with this `version`."""
        self._put_field(repository, day, "shown", version)

    def pages(self, repository: int, day: str) -> int | None:
        """How many pages of a digest were found on GitHub when it was first written from here; None: not looked for."""
        found: Any = self.connection.hget(keys.digest(repository, day), "pages")
        return int(found) if found else None

    def put_pages(self, repository: int, day: str, count: int) -> None:
        """Remember how many pages were found."""
        self._put_field(repository, day, "pages", str(count))

    def is_unwritten(self, repository: int, day: str) -> bool:
        """Whether a digest has changed since its pages were written last."""
        found: Any = self.connection.hmget(keys.digest(repository, day), "version", "shown")
        return found[0] != found[1]

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
        return Digest(repository, day, base, head, tuple(entries), notes, count, closed=b"closed" in field)

    def entry(self, repository: int, day: str, commit_sha: str) -> Entry | None:
        """One entry, or None."""
        found: Any = self.connection.hget(keys.entries(repository, day), commit_sha)
        return _ENTRY.validate_json(found) if found else None

    def put_entry(self, repository: int, day: str, entry: Entry) -> None:
        """Keep what an assessment says of an entry; what landings say of it stays, and one that is gone stays gone."""
        name = keys.entries(repository, day)
        said = {field: getattr(entry, field) for field in ("files", "added", "deleted", "assessment", "note")}

        def queue(pipe: Any) -> None:
            found = pipe.hget(name, entry.commit_sha)
            pipe.multi()
            if found:
                now = dataclasses.replace(_ENTRY.validate_json(found), **said)
                pipe.hset(name, entry.commit_sha, _ENTRY.dump_json(now))
                pipe.hincrby(keys.digest(repository, day), "version", 1)
                pipe.expire(keys.digest(repository, day), KEPT_SECONDS)

        # Assessing takes up to minutes: a force push may have struck the entry meanwhile.
        self.connection.transaction(queue, name)

    def card(self, repository: int, number: int) -> Slot:
        """The card of a pull request."""
        return Slot(self.connection, keys.card(repository, number))

    def card_state(self, repository: int, number: int) -> CardState:
        """What people said of a pull request's card, and what it was made of."""
        return CardState(self.connection, keys.card(repository, number), self.now)

    def page(self, repository: int, day: str, page: int, issue: int = 0) -> Slot:
        """A page of a digest: 0 is the issue itself, 1 the first comment on `issue`."""
        return Slot(self.connection, keys.digest(repository, day), f"page:{page}:{issue}:" if page else "page:0:")

    def pause(self, repository: int, day: str, interval: float) -> float:
        """Seconds until this digest may be written again; 0: now."""
        last: Any = self.connection.hget(keys.digest(repository, day), "written_at")
        return max(0.0, float(last or 0) + interval - self.now())

    def put_written(self, repository: int, day: str) -> None:
        """This digest was written now."""
        self._put_field(repository, day, "written_at", str(self.now()))

    def _put_field(self, repository: int, day: str, field: str, value: str) -> None:
        with self.connection.pipeline() as pipe:
            pipe.hset(keys.digest(repository, day), field, value)
            pipe.expire(keys.digest(repository, day), KEPT_SECONDS)
            pipe.execute()


def _queue_digest(pipe: Any, digest: Digest, counted: int, *, moves: bool = True) -> None:
    name, entries = keys.digest(digest.repository, digest.day), keys.entries(digest.repository, digest.day)
    (pipe.hset if moves else pipe.hsetnx)(name, "head", digest.head_sha)
    pipe.hsetnx(name, "base", digest.base_sha or "")
    pipe.hincrby(name, "count", counted)
    pipe.hincrby(name, "version", 1)
    for code, value in digest.notes:
        pipe.hset(name, f"note:{code}", value)
    for entry in digest.entries:
        pipe.hset(entries, entry.commit_sha, _ENTRY.dump_json(entry))
    days = keys.days(digest.repository)
    number = date.fromisoformat(digest.day).toordinal()
    pipe.zadd(days, {digest.day: number})
    pipe.zremrangebyscore(days, "-inf", number - KEPT_DAYS)
    for kept in (name, entries, days):
        pipe.expire(kept, KEPT_SECONDS)


def _queue_base(pipe: Any, digest: Digest) -> None:
    pipe.hset(keys.digest(digest.repository, digest.day), "base", digest.base_sha or "")
