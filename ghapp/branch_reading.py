"""A reading of a branch: what it has gained and lost since the commit that was read last, by comparing the two."""

import logging
from bisect import bisect_left
from dataclasses import dataclass, replace

from ghapp import ranges
from ghapp.digest import Branch
from ghapp.github import MissingError
from ghapp.hints import LAGS, Push
from ghapp.jobqueue import PostponedError
from ghapp.ranges import Range
from ghapp.reads import Repository
from ghapp.work import Work

log = logging.getLogger("ghapp.branch_reading")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a branch.

    Attributes:
        stored: The branch as Redis had it; None when it had nothing.
        known: Where the reading begins.
        found: What is new.
        left: What a force push took off the branch.
        left_to: The last commit before that.
        notes: What the digest has to say about it.
        listed_to: As in `Beginning`.
        due: As in `Beginning`.
    """

    repository: Repository
    stored: Branch | None
    known: Branch
    found: Range
    pushes: list[Push]
    left: frozenset[str] = frozenset()
    left_to: str | None = None
    notes: tuple[tuple[str, str], ...] = ()
    listed_to: str | None = None
    due: tuple[tuple[str, float], ...] = ()


def compared(work: Work, reading: Reading, head: str) -> Reading:
    """The reading with what is new and what left. A cursor that GitHub threw away is replaced by what is left."""
    known, repository = reading.known, reading.repository.id
    if known.cursor == head:
        return reading
    try:
        found = ranges.commits_between(work.github, repository, known.cursor, head)
    except MissingError:
        kept, left = _surviving(work, repository, head)
        log.warning("%s: the commit read last is gone: reading goes on from %s", reading.repository.full_name, kept)
        found = ranges.commits_between(work.github, repository, kept, head)
        return replace(reading, known=replace(known, cursor=kept), found=found, left=left, left_to=kept)
    if known.cursor is None or (found.is_related and found.base_sha == known.cursor):
        return replace(reading, found=found)
    lost = ranges.commits_between(work.github, repository, head, known.cursor)
    if lost.is_related != found.is_related:
        raise PostponedError(LAGS[0], "GitHub's answers contradict each other")
    if not lost.first_parents:
        if not _was_forced(work, reading):
            # The branch was merged into another one, and became that: nothing left it.
            return replace(reading, found=replace(found, base_sha=known.cursor))
        # It was taken off by a force push, and came back as a part of what was merged then.
        lost = ranges.commits_between(work.github, repository, found.base_sha, known.cursor)
    if found.is_related and lost.base_sha != found.base_sha:
        found, lost = _forked(work, repository, lost, known.cursor, head)
    left = frozenset(commit.commit_sha for commit in lost.first_parents)
    return replace(reading, found=found, left=left, left_to=lost.base_sha)


def _was_forced(work: Work, reading: Reading) -> bool:
    """Whether the branch was moved by force since its last landing; False where GitHub does not tell."""
    ref = f"refs/heads/{reading.repository.default_branch}"
    try:
        told = ranges.activity(work.github, reading.repository.id, ref, int(reading.known.landed_at))
    except MissingError:
        return False
    return any(one.is_forced for one in told)


def _forked(work: Work, repository: int, lost: Range, cursor: str, head: str) -> tuple[Range, Range]:
    """What is new and what left, from the last commit that both have among their first parents.

    Where one of two merged what the other is made of, the one reaches more of the other than it has in common with it:
    the new head may come from a side branch of what left, or have merged a branch that began on what left.
    """
    while True:
        found = ranges.commits_between(work.github, repository, lost.base_sha, head)
        if found.base_sha == lost.base_sha or not found.is_related:
            return found, lost
        lost = ranges.commits_between(work.github, repository, found.base_sha, cursor)
        if lost.base_sha == found.base_sha or not lost.is_related:
            return ranges.commits_between(work.github, repository, lost.base_sha, head), lost


def _surviving(work: Work, repository: int, head: str) -> tuple[str | None, frozenset[str]]:
    """The last listed commit that the head still comes after, and those after it; None: there is none.

    Raises:
        MissingError: GitHub no longer knows the head either.
    """
    ranges.first_parent(work.github, repository, head)
    names: list[str] = []
    for day in reversed(work.store.days(repository)):
        digest = work.store.digest(repository, day)
        listed = [entry.commit_sha for entry in reversed(digest.listed)] if digest else []
        names += [*listed, digest.base_sha] if digest and digest.base_sha else listed
    names = list(dict.fromkeys(names))
    # What comes before an ancestor is one, too: of 3,000 commits, twelve are asked about.
    first = bisect_left(names, True, key=lambda name: ranges.is_ancestor(work.github, repository, name, head))
    return (names[first] if first < len(names) else None), frozenset(names[:first])
