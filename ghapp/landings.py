"""Landings: which commits reached the default branch since the cursor, read from GitHub and never from a delivery.

A delivery only hints that there is something to read, and when. The range `cursor..head` along first parents
becomes entries; entries and cursor change in one transaction.
"""

import functools
import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from ghapp import links, pasts, ranges, reads
from ghapp.beginnings import Beginning, beginning, recent_pushes, switched_base
from ghapp.branch_reading import Reading, compared
from ghapp.config import read_config
from ghapp.days import Cut, digests_of, due_after, earlier_digests
from ghapp.digest import Branch, Digest
from ghapp.github import MissingError
from ghapp.hints import Seen, landing_times, pushes_from, wait, wait_until_shown
from ghapp.jobqueue import PostponedError
from ghapp.ranges import Range
from ghapp.reads import Repository
from ghapp.restoring import restore_left
from ghapp.roster import Roster
from ghapp.store import Step
from ghapp.unfinished import unfinished
from ghapp.work import Work

log = logging.getLogger("ghapp.landings")

#: GitHub's answers may come from copies that differ for some seconds: a push younger than this is looked for again.
SETTLED_SECONDS = 30.0
#: Pushes this long before the last landing that we know may still have brought what is new, in seconds.
OVERLAP_SECONDS = 3600.0


def read_landings(work: Work, number: int) -> None:
    """Bring the digest of repository `number` up to the head of its default branch."""
    repository = reads.repository(work.github, number)
    Roster(work.store.connection).reached(work.lease.installation, [(repository.id, repository.full_name)])
    if not repository.writable:
        log.warning("%s is archived or has no issues: nothing is written", repository.full_name)
        return
    pasts.ask_for(work, number, repository.full_name)
    began = work.settings.calendar.at(work.store.now())
    head = ranges.branch_head(work.github, number, repository.default_branch)
    if head is not None:
        _read(work, repository, head)
    elif work.store.branch(number) is not None:
        # It has been read, so it is there: an answer that lags is no reason to take it for read to its end.
        raise MissingError(f"{repository.full_name}: the branch {repository.default_branch} is not shown")
    else:
        pushes = pushes_from(work.lease.hints)
        if pushes:
            wait(work, pushes, "GitHub does not show the branch yet")
        log.info("%s has no commits yet", repository.full_name)
    work.mark_all(unfinished(work.store, work.jobs, number, work.lease.installation))
    work.store.put_read_at(number, began)
    if _is_settled(work, repository):
        work.store.put_pushed_at(number, repository.pushed_at)


def _read(work: Work, repository: Repository, head: str) -> None:
    """Make entries of what is new up to the head, and of what a command asks for from before."""
    _follow_switch(work, repository, head)
    reading = _reading(work, repository, head)
    after, digests = _move(work, reading)
    since = min((hint["since"] for _, hint in work.lease.hints if "since" in hint), default="")
    if since:
        _go_back(work, repository, after, since, digests[0].base_sha if digests else reading.known.cursor)


def _is_settled(work: Work, repository: Repository) -> bool:
    """Whether the last push is so long ago that what we have read surely shows it."""
    if not repository.pushed_at:
        return False
    calendar = work.settings.calendar
    pushed_at = datetime.fromisoformat(repository.pushed_at).timestamp()
    return calendar.at(work.store.now()) - pushed_at > SETTLED_SECONDS * calendar.speed


def _reading(work: Work, repository: Repository, head: str) -> Reading:
    """What is new on the branch since the cursor."""
    pushes = pushes_from(work.lease.hints)
    stored = work.store.branch(repository.id)
    begun = Beginning(stored) if stored else beginning(work, repository, pushes, head)
    known = begun.branch
    reading = compared(work, Reading(repository, stored, known, Range(known.cursor, (), frozenset()), pushes), head)
    found = reading.found
    seen = Seen(bool(found.first_parents), found.reached, functools.partial(_has_entry, work, repository.id, known))
    wait_until_shown(work, reading.known, head, pushes, seen)
    notes = begun.notes
    notes += (("root-cut", str(found.base_sha)[:7]),) if found.is_cut else ()
    notes += (("switched", known.switched_from),) if known.switched_from else ()
    renamed = replace(reading.known, name=repository.default_branch)
    return replace(reading, known=renamed, notes=notes, listed_to=begun.listed_to, due=begun.due)


