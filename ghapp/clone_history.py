"""The history before a commit of a clone: the same window of the same records as the worker keeps."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from analysis.change import Change
from analysis.history import WINDOW, History
from analysis.past import Message, Past, past_of
from analysis.traces import Trace, trace_of
from ghapp.clone import Clone, Commit

#: Commits that are read together.
BATCH = 100

T = TypeVar("T")


def batches(items: Sequence[T], size: int = BATCH) -> Iterator[Sequence[T]]:
    """The items in order, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def past(commit: Commit, change: Change) -> Past:
    """What is kept of a commit of a clone."""
    return past_of(commit.commit_sha, commit.landed_at, _message(commit), change.files)


def trace(commit: Commit, change: Change) -> Trace:
    """What is kept of a commit of a clone to tell what became of earlier ones."""
    return trace_of(commit.commit_sha, commit.landed_at, _message(commit), change)


def _message(commit: Commit) -> Message:
    return Message(commit.author, commit.title, commit.body, commit.pull, commit.bot)


def pasts(clone: Clone, names: Sequence[str]) -> Iterator[Past]:
    """What is kept of these commits, in order; read without patches, which is many times faster than with them."""
    for batch in batches(names):
        for commit, change, _ in clone.readable_changes(batch, patches=False):
            yield past(commit, change)


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
        names = self._clone.lineage(rev, WINDOW)
        if self._tip in names:
            names = names[names.index(self._tip) + 1 :]
        else:
            self._history = History()
        for one in pasts(self._clone, names):
            self._history.add(one)
            self._tip = one.commit_sha
        return self._history
