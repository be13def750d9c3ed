"""Days that Redis has forgotten: their entries are made again from the ranges that their digests on GitHub name."""

import functools
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ghapp import ranges
from ghapp.days import Cut, digests_of, due_after, midnight_after, midnight_of
from ghapp.digest import Branch, Digest
from ghapp.github import MissingError
from ghapp.hints import landing_times
from ghapp.ranges import Range
from ghapp.reads import Repository
from ghapp.work import Work
from ghapp.written import Written, written_digests

#: A force push is followed back over so many days.
MOST_DAYS = 30

log = logging.getLogger("ghapp.restoring")


@dataclass(frozen=True, slots=True)
class Kept:
    """What GitHub keeps of a day.

    Attributes:
        written: Its digest there.
        read: Its range.
        kept_to: A commit: what of the range it does not reach has left the branch; None: nothing has.
        branch: As it was known then: when that has changed, so may have what left it.
    """

    written: Written
    read: Range
    kept_to: str | None
    branch: Branch | None


def kept_of(work: Work, repository: Repository, found: Sequence[Written]) -> Kept:
    """The first of one or two digests that follow each other.

    It ends where the next one begins, which the digest itself may not have said yet.
    """
    written, *following = found
    end, kept_to = written.head_sha, None
    branch = work.store.branch(repository.id)
    begin = following[0].base_sha if following else (branch.cursor if branch else None)
    is_before = functools.partial(ranges.is_ancestor, work.github, repository.id)
    if begin and is_before(end, begin):
        end = begin if following else end
    elif begin and (not following or is_before(begin, end)):
        # Where another branch became the default one, neither is before the other, and nothing has left.
        kept_to = begin
    read = ranges.commits_between(work.github, repository.id, written.base_sha, end)
    return Kept(written, read, kept_to, branch)


def restore(work: Work, repository: Repository, kept: Kept) -> None:
    """Make the entries of a day again, and have them assessed; nothing when they are there or the branch has moved."""
    commits, written = kept.read.first_parents, kept.written
    if not commits:
        # All that landed on it has left again: it is closed as it is, with nothing on it.
        _put(
            work, repository, Digest(repository.id, written.day, kept.read.base_sha, written.head_sha, ()), kept.branch
        )
        return
    start, end = midnight_of(written.day, written.timezone), midnight_after(written.day, written.timezone)
    times = landing_times(commits, [], int(start), end - 1)
    last = commits[-1].commit_sha
    gone = ranges.commits_between(work.github, repository.id, kept.kept_to, last) if kept.kept_to else None
    for made in digests_of(work.store, Cut(repository.id, written.timezone, written.day, last), kept.read, times):
        _put(work, repository, _without(made, gone) if gone else made, kept.branch)
    work.jobs.top_up()


def _put(work: Work, repository: Repository, digest: Digest, branch: Branch | None) -> None:
    due = due_after(work, repository, [digest])
    also = functools.partial(work.jobs.mark_within, installation=work.lease.installation, due=due)
    work.store.put_digest(digest, branch, also)


def _without(digest: Digest, gone: Range) -> Digest:
    """A digest of which commits have left the branch."""
    names = {commit.commit_sha for commit in gone.first_parents}
    entries = tuple(replace(entry, left=entry.commit_sha in names) for entry in digest.entries)
    kept = [entry.commit_sha for entry in entries if not entry.left]
    base = digest.base_sha if kept or gone.base_sha is None else gone.base_sha
    return replace(digest, base_sha=base, head_sha=kept[-1] if kept else base or digest.head_sha, entries=entries)


def restore_left(work: Work, repository: Repository, left: frozenset[str]) -> None:
    """Know the entries again that a force push takes off days that Redis has forgotten, so that they can be struck."""
    digests = [work.store.digest(repository.id, day) for day in work.store.days(repository.id)]
    lost = left - {entry.commit_sha for digest in digests if digest for entry in digest.listed}
    found = written_digests(work.github, repository.id) if lost else []
    for place in reversed(range(max(0, len(found) - MOST_DAYS), len(found))):
        if work.store.digest(repository.id, found[place].day) is not None:
            continue
        try:
            kept = kept_of(work, repository, found[place : place + 2])
        except MissingError as error:
            log.warning("%s: the commits of %s are gone: %s", repository.full_name, found[place].day, error)
            return
        names = {commit.commit_sha for commit in kept.read.first_parents}
        if names & lost:
            restore(work, repository, kept)
            lost -= names
        if not lost:
            return
