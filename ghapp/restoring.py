"""Days that Redis has forgotten: their entries are made again from the ranges that their digests on GitHub name."""

import functools
import logging
from collections.abc import Sequence

from ghapp import ranges
from ghapp.days import Cut, digests_of, due_after, midnight_after
from ghapp.github import MissingError
from ghapp.hints import landing_times
from ghapp.ranges import Range
from ghapp.reads import Repository
from ghapp.work import Work
from ghapp.written import Written, written_digests

#: A force push is followed back over so many days.
MOST_DAYS = 30

log = logging.getLogger("ghapp.restoring")


def range_of(work: Work, repository: Repository, found: Sequence[Written]) -> Range:
    """The range of the first of one or two digests that follow each other.

    It ends where the next one begins, which the digest itself may not have said yet.
    """
    written, *following = found
    head, begin = written.head_sha, following[0].base_sha if following else None
    if begin and ranges.is_ancestor(work.github, repository.id, head, begin):
        head = begin
    return ranges.commits_between(work.github, repository.id, written.base_sha, head)


def restore(work: Work, repository: Repository, written: Written, read: Range) -> None:
    """Make the entries of a day again, and have them assessed; nothing when they are there."""
    start = int(midnight_after(written.day, written.timezone)) - 24 * 3600
    times = landing_times(read.first_parents, [], start, start + 24 * 3600 - 1)
    last = read.first_parents[-1].commit_sha if read.first_parents else None
    for digest in digests_of(work.store, Cut(repository.id, written.timezone, written.day, last), read, times):
        due = due_after(work, repository, [digest])
        also = functools.partial(work.jobs.mark_within, installation=work.lease.installation, due=due)
        work.store.put_digest(digest, also)
    work.jobs.top_up()


def restore_left(work: Work, repository: Repository, left: frozenset[str]) -> None:
    """Know the entries again that a force push takes off days that Redis has forgotten, so that they can be struck."""
    digests = [work.store.digest(repository.id, day) for day in work.store.days(repository.id)]
    lost = left - {entry.commit_sha for digest in digests if digest for entry in digest.listed}
    found = written_digests(work.github, repository.id) if lost else []
    for place in reversed(range(max(0, len(found) - MOST_DAYS), len(found))):
        if work.store.digest(repository.id, found[place].day) is not None:
            continue
        try:
            read = range_of(work, repository, found[place : place + 2])
        except MissingError as error:
            log.warning("%s: the commits of %s are gone: %s", repository.full_name, found[place].day, error)
            return
        names = {commit.commit_sha for commit in read.first_parents}
        if not names & lost:
            return
        restore(work, repository, found[place], read)
        lost -= names
