"""What became of the newest changes of a clone, with the histories that were read of it already; bounded in time."""

import time
from collections.abc import Sequence
from pathlib import Path

from analysis.assess import assess
from analysis.calibration import Calibrating, Calibration
from analysis.history import History, Past
from analysis.outcomes import SECONDS
from ghapp.clone import Clone
from ghapp.clone_history import batches, trace

#: Changes of which it is known what became of them that are counted at most, and commits that are read at most for it.
MOST_COUNTED, MOST_READ = 500, 1500
#: So many commits are read at a time.
BATCH = 25


def newest_calibration(path: Path, past: Sequence[Past], until: float) -> Calibration:
    """How often the newest changes with a known outcome were reverted or fixed, each rated as of its landing.

    Args:
        path: The clone.
        past: All its first-parent commits whose changes it has, oldest first: before those that are counted, they are
            the history. In a clone that ends there, the history of the oldest is shorter than it was.
        until: Of `time.monotonic`.

    Returns:
        As far as it was read in time: the newest changes count less then.

    Raises:
        CloneError: It cannot be read.
    """
    newest_at = past[-1].committed_at if past else 0
    first = _first(past, newest_at)
    clone, history, found = Clone(path), History(past[:first]), Calibrating()
    read_to = 0
    for batch in batches(past[first:], BATCH):
        if time.monotonic() > until:
            break
        read = clone.readable_changes([one.commit_sha for one in batch])
        for one, (commit, change, is_whole) in zip(batch, read, strict=True):
            is_known = one.committed_at <= newest_at - SECONDS
            found.add(trace(commit, change), assess(change, history) if is_known else None, is_whole=is_whole)
            history.add(one)
            read_to = one.committed_at
    return found.result(read_to)


def _first(past: Sequence[Past], newest_at: int) -> int:
    """The place of the first commit that is read."""
    known = sum(one.committed_at <= newest_at - SECONDS for one in past)
    return max(0, known - MOST_COUNTED, len(past) - MOST_READ)
