"""Landings: which commits reached the default branch since the cursor, read from GitHub and never from a delivery.

A delivery only hints that there is something to read, and when. The range `cursor..head` along first parents
becomes entries; entries and cursor change in one transaction.
"""

import functools
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from ghapp import reads
from ghapp.clone_commit import pull_number
from ghapp.config import read_config
from ghapp.digest import Branch, Digest, Entry
from ghapp.digests import covered_by_issues
from ghapp.github import MissingError
from ghapp.hints import Push, Seen, first_base, landing_times, pushes_from, wait, wait_until_shown
from ghapp.jobqueue import PostponedError
from ghapp.reads import Landed, Range, Repository
from ghapp.store import Step
from ghapp.work import Work

log = logging.getLogger("ghapp.landings")


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of a branch.

    Attributes:
        stored: The branch as Redis had it; None when it had nothing.
        known: Where the reading begins.
        found: What is new.
        notes: What the digest has to say about it.
    """

    repository: Repository
    stored: Branch | None
    known: Branch
    found: Range
    pushes: list[Push]
    notes: tuple[tuple[str, str], ...] = ()


def read_landings(work: Work, number: int) -> None:
    """Bring the digest of repository `number` up to the head of its default branch."""
    repository = reads.repository(work.github, number)
    if not repository.writable:
        log.warning("%s is archived or has no issues: nothing is written", repository.full_name)
        return
    head = reads.branch_head(work.github, number, repository.default_branch)
    if head is None:
        pushes = pushes_from(work.lease.hints)
        if pushes:
            wait(work, pushes, "GitHub does not show the branch yet")
        log.info("%s has no commits yet", repository.full_name)
        return
    reading = _reading(work, repository, head)
    if reading is not None:
        _move(work, reading)


def _reading(work: Work, repository: Repository, head: str) -> _Reading | None:
    """What is new on the branch since the cursor; None when another branch became the default one."""
    pushes = pushes_from(work.lease.hints)
    stored = work.store.branch(repository.id)
    known = stored or _adopted(work, repository) or _beginning(work, repository, pushes, head)
    if known.name != repository.default_branch and not _is_renamed(work, repository, known, head):
        _switch(work, repository, known, head)
        return None
    found = Range(known.cursor, (), frozenset())
    if known.cursor != head:
        found = reads.commits_between(work.github, repository.id, known.cursor, head)
    seen = Seen(bool(found.first_parents), found.reached, functools.partial(_has_entry, work, repository.id, known))
    wait_until_shown(work, known, head, pushes, seen)
    cut = known.cursor is None and found.base_sha is not None
    notes = (("root-cut", str(found.base_sha)[:7]),) if cut else ()
    return _Reading(repository, stored, replace(known, name=repository.default_branch), found, pushes, notes)


def _has_entry(work: Work, repository: int, known: Branch, commit_sha: str) -> bool:
    return bool(known.day) and work.store.entry(repository, known.day, commit_sha) is not None


def _adopted(work: Work, repository: Repository) -> Branch | None:
    """The place of the newest digest, from its marker: Redis was emptied, and that digest's range is read again."""
    newest = next(iter(covered_by_issues(work.github, repository.id)), None)
    if newest is None:
        return None
    log.info("%s: the cursor is taken from the digest of %s", repository.full_name, newest.day)
    midnight = datetime.combine(date.fromisoformat(newest.day), time(), ZoneInfo(newest.timezone))
    return Branch(repository.default_branch, newest.base_sha, int(midnight.timestamp()), newest.day)


def _beginning(work: Work, repository: Repository, pushes: list[Push], head: str) -> Branch:
    return Branch(repository.default_branch, first_base(work, repository.id, pushes, head), 0, "")


def _is_renamed(work: Work, repository: Repository, known: Branch, head: str) -> bool:
    """Whether the branch with the new name goes on where the old one was read to."""
    if known.cursor is None:
        return True
    try:
        return reads.merge_base(work.github, repository.id, known.cursor, head) == known.cursor
    except MissingError:
        return False


