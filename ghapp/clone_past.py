"""What a clone holds of the default branch's newest commits, as a history keeps them."""

from pathlib import Path

from analysis.history import WINDOW, Past
from ghapp.clone import Clone, EmptyRepository
from ghapp.clone_calibration import MOST_READ
from ghapp.clone_history import pasts


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
    # The histories of those that are counted for the calibration have their files, too.
    past = list(pasts(clone, names[-most:], WINDOW + MOST_READ, until))
    return past, len(past) == len(names)