def _has_entry(work: Work, repository: int, known: Branch, commit_sha: str) -> bool:
    return bool(known.day) and work.store.entry(repository, known.day, commit_sha) is not None


def _follow_switch(work: Work, repository: Repository, head: str) -> None:
    """When another branch became the default one: list what landed on the old one before, and go over to the new one.

    A branch that only got another name is read on as if nothing had happened.
    """
    known = work.store.branch(repository.id)
    if known is None or known.name == repository.default_branch:
        return
    old = ranges.branch_head(work.github, repository.id, known.name)
    if old == head or (old is None and _is_continued(work, repository, known, head)):
        return
    if old is not None:
        before = replace(repository, default_branch=known.name)
        empty = Range(known.cursor, (), frozenset())
        pushes = [push for push in pushes_from(work.lease.hints) if push.branch == known.name]
        _move(work, compared(work, Reading(before, known, known, empty, pushes), old))
    _switch(work, repository, head)


def _is_continued(work: Work, repository: Repository, known: Branch, head: str) -> bool:
    return known.cursor is None or ranges.is_ancestor(work.github, repository.id, known.cursor, head)


def _switch(work: Work, repository: Repository, head: str) -> None:
    """Have the new default branch read from where it was when it became that, and a digest say so."""
    log.info("%s: the default branch is now %s", repository.full_name, repository.default_branch)
    known = work.store.branch(repository.id)
    if known is None:
        return
    digest = work.store.digest(repository.id, known.day) if known.day else None
    says = digest is not None and not digest.closed
    said = (replace(digest, entries=(), notes=(("switched", known.name),)),) if digest and says else ()
    base = switched_base(work, repository, pushes_from(work.lease.hints), head)
    after = Branch(repository.default_branch, base, known.landed_at, known.day, "" if says else known.name)
    _advance(work, repository, Step(known, after, said))


def _move(work: Work, reading: Reading) -> tuple[Branch, tuple[Digest, ...]]:
    """Make entries of the range and move the cursor; returns the branch then, and the digests with the entries."""
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
        if reading.left:
            restore_left(work, repository, reading.left)
        step = Step(reading.stored, after, digests, (), reading.left, reading.left_to)
        _advance(work, repository, step, reading.due)
    return after, digests


def _go_back(work: Work, repository: Repository, branch: Branch, since: str, end: str | None) -> None:
    """Make digests of the days from `since` on that are before the first one; `end` when there is none yet."""
    back = earlier_digests(work, repository, since, end)
    if back:
        last = back[-1]
        after = branch if branch.day else replace(branch, day=last.day, landed_at=last.entries[-1].landed_at)
        _advance(work, repository, Step(branch, after, (), back))


def _digests(work: Work, reading: Reading) -> tuple[Digest, ...]:
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


def _advance(work: Work, repository: Repository, step: Step, more: tuple[tuple[str, float], ...] = ()) -> None:
    """Take the step and, in the same transaction, ask for what follows from it: what is marked is never forgotten.

    Args:
        work: The job's parts.
        repository: Whose branch it is.
        step: What changes.
        more: Other keys that become due with it, each with its delay in seconds.
    """
    struck = work.store.struck(repository.id, step) if step.left else []
    due = [*due_after(work, repository, (*step.digests, *step.back), struck), *more]

    def also(pipe: Any) -> None:
        work.jobs.mark_within(pipe, work.lease.installation, due)
        pasts.queue_landed(work, pipe, repository.id, step)
        for digest in (*step.digests, *step.back):
            # What reverts them finds them, also before they are assessed.
            links.queue_names(pipe, repository.id, digest.day, digest.entries)

    if not work.store.advance(repository.id, step, also):
        raise PostponedError(1, "another worker moved the cursor")
    work.jobs.top_up()
