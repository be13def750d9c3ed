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
from ghapp.ranges import Landed, Range
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
        added: What a force push put in the place of what left.
        branch: As it was known then: when that has changed, so may have what left it.
    """

    written: Written
    read: Range
    kept_to: str | None
    added: tuple[Landed, ...]
    branch: Branch | None


def kept_of(work: Work, repository: Repository, found: Sequence[Written]) -> Kept:
    """The first of one or two digests that follow each other.

    It ends where the next one begins, which the digest itself may not have said yet.
    """
    written, *following = found
    end, kept_to = written.head_sha, None
    branch = work.store.branch(repository.id)
    begin = _begin(work, repository, following[0]) if following else (branch.cursor if branch else None)
    between = functools.partial(ranges.commits_between, work.github, repository.id)
    is_before = functools.partial(ranges.is_ancestor, work.github, repository.id)
    added: tuple[Landed, ...] = ()
    if begin and is_before(end, begin):
        end = begin if following else end
    elif begin and (not following or not following[0].is_switched or is_before(begin, end)):
        # Where another branch became the default one, neither is before the other, and nothing has left.
        kept_to = begin
        added = between(end, begin).first_parents if following else ()
    return Kept(written, between(written.base_sha, end), kept_to, added, branch)


def _begin(work: Work, repository: Repository, written: Written) -> str | None:
    """Where a digest begins: its page may not say so yet."""
    known = work.store.digest(repository.id, written.day)
    return known.base_sha if known else written.base_sha


def is_torn(work: Work, repository: Repository, found: Sequence[Written]) -> bool:
    """Whether the first of one or two digests that follow each other does not end where the other begins."""
    written, *following = found
    if not following or following[0].is_switched:
        return False
    return _begin(work, repository, following[0]) != written.head_sha


def restore(work: Work, repository: Repository, kept: Kept) -> None:
    """Make the entries of a day again, and have them assessed; nothing when they are there or the branch has moved."""
    written = kept.written
    commits = (*kept.read.first_parents, *kept.added)
    if not commits:
        # All that landed on it has left again: it is closed as it is, with nothing on it.
        digest = Digest(repository.id, written.day, kept.read.base_sha, written.head_sha, ())
        _put(work, repository, digest, kept.branch)
        return
    start, end = midnight_of(written.day, written.timezone), midnight_after(written.day, written.timezone)
    times = landing_times(commits, [], int(start), end - 1)
    last = kept.read.first_parents[-1].commit_sha if kept.read.first_parents else written.head_sha
    gone = ranges.commits_between(work.github, repository.id, kept.kept_to, last) if kept.kept_to else None
    cut = Cut(repository.id, written.timezone, written.day, commits[-1].commit_sha, written.notes)
    for made in digests_of(work.store, cut, replace(kept.read, first_parents=commits), times):
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
    # The first one left, so the day begins where the branch was taken back to.
    base = gone.base_sha if entries[0].left and gone.base_sha else digest.base_sha
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
