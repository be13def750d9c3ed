"""Landings: which commits reached the default branch since the cursor, read from GitHub and never from a delivery.

A delivery only hints that there is something to read, and when. The range `cursor..head` along first parents
becomes entries; entries and cursor change in one transaction.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from ghapp import reads
from ghapp.config import read_config
from ghapp.digest import Branch, Digest, Entry
from ghapp.digests import covered_by_issues
from ghapp.jobqueue import PostponedError
from ghapp.reads import Landed, Range, Repository
from ghapp.work import Work

ZEROS = re.compile(r"0+")
PULL = re.compile(r"\(#(\d{1,9})\)\s*$|^Merge pull request #(\d{1,9}) ")
#: GitHub may still show the head from before the push that it told us of: look again after so many seconds.
LAGS = (2.0, 5.0, 15.0)

log = logging.getLogger("ghapp.landings")


@dataclass(frozen=True, slots=True)
class Push:
    """What a delivery said: `after` was the head at `at` (seconds since the epoch); `before` may be unknown."""

    at: float
    after: str
    before: str | None
    #: A push, which names the commit before it (None: there was none); else a merge, which does not.
    is_whole: bool


def read_landings(work: Work, number: int) -> None:
    """Bring the digest of repository `number` up to the head of its default branch."""
    repository = reads.repository(work.github, number)
    if not repository.writable:
        log.warning("%s is archived or has no issues: nothing is written", repository.full_name)
        return
    pushes = _pushes(work)
    head = reads.branch_head(work.github, number, repository.default_branch)
    if head is None:
        log.info("%s has no commits yet", repository.full_name)
        return
    branch = work.store.branch(number)
    known = branch or _adopted(work, repository) or _begin(work, repository, pushes, head)
    if known.name != repository.default_branch:
        _switch(work, repository, branch, known, head)
        return
    if known.cursor == head:
        _expect(work, number, known, pushes, frozenset((head,)))
        _move(work, repository, branch, known, Range(known.cursor, (), frozenset()), pushes)
        return
    found = reads.commits_between(work.github, number, known.cursor, head)
    _expect(work, number, known, pushes, found.reached)
    _move(work, repository, branch, known, found, pushes)


def _pushes(work: Work) -> list[Push]:
    hints = [(at, hint) for at, hint in work.lease.hints if "after" in hint]
    return [
        Push(
            at,
            hint["after"],
            None if ZEROS.fullmatch(hint.get("before", "0")) else hint["before"],
            is_whole="before" in hint,
        )
        for at, hint in hints
    ]


def _expect(work: Work, repository: int, known: Branch, pushes: list[Push], reached: frozenset[str]) -> None:
    """Make sure that GitHub shows what the newest delivery said; else look again in some seconds.

    A head that never shows up (a force push took it away) is waited for three times only.
    """
    if not pushes or pushes[-1].after in reached or pushes[-1].after == known.cursor:
        return
    if known.day and work.store.entry(repository, known.day, pushes[-1].after):
        return
    age = work.store.now() - pushes[-1].at
    for seconds in LAGS:
        if age < seconds:
            raise PostponedError(seconds, "GitHub still shows an older head")


def _adopted(work: Work, repository: Repository) -> Branch | None:
    """The place of the newest digest, from its marker: Redis was emptied, and that digest's range is read again."""
    newest = next(iter(covered_by_issues(work.github, repository.id)), None)
    if newest is None:
        return None
    log.info("%s: the cursor is taken from the digest of %s", repository.full_name, newest.day)
    midnight = datetime.combine(date.fromisoformat(newest.day), time(), ZoneInfo(newest.timezone))
    return Branch(repository.default_branch, newest.base_sha, int(midnight.timestamp()), newest.day)


def _begin(work: Work, repository: Repository, pushes: list[Push], head: str) -> Branch:
    """Where the first digest begins: before the first push we heard of; at the head when we heard of none."""
    name = repository.default_branch
    if not pushes:
        return Branch(name, head, 0, "")
    pushed = [push for push in pushes if push.is_whole]
    if not pushed and work.store.now() - pushes[0].at < LAGS[1]:
        # The push of a merge, which names the commit before, is on its way.
        raise PostponedError(LAGS[0], "the push of a first merge is waited for")
    afters = {push.after for push in pushed}
    begins = [push.before for push in pushed if push.before not in afters]
    merged = [push.after for push in pushes if not push.is_whole and push.after not in afters]
    begins += [reads.first_parent(work.github, repository.id, commit_sha) for commit_sha in merged]
    return Branch(name, _oldest(work, repository, list(dict.fromkeys(begins))), 0, "")


def _oldest(work: Work, repository: Repository, names: list[str | None]) -> str | None:
    """Of several commits the one that the others come after; None (before the root commit) is older than any."""
    oldest, *others = names
    for name in others:
        if oldest is None or name is None:
            return None
        if reads.merge_base(work.github, repository.id, oldest, name) == name:
            oldest = name
    return oldest