def _switch(work: Work, repository: Repository, known: Branch, head: str) -> None:
    """Another branch became the default one: the cursor becomes its head, and the day's digest says so."""
    log.info("%s: the default branch is now %s", repository.full_name, repository.default_branch)
    digest = work.store.digest(repository.id, known.day) if known.day else None
    said = (replace(digest, entries=(), notes=(("switched", known.name),)),) if digest else ()
    after = Branch(repository.default_branch, head, known.landed_at, known.day)
    _advance(work, repository.id, Step(known, after, said))


def _move(work: Work, reading: _Reading) -> None:
    """Make entries of the range and move the cursor."""
    known, found, repository = reading.known, reading.found, reading.repository
    left = _left(work, repository, known, found)
    digests = tuple(_digests(work, reading))
    after = known
    if digests:
        last = digests[-1]
        landed_at = next(entry.landed_at for entry in last.entries if entry.commit_sha == last.head_sha)
        after = Branch(known.name, last.head_sha, max(landed_at, known.landed_at), last.day)
    elif left:
        after = replace(known, cursor=found.base_sha)
    if after != reading.stored:
        _advance(work, repository.id, Step(reading.stored, after, digests, left))


def _advance(work: Work, repository: int, step: Step) -> None:
    """Take the step and, in the same transaction, ask for what follows from it: what is marked is never forgotten."""
    due = [(f"render:{repository}:{digest.day}", work.settings.render_delay) for digest in step.digests]
    if step.left and step.before:
        due.append((f"render:{repository}:{step.before.day}", work.settings.render_delay))
    due += [
        (f"entry:{repository}:{digest.day}:{entry.commit_sha}", 0.0)
        for digest in step.digests
        for entry in digest.entries
        if entry.assessment is None
    ]
    also = functools.partial(work.jobs.mark_within, installation=work.lease.installation, due=due)
    if not work.store.advance(repository, step, also):
        raise PostponedError(1, "another worker moved the cursor")
    work.jobs.top_up()


def _left(work: Work, repository: Repository, known: Branch, found: Range) -> tuple[str, ...]:
    """The commits that a force push took off the branch."""
    if known.cursor is None or found.base_sha == known.cursor or not known.day:
        return ()
    head = found.first_parents[-1].commit_sha if found.first_parents else str(found.base_sha)
    if head == known.cursor:
        return ()
    lost = reads.commits_between(work.github, repository.id, head, known.cursor)
    return tuple(commit.commit_sha for commit in lost.first_parents)


def _digests(work: Work, reading: _Reading) -> Iterator[Digest]:
    """The range cut into days: each day's digest begins where the day before ends."""
    known, found, repository = reading.known, reading.found, reading.repository
    zone = ZoneInfo(read_config(work.github, work.store, work.settings, repository).timezone)
    times = landing_times(found.first_parents, reading.pushes, known.landed_at, work.store.now())
    landed = list(zip(found.first_parents, times, strict=True))
    base = found.base_sha
    # A zone that was changed in the configuration may not lead back to an earlier digest.
    for day, group in groupby(landed, lambda pair: max(known.day, _day(pair[1], zone))):
        commits = list(group)
        before = work.store.digest(repository.id, day)
        there = {entry.commit_sha: entry for entry in before.entries} if before else {}
        head = commits[-1][0].commit_sha
        yield Digest(repository.id, day, base, head, tuple(_entries(commits, there)), reading.notes)
        base = head


def _day(landed_at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(landed_at, zone).date().isoformat()


def _entries(commits: list[tuple[Landed, int]], there: dict[str, Entry]) -> Iterator[Entry]:
    position = len(there)
    for commit, landed_at in commits:
        if commit.commit_sha in there:
            yield replace(there[commit.commit_sha], left=False)
            continue
        yield Entry(commit.commit_sha, position, landed_at, commit.title, commit.author, pull_number(commit.title))
        position += 1
