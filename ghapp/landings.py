"""Landings: which commits reached the default branch since the cursor, read from GitHub and never from a delivery.

A delivery only hints that there is something to read, and when. The range `cursor..head` along first parents
becomes entries; entries and cursor change in one transaction.
"""

import functools
import logging
from dataclasses import dataclass, replace
from datetime import datetime

from ghapp import ranges, reads
from ghapp.beginnings import Beginning, beginning, recent_pushes
from ghapp.config import read_config
from ghapp.days import Cut, digests_of, due_after, earlier_digests
from ghapp.digest import Branch, Digest
from ghapp.github import MissingError
from ghapp.hints import Push, Seen, landing_times, pushes_from, wait, wait_until_shown
from ghapp.jobqueue import PostponedError
from ghapp.ranges import Range
from ghapp.reads import Repository
from ghapp.store import Step
from ghapp.work import Work

log = logging.getLogger("ghapp.landings")

#: GitHub's answers may come from copies that differ for some seconds: a push younger than this is looked for again.
SETTLED_SECONDS = 30.0
#: Pushes this long before the last landing that we know may still have brought what is new, in seconds.
OVERLAP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of a branch.

    Attributes:
        stored: The branch as Redis had it; None when it had nothing.
        known: Where the reading begins.
        found: What is new.
        left: What a force push took off the branch.
        left_to: The last commit before that.
        notes: What the digest has to say about it.
        listed_to: As in `Beginning`.
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


def read_landings(work: Work, number: int) -> None:
    """Bring the digest of repository `number` up to the head of its default branch."""
    repository = reads.repository(work.github, number)
    if not repository.writable:
        log.warning("%s is archived or has no issues: nothing is written", repository.full_name)
        return
    head = ranges.branch_head(work.github, number, repository.default_branch)
    if head is not None:
        reading = _reading(work, repository, head)
        if reading is not None:
            _move(work, reading)
    else:
        pushes = pushes_from(work.lease.hints)
        if pushes:
            wait(work, pushes, "GitHub does not show the branch yet")
        log.info("%s has no commits yet", repository.full_name)
    _see_to_end(work, number)
    if _is_settled(work, repository):
        work.store.put_pushed_at(number, repository.pushed_at)


def _see_to_end(work: Work, number: int) -> None:
    """Make sure that the last day will be closed, also when that was given up while nothing could be written."""
    branch = work.store.branch(number)
    if branch is None or not branch.day or work.store.rollover(number, branch.day).is_closed:
        return
    key = f"rollover:{number}:{branch.day}"
    if not work.jobs.is_due(key):
        work.mark(key)


def _is_settled(work: Work, repository: Repository) -> bool:
    """Whether the last push is so long ago that what we have read surely shows it."""
    if not repository.pushed_at:
        return False
    calendar = work.settings.calendar
    pushed_at = datetime.fromisoformat(repository.pushed_at).timestamp()
    return calendar.at(work.store.now()) - pushed_at > SETTLED_SECONDS * calendar.speed


def _reading(work: Work, repository: Repository, head: str) -> _Reading | None:
    """What is new on the branch since the cursor; None when another branch became the default one."""
    pushes = pushes_from(work.lease.hints)
    stored = work.store.branch(repository.id)
    begun = Beginning(stored) if stored else beginning(work, repository, pushes, head)
    known = begun.branch
    if known.name != repository.default_branch and not _is_renamed(work, repository, known, head):
        _switch(work, repository, known, head)
        return None
    reading = _compared(work, _Reading(repository, stored, known, Range(known.cursor, (), frozenset()), pushes), head)
    found = reading.found
    seen = Seen(bool(found.first_parents), found.reached, functools.partial(_has_entry, work, repository.id, known))
    wait_until_shown(work, reading.known, head, pushes, seen)
    notes = (("root-cut", str(found.base_sha)[:7]),) if known.cursor is None and found.base_sha is not None else ()
    notes += (("switched", known.switched_from),) if known.switched_from else ()
    renamed = replace(reading.known, name=repository.default_branch)
    return replace(reading, known=renamed, notes=notes, listed_to=begun.listed_to)


def _compared(work: Work, reading: _Reading, head: str) -> _Reading:
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
    if known.cursor is None or found.base_sha == known.cursor:
        return replace(reading, found=found)
    lost = ranges.commits_between(work.github, repository, head, known.cursor)
    if not lost.first_parents:
        # The branch now reaches the cursor along a second parent: nothing left it.
        return replace(reading, found=replace(found, base_sha=known.cursor))
    if lost.base_sha != found.base_sha:
        # The new head comes from a side branch of what left: its first parents are listed from where ours end.
        found = ranges.commits_between(work.github, repository, lost.base_sha, head)
    left = frozenset(commit.commit_sha for commit in lost.first_parents)
    return replace(reading, found=found, left=left, left_to=lost.base_sha)


