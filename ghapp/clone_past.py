"""What a clone holds of the default branch's newest commits, as a history keeps them."""

import time
from collections.abc import Iterator
from pathlib import Path

from analysis.change import Change
from analysis.history import Past
from ghapp.clone import Clone, Commit, EmptyRepository
from ghapp.clone_history import batches, past

#: So many commits are read at a time: the list of files of some is long.
BATCH = 50


def newest_past(path: Path, most: int, until: float) -> tuple[list[Past], bool]:
    """The newest first-parent commits of the default branch.

    Args:
        path: The clone; a shallow one tells nothing of the commits at which it was cut off.
        most: So many at most.
        until: Of `time.monotonic`.

    Returns:
        The commits, oldest first; whether nothing came before them.

    Raises:
        CloneError: It cannot be read.
        TimeoutError: It takes too long.
    """
    clone = Clone(path)
    try:
        names = clone.first_parents(None, clone.resolve(clone.default_branch()))
    except EmptyRepository:
        return [], True
    kept = [(commit, change) for commit, change in _read(clone, names[-most:], until) if not change.truncated]
    return [past(commit, change) for commit, change in kept], len(kept) == len(names)


def _read(clone: Clone, names: list[str], until: float) -> Iterator[tuple[Commit, Change]]:
    for batch in batches(names, BATCH):
        if time.monotonic() > until:
            raise TimeoutError
        yield from zip(clone.commits(batch), clone.changes(batch, patches=False), strict=True)