def _switch(work: Work, repository: Repository, stored: Branch | None, known: Branch, head: str) -> None:
    """Another branch became the default: the cursor becomes its head, and the next digest says so."""
    log.info("%s: the default branch is now %s", repository.full_name, repository.default_branch)
    after = Branch(repository.default_branch, head, known.landed_at, known.day)
    if not work.store.advance(repository.id, stored, after, ()):
        raise PostponedError(1, "another worker moved the cursor")


def _move(
    work: Work, repository: Repository, stored: Branch | None, known: Branch, found: Range, pushes: list[Push]
) -> None:
    """Make entries of the range and move the cursor, in one transaction; then ask for what follows from it."""
    config = read_config(work.github, work.store, work.settings, repository)
    left = _left(work, repository, known, found)
    times = landing_times(found.first_parents, pushes, known.landed_at, work.store.now())
    landed = list(zip(found.first_parents, times, strict=True))
    digests = list(_digests(work, repository, known, found, landed, ZoneInfo(config.timezone)))
    after = known
    if landed:
        day = digests[-1].day
        after = Branch(repository.default_branch, landed[-1][0].commit_sha, landed[-1][1], day)
    elif left:
        after = replace(known, cursor=found.base_sha)
    if after == stored:
        return
    if not work.store.advance(repository.id, stored, after, digests, left):
        raise PostponedError(1, "another worker moved the cursor")
    _ask(work, repository.id, digests, known.day if left else None)


def _left(work: Work, repository: Repository, known: Branch, found: Range) -> tuple[str, ...]:
    """The commits that a force push took off the branch."""
    if known.cursor is None or found.base_sha == known.cursor or not known.day:
        return ()
    head = found.first_parents[-1].commit_sha if found.first_parents else str(found.base_sha)
    if head == known.cursor:
        return ()
    lost = reads.commits_between(work.github, repository.id, head, known.cursor)
    return tuple(commit.commit_sha for commit in lost.first_parents)


def landing_times(commits: tuple[Landed, ...], pushes: list[Push], after: int, now: float) -> list[int]:
    """When each commit landed, in seconds since the epoch: never before its parent, never in the future.

    A commit that a delivery's push brought gets that push's time; another one its committer date.

    Args:
        commits: Along first parents, oldest first.
        pushes: What deliveries said, in the order they came.
        after: When the commit before the first one landed.
        now: The present.
    """
    place = {commit.commit_sha: index for index, commit in enumerate(commits)}
    told: dict[int, float] = {}
    for push in pushes:
        last = place.get(push.after, -1)
        first = place.get(push.before or "", -1) + 1 if push.is_whole else last
        for index in range(first, last + 1):
            told.setdefault(index, push.at)
    times: list[int] = []
    for index, commit in enumerate(commits):
        after = max(after, int(min(told.get(index, commit.committed_at), now)))
        times.append(after)
    return times


def _digests(
    work: Work,
    repository: Repository,
    known: Branch,
    found: Range,
    landed: list[tuple[Landed, int]],
    zone: ZoneInfo,
) -> Iterator[Digest]:
    """The range cut into days: each day's digest begins where the day before ends."""
    base = found.base_sha
    for landed_on, group in groupby(landed, lambda pair: datetime.fromtimestamp(pair[1], zone).date().isoformat()):
        # A zone that was changed in the configuration may not lead back to an earlier digest.
        day = max(landed_on, known.day)
        commits = list(group)
        before = work.store.digest(repository.id, day)
        there = {entry.commit_sha: entry for entry in before.entries} if before else {}
        entries = list(_entries(commits, there))
        yield Digest(repository.id, day, base, commits[-1][0].commit_sha, tuple(entries))
        base = commits[-1][0].commit_sha


def _entries(commits: list[tuple[Landed, int]], there: dict[str, Entry]) -> Iterator[Entry]:
    position = len(there)
    for commit, landed_at in commits:
        if commit.commit_sha in there:
            yield replace(there[commit.commit_sha], left=False)
            continue
        yield Entry(commit.commit_sha, position, landed_at, commit.title, commit.author, pull_number(commit.title))
        position += 1


def pull_number(title: str) -> int | None:
    """The pull request that a squash or merge commit's title names, or None."""
    named = PULL.search(title)
    return int(named[1] or named[2]) if named else None


def _ask(work: Work, repository: int, digests: list[Digest], struck_day: str | None) -> None:
    for digest in digests:
        work.mark_render(repository, digest.day)
        for entry in digest.entries:
            if entry.assessment is None:
                work.mark(f"entry:{repository}:{digest.day}:{entry.commit_sha}")
    if struck_day:
        work.mark_render(repository, struck_day)
