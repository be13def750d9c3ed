"""A repository's history in Redis: the names of its newest landed commits in their order, and what is kept of each.

Names come with the landing that moves the cursor, in its transaction; what a commit did comes when it is read, in any
order, or all at once from a clone. So each commit stands there once and in its place, and it is known what is missing.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import redis

from analysis.history import REACH, WINDOW, Past, PastFile, thinned
from analysis.references import FollowUp
from ghapp import keys, past_scripts
from ghapp.redis_server import time_of

#: So many commits before the newest one have all that counts before them.
SPARE = 500
#: Names that are kept, and commits whose files are kept whether they are reverted or not.
MOST, WHOLE = REACH + SPARE, WINDOW + SPARE
KEPT_SECONDS = 60 * 24 * 3600
#: Fields of a record with its files.
_FIELDS = 8
#: Kinds of chains that need not be as long: nothing came before, or what came before cannot be had.
_WHOLE, _SHORT = b"1", b"2"
#: So long a history that cannot be had is not tried again, in seconds.
FAILED_SECONDS = 24 * 3600
#: With so many records of their own, commits are packed together anew.
LOOSE = 500


@dataclass(frozen=True, slots=True)
class State:
    """How far a repository's history is.

    Attributes:
        is_there: It was read once and is kept since.
        asked_at: Since when it is waited for; 0: it is not.
        failure: Why it cannot be had, a `clone_fetch.Reason`; "" when nothing is known against it.
    """

    is_there: bool
    asked_at: float = 0.0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the branch: what came before a commit, or its newest commits.

    Attributes:
        names: Full names, oldest first; at most `REACH`.
        is_exact: Nothing that counts is missing: no commit before the first, no files in the window.
        records: What is kept of them, as far as it is.
    """

    names: tuple[str, ...]
    is_exact: bool
    records: Mapping[str, Past]

    @property
    def missing(self) -> list[str]:
        """The commits of which nothing is kept."""
        return [name for name in self.names if name not in self.records]

    @property
    def past(self) -> list[Past]:
        """What is kept, oldest first."""
        return [self.records[name] for name in self.names if name in self.records]


