"""A second look for what was created although an earlier create, whose answer was lost, may be done yet.

A list shows some seconds late what was created, and GitHub may do what we gave up waiting for: so we look again about
a minute later, and when the day is closed. Of two, the older one stays, as `Place.found` has it.
"""

from collections.abc import Iterable

from ghapp.jobqueue import PostponedError
from ghapp.publish import LAG_SECONDS, Place
from ghapp.slots import AT_CLOSING, Slot
from ghapp.work import Work

#: The longest until the second look.
MOST_SECONDS = 60.0


def look_again(work: Work, slot: Slot, place: Place, *, closing: bool = False) -> None:
    """Look for a second one when it is time, and take over the older one.

    Args:
        work: The job's parts.
        slot: Of what is about to be published.
        place: Where.
        closing: It is now or never: the day is closed.
    """
    if slot.doubtful is None:
        return
    if not (closing if slot.doubtful == AT_CLOSING else _wait(work, slot) <= 0):
        return
    found = place.found()
    if found is not None and place.name(found) != slot.id:
        slot.publish(place.name(found), "")
    slot.settle(at_closing=not closing)


def come_back(work: Work, slots: Iterable[Slot]) -> None:
    """Have the key worked again when it is time for a second look.

    Raises:
        PostponedError: There is one to come.
    """
    waits = [_wait(work, slot) for slot in slots if slot.doubtful not in (None, AT_CLOSING)]
    if waits:
        raise PostponedError(max(waits), "it may be there twice")


def _wait(work: Work, slot: Slot) -> float:
    """Seconds until the second look: a minute, less where digests are written more often (as in a rehearsal)."""
    pause = min(MOST_SECONDS, LAG_SECONDS + 2 * work.settings.render_interval)
    return (slot.doubtful or 0.0) + pause - work.store.now()
