"""The end of a day: its digest is read to the end, waited for, closed, and linked with the next."""

import logging

from ghapp import reads
from ghapp.config import read_config
from ghapp.days import midnight_after
from ghapp.digest import Digest
from ghapp.jobqueue import PostponedError
from ghapp.reads import Repository
from ghapp.repair_state import RepairState
from ghapp.restoring import is_torn, kept_of, restore
from ghapp.work import Work
from ghapp.written import written_digests

log = logging.getLogger("ghapp.rollover")

#: After midnight, deliveries that are on their way and the reading that they ask for get so many seconds.
GRACE_SECONDS = 5.0
#: How often a finished day is looked at while analyses are pending, in seconds.
LOOK_SECONDS = 30.0
#: The same when the reading that is waited for was given up.
SELDOM_SECONDS = 900.0


def finish_day(work: Work, repository_id: int, day: str) -> None:
    """Close a day's digest when its day is over and its analyses are there, or were waited for long enough.

    Raises:
        PostponedError: It is too early.
    """
    repository = reads.repository(work.github, repository_id)
    if not repository.writable:
        # Looked at again by the landing that follows when it can be written to.
        return
    chosen = read_config(work.github, work.store, work.settings, repository)
    digest = work.store.digest(repository_id, day)
    if digest is None:
        _restore(work, repository, day)
        return
    now = work.store.now()
    ended = midnight_after(day, chosen.timezone)
    if (early := work.settings.calendar.wait(ended, now)) > 0:
        raise PostponedError(early, "the day is not over")
    progress = work.store.rollover(repository_id, day)
    if not progress.is_landed:
        work.mark(f"landing:{repository_id}")
        work.store.put_rollover(repository_id, day, "landed")
        raise PostponedError(GRACE_SECONDS, "the day's last landings are read")
    over_for = (work.settings.calendar.at(now) - ended) / work.settings.calendar.speed
    is_waited_for = over_for < work.settings.rollover_wait
    look = max(1.0, min(LOOK_SECONDS, work.settings.rollover_wait))
    _wait_for_reading(work, repository_id, ended, look)
    if is_waited_for and _is_pending(work, digest):
        raise PostponedError(look, "analyses are pending")
    if not progress.is_closed:
        log.info("%s: the digest of %s is complete", repository.full_name, day)
        work.store.put_rollover(repository_id, day, "closed")
    work.mark_render(repository_id, day)


def _wait_for_reading(work: Work, repository_id: int, ended: float, look: float) -> None:
    """Go on when the branch was read after the day's end.

    Raises:
        PostponedError: It was not.
    """
    landing = f"landing:{repository_id}"
    # Asked in this order: a reading that ends in between has said so when it is no longer due.
    is_coming = not work.jobs.not_due([landing], work.lease.installation)
    if work.store.read_at(repository_id) >= ended:
        return
    if not is_coming:
        # It was given up, or an emptied Redis forgot it.
        work.mark(landing)
    is_given_up = bool(RepairState(work.store.connection).given_up([landing]))
    raise PostponedError(SELDOM_SECONDS if is_given_up else look, "the day's last landings are not read yet")


def _is_pending(work: Work, digest: Digest) -> bool:
    """Whether something of a digest is still to come: an analysis, or a model's part that will be there soon."""
    model = work.asker is not None
    return any(e.assessment is None or (model and e.note.status in ("pending", "failed")) for e in digest.listed)


def _restore(work: Work, repository: Repository, day: str) -> None:
    """Make the entries of a day again from what stands on GitHub: Redis was emptied before it was finished."""
    if work.store.branch(repository.id) is None:
        # What has left the branch since is seen by comparing with where it is: the digests say that to the landing.
        work.mark(f"landing:{repository.id}")
        raise PostponedError(GRACE_SECONDS, "the branch is read first")
    found = written_digests(work.github, repository.id)
    place = next((index for index, one in enumerate(found) if one.day == day), None)
    if place is None or not (found[place].is_unfinished or is_torn(work, repository, found[place : place + 2])):
        log.info("%s: there is no unfinished digest of %s", repository.full_name, day)
        return
    restore(work, repository, kept_of(work, repository, found[place : place + 2]))
    if place and is_torn(work, repository, found[place - 1 : place + 1]):
        # What the force push took off reaches into the day before.
        work.mark(f"rollover:{repository.id}:{found[place - 1].day}")
    raise PostponedError(GRACE_SECONDS, "the day's entries are made again")