def _surviving(work: Work, repository: int, head: str) -> tuple[str | None, frozenset[str]]:
    """The last listed commit that the head still comes after, and those after it; None: there is none.

    Raises:
        MissingError: GitHub no longer knows the head either.
    """
    ranges.first_parent(work.github, repository, head)
    left: list[str] = []
    for day in reversed(work.store.days(repository)):
        digest = work.store.digest(repository, day)
        names = [entry.commit_sha for entry in reversed(digest.listed)] if digest else []
        for name in [*names, digest.base_sha if digest else None]:
            if name is None or name in left:
                continue
            if _is_before(work, repository, name, head):
                return name, frozenset(left)
            left.append(name)
    return None, frozenset(left)


def _is_before(work: Work, repository: int, name: str, head: str) -> bool:
    try:
        return ranges.merge_base(work.github, repository, name, head) == name
    except MissingError:
        return False


def _has_entry(work: Work, repository: int, known: Branch, commit_sha: str) -> bool:
    return bool(known.day) and work.store.entry(repository, known.day, commit_sha) is not None


def _is_renamed(work: Work, repository: Repository, known: Branch, head: str) -> bool:
    """Whether the branch with the new name goes on where the old one was read to."""
    return known.cursor is None or _is_before(work, repository.id, known.cursor, head)


def _switch(work: Work, repository: Repository, known: Branch, head: str) -> None:
    """Another branch became the default one: the cursor becomes its head, and a digest says so."""
    log.info("%s: the default branch is now %s", repository.full_name, repository.default_branch)
    digest = work.store.digest(repository.id, known.day) if known.day else None
    says = digest is not None and not digest.closed
    said = (replace(digest, entries=(), notes=(("switched", known.name),)),) if digest and says else ()
    after = Branch(repository.default_branch, head, known.landed_at, known.day, "" if says else known.name)
    _advance(work, repository, Step(work.store.branch(repository.id), after, said))


def _move(work: Work, reading: _Reading) -> None:
    """Make entries of the range and move the cursor."""
    known, repository = reading.known, reading.repository
    digests = _digests(work, reading)
    after = known
    if digests:
        last = digests[-1]
        landed_at = next(entry.landed_at for entry in last.entries if entry.commit_sha == last.head_sha)
        after = Branch(known.name, last.head_sha, max(landed_at, known.landed_at), last.day)
    elif reading.left:
        after = replace(known, cursor=reading.left_to)
    if after != reading.stored:
        _advance(work, repository, Step(reading.stored, after, digests, (), reading.left, reading.left_to))
    since = min((hint["since"] for _, hint in work.lease.hints if "since" in hint), default="")
    if since:
        _go_back(work, repository, after, since, digests[0].base_sha if digests else known.cursor)


def _go_back(work: Work, repository: Repository, branch: Branch, since: str, end: str | None) -> None:
    """Make digests of the days from `since` on that are before the first one; `end` when there is none yet."""
    back = earlier_digests(work, repository, since, end)
    if back:
        last = back[-1]
        after = branch if branch.day else replace(branch, day=last.day, landed_at=last.entries[-1].landed_at)
        _advance(work, repository, Step(branch, after, (), back))


def _digests(work: Work, reading: _Reading) -> tuple[Digest, ...]:
    """The range cut into days."""
    known, found, repository = reading.known, reading.found, reading.repository
    if not found.first_parents:
        return ()
    calendar, now = work.settings.calendar, work.store.now()
    told = recent_pushes(work, repository, (known.landed_at or calendar.at(now)) - OVERLAP_SECONDS)
    told += [replace(push, at=calendar.at(push.at)) for push in reading.pushes]
    times = landing_times(found.first_parents, told, known.landed_at, calendar.at(now))
    zone = read_config(work.github, work.store, work.settings, repository).timezone
    cut = Cut(repository.id, zone, known.day, reading.listed_to, reading.notes)
    return tuple(digests_of(work.store, cut, found, times))


def _advance(work: Work, repository: Repository, step: Step) -> None:
    """Take the step and, in the same transaction, ask for what follows from it: what is marked is never forgotten."""
    struck = work.store.struck(repository.id, step) if step.left else []
    due = due_after(work, repository, (*step.digests, *step.back), struck)
    also = functools.partial(work.jobs.mark_within, installation=work.lease.installation, due=due)
    if not work.store.advance(repository.id, step, also):
        raise PostponedError(1, "another worker moved the cursor")
    work.jobs.top_up()
