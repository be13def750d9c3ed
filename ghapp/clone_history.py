"""The history before a commit of a clone: of the same records as the worker keeps."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from analysis.change import Change
from analysis.history import REACH, WINDOW, History, reverted_names
from analysis.past import Message, Past, past_of
from analysis.traces import Trace, trace_of
from ghapp.clone import Clone, Commit

#: Commits that are read together, and messages.
BATCH, MESSAGES = 100, 1000

T = TypeVar("T")


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The items in order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def past(commit: Commit, change: Change) -> Past:
    """What is kept of a commit of a clone."""
    return past_of(commit.commit_sha, commit.landed_at, _message(commit), change.files)


def _thin(commit: Commit) -> Past:
    """The same without its files."""
    return replace(past_of(commit.commit_sha, commit.landed_at, _message(commit), ()), has_files=False)


def trace(commit: Commit, change: Change) -> Trace:
    """What is kept of a commit of a clone to tell what became of earlier ones."""
    return trace_of(commit.commit_sha, commit.landed_at, _message(commit), change)


def _message(commit: Commit) -> Message:
    return Message(commit.author, commit.title, commit.body, commit.pull, commit.bot)


def pasts(clone: Clone, names: Sequence[str], whole: int = WINDOW, until: float = math.inf) -> Iterator[Past]:
    """What is kept of these commits, in order; read without patches, which is many times faster than with them.

    Args:
        clone: Where they are. Of a commit at which a shallow one was cut off nothing is known: it is left out.
        names: Object names, oldest first.
        whole: Of so many of the newest the files are read; of those before only where they are reverted.
        until: Of `time.monotonic`.

    Raises:
        TimeoutError: It takes too long.
    """
    thin = dict[str, Past]()
    if len(names) > whole:
        every = [_thin(commit) for batch in batches(names, MESSAGES) for commit in clone.commits(batch)]
        # The first may be one at which the clone was cut off.
        read = {*names[-whole:], names[0], *reverted_names(every)}
        thin = {one.commit_sha: one for one in every if one.commit_sha not in read}
    for batch in batches(names):
        if time.monotonic() > until:
            raise TimeoutError
        found = clone.readable_changes([name for name in batch if name not in thin], patches=False)
        known = {commit.commit_sha: past(commit, change) for commit, change, _ in found if not change.truncated}
        yield from (one for name in batch if (one := thin.get(name) or known.get(name)))


class Histories:
    """The histories of a clone's commits, asked one after the other: what is known is not read again."""

    def __init__(self, clone: Clone) -> None:
        """Nothing is read yet."""
        self._clone = clone
        self._tip: str | None = None
        self._history = History()

    def before(self, commit: Commit) -> History:
        """The window below a commit; good until the next call."""
        return self.up_to(commit.parents[0]) if commit.parents else History()

    def up_to(self, rev: str) -> History:
        """The window whose newest commit is that one; good until the next call.

        Raises:
            NoSuchRevision: It does not exist.
        """
        names = self._clone.lineage(rev, REACH)
        if self._tip in names:
            names = names[names.index(self._tip) + 1 :]
        else:
            self._history = History()
        for one in pasts(self._clone, names):
            self._history.add(one)
            self._tip = one.commit_sha
        return self._history