class PastStore:
    """Over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis) -> None:
        """Prepare the scripts; nothing is sent."""
        self._connection = connection
        self._extend = connection.register_script(past_scripts.EXTEND)
        self._seed = connection.register_script(past_scripts.SEED)
        self._fold = connection.register_script(past_scripts.FOLD)
        self._put = connection.register_script(past_scripts.PUT)

    def state(self, repository: int) -> State:
        """How far it is."""
        with self._connection.pipeline(transaction=False) as pipe:
            pipe.hexists(keys.history(repository), "packed")
            pipe.hmget(keys.history_state(repository), "asked_at", "failure")
            is_there, (asked_at, failure) = pipe.execute()
        return State(bool(is_there), float(asked_at or 0), (failure or b"").decode())

    def ask(self, repository: int) -> None:
        """It is waited for from now on, unless it was before."""
        name = keys.history_state(repository)
        self._connection.hsetnx(name, "asked_at", str(time_of(self._connection)))
        self._connection.expire(name, FAILED_SECONDS)

    def fail(self, repository: int, reason: str) -> None:
        """It cannot be had; remembered for a day."""
        name = keys.history_state(repository)
        with self._connection.pipeline() as pipe:
            pipe.delete(name)
            pipe.hset(name, "failure", reason)
            pipe.expire(name, FAILED_SECONDS)
            pipe.execute()

    def failures(self) -> dict[int, str]:
        """The repositories whose history cannot be had, each with the reason."""
        found: dict[int, str] = {}
        for name in self._connection.scan_iter(match=keys.every("history-state"), count=1000):
            failure: Any = self._connection.hget(name, "failure")
            if failure:
                found[int(name.rpartition(b":")[2])] = failure.decode()
        return dict(sorted(found.items()))

    def found_all(self, repository: int) -> None:
        """What was waited for is there."""
        self._connection.hdel(keys.history_state(repository), "asked_at")

    def may_read_again(self, repository: int, seconds: float) -> bool:
        """Whether nobody had a history that is there read again in the last so many seconds; then we do now."""
        return bool(self._connection.set(keys.ONCE + f"history:{repository}", "1", nx=True, ex=int(seconds)))

    def try_again(self, repository: int) -> int:
        """Count one more try that did not fit to what is known; returns how many."""
        name = keys.history_state(repository)
        count: Any = self._connection.hincrby(name, "tries", 1)
        self._connection.expire(name, FAILED_SECONDS)
        return int(count)

    def queue_extend(self, pipe: Any, repository: int, base: str | None, names: Sequence[str], *, cut: bool) -> None:
        """Add to a transaction that the branch went from a commit (None: from nothing) over these, oldest first.

        Args:
            pipe: The transaction.
            repository: GitHub's id.
            base: The commit before.
            names: Those that landed.
            cut: Nothing comes after them: what the chain has there has left the branch.
        """
        said = [*([base] if base else []), *names]
        self._extend(
            keys=_names(repository), args=[MOST, KEPT_SECONDS, int(cut), int(base is None), *said], client=pipe
        )

    def seed(
        self, repository: int, past: Sequence[Past], *, is_whole: bool, is_short: bool = False, force: bool = False
    ) -> bool:
        """Keep what a clone holds.

        Args:
            repository: GitHub's id.
            past: Oldest first, the branch's head last.
            is_whole: Nothing came before the first.
            is_short: What came before the first cannot be had: the window will do.
            force: Also when the clone has nothing in common with what is known.

        Returns:
            False when it has nothing in common, and was not kept.
        """
        names = [one.commit_sha for one in past]
        kind = _WHOLE if is_whole else _SHORT if is_short else b""
        args = [MOST, KEPT_SECONDS, _packed(thinned(past, WHOLE)), kind, int(force), *names]
        return bool(self._seed(keys=[*_names(repository), keys.history_state(repository)], args=args))

    def put(self, repository: int, past: Past) -> None:
        """Keep what a landed commit did, when it is one of the chain's."""
        self._put(keys=_names(repository), args=[KEPT_SECONDS, past.commit_sha, _packed([past])])

    def put_name(self, repository: int, login: str, name: str) -> None:
        """Remember the name that the commits of a GitHub account bear; GitHub said both of one commit."""
        if login and name:
            self._connection.hset(keys.authors(repository), login.lower(), name)
            self._connection.expire(keys.authors(repository), KEPT_SECONDS)

    def name_of(self, repository: int, login: str) -> str:
        """The name that an account's commits bear here; "" when none of them was seen."""
        found: Any = self._connection.hget(keys.authors(repository), login.lower())
        return (found or b"").decode("utf-8", "replace")

    def before(self, repository: int, commit_sha: str) -> Stretch | None:
        """The window before a commit; None: it is not among the commits that are known."""
        names, least = self._chain(repository)
        if commit_sha not in names:
            return None
        return self._stretch(repository, names[: names.index(commit_sha)], least)

    def newest(self, repository: int) -> Stretch:
        """The window that ends with the branch as it was read last."""
        return self._stretch(repository, *self._chain(repository))

    def found(self, repository: int, names: Sequence[str]) -> dict[str, Past]:
        """What is kept of commits that are not packed together."""
        values: Any = self._connection.hmget(keys.history(repository), names) if names else []
        return {name: _unpacked(value)[0] for name, value in zip(names, values, strict=True) if value}

    def loose(self, repository: int) -> int:
        """How many commits have a record of their own."""
        count: Any = self._connection.hlen(keys.history(repository))
        return int(count)

    def fold(self, repository: int) -> None:
        """Pack what is kept of all commits together, and forget those that are no longer the chain's."""
        names, _ = self._chain(repository)
        stretch = self._stretch(repository, names, 0, most=MOST)
        old: Any = self._connection.hkeys(keys.history(repository))
        loose = [name.decode() for name in old if name not in (b"packed", b"whole")]
        # Others than those that were packed just now may have come meanwhile.
        gone = [name for name in loose if name in stretch.records or name not in names]
        # What is missing may revert what would lose its files.
        past = stretch.past if stretch.missing else thinned(stretch.past, WHOLE)
        self._fold(keys=[keys.history(repository)], args=[KEPT_SECONDS, _packed(past), *gone])

    def _chain(self, repository: int) -> tuple[list[str], int]:
        """The names, and how many of them there must be before a commit."""
        with self._connection.pipeline() as pipe:
            pipe.lrange(keys.history_chain(repository), 0, -1)
            pipe.hget(keys.history(repository), "whole")
            names, kind = pipe.execute()
        return [name.decode() for name in names], {_WHOLE: 0, _SHORT: WINDOW}.get(kind, REACH)

    def _stretch(self, repository: int, names: list[str], least: int, *, most: int = REACH) -> Stretch:
        wanted = names[-most:]
        packed: Any = self._connection.hget(keys.history(repository), "packed")
        inside = set(wanted)
        records = {one.commit_sha: one for one in _unpacked(packed, inside)} if packed else {}
        records |= self.found(repository, [name for name in wanted if name not in records])
        has_files = all(records[name].has_files for name in wanted[-WINDOW:] if name in records)
        return Stretch(tuple(wanted), has_files and len(names) >= least, records)


def _names(repository: int) -> list[str]:
    return [keys.history_chain(repository), keys.history(repository)]


def _packed(past: Iterable[Past]) -> bytes:
    # Nothing but records without files has the last field: workers of an earlier version read the others, too.
    rows = [astuple(one)[: _FIELDS if one.has_files else None] for one in past]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())


def _unpacked(value: bytes, inside: set[str] | None = None) -> list[Past]:
    rows = json.loads(zlib.decompress(value))
    return [_past(row) for row in rows if inside is None or row[0] in inside]


def _past(row: Any) -> Past:
    commit_sha, committed_at, author, title, files, pull, bot, undoes = row[:_FIELDS]
    touched = tuple(PastFile(*file) for file in files)
    named = tuple(FollowUp(*one) for one in undoes)
    return Past(commit_sha, committed_at, author, title, touched, pull, bot, named, len(row) == _FIELDS)
