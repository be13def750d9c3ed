"""Rates every commit of a branch as of its landing: changes are read by several processes, histories slide in one."""

import multiprocessing
import os
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from analysis.assess import Examined, assessed, examined
from analysis.history import REACH, History, Past
from analysis.rating import Assessment
from analysis.traces import Trace
from ghapp.children import die_with_parent
from ghapp.clone import Clone, CloneError, NoSuchRevision
from ghapp.clone_history import batches, past, trace

#: Below so many commits one process is done sooner than others have started.
_ALONE = 200
_PROCESSES = 8
#: Batches that are read or asked for ahead of the one that is rated: memory does not grow with the branch.
_AHEAD = 3 * _PROCESSES


@dataclass(frozen=True, slots=True)
class Range:
    """The commits to rate.

    Attributes:
        before: Names of the commits that their histories need and that are not rated, oldest first.
        names: Names of the commits of the branch from the first to the last that is rated, oldest first.
        rated: Those of `names` that are rated.
        newest_at: Committer date of the branch's newest commit, seconds since the epoch.
        is_traced: Of each of `names` a trace is made.
    """

    before: list[str]
    names: list[str]
    rated: frozenset[str]
    newest_at: int = 0
    is_traced: bool = False


@dataclass(frozen=True, slots=True)
class Landing:
    """One commit, rated as of its landing.

    Attributes:
        commit_sha: Full name.
        committed_at: Seconds since the epoch.
        assessment: Of what could be read, from signals alone.
        is_whole: Whether all of its change could be read.
        trace: None: none was asked for.
    """

    commit_sha: str
    committed_at: int
    assessment: Assessment
    is_whole: bool
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One commit as a process reads it.

    Attributes:
        past: What a history keeps of it.
        is_known: Whether it is known what it did; not where a shallow clone was cut off.
        examined: None: it is not rated.
        is_whole: Whether all of its change could be read.
        trace: None: none was asked for.
    """

    past: Past
    is_known: bool
    examined: Examined | None
    is_whole: bool
    trace: Trace | None


@dataclass(frozen=True, slots=True)
class _Job:
    """Commits that a process reads together."""

    names: Sequence[str]
    rated: frozenset[str] = frozenset()
    is_traced: bool = False


def landings_between(clone: Clone, since: datetime | None, until: datetime | None) -> Range:
    """The first-parent commits of the default branch (else of HEAD) whose committer date is in `[since, until)`.

    Raises:
        CloneError: There is none, or no commit at all.
    """
    rows = clone.landed(_branch(clone))
    inside = [
        number
        for number, (_, committed_at) in enumerate(rows)
        if (since is None or committed_at >= since.timestamp()) and (until is None or committed_at < until.timestamp())
    ]
    if not inside:
        raise CloneError(f"{clone.path} has no commit in that range")
    first, last = inside[0], inside[-1] + 1
    names = [name for name, _ in rows]
    rated = frozenset(names[one] for one in inside)
    return Range(names[max(0, first - REACH) : first], names[first:last], rated, newest_at=rows[-1][1])


def _branch(clone: Clone) -> str:
    try:
        return clone.default_branch()
    except NoSuchRevision:
        return "HEAD"


def landings(clone: Clone, chosen: Range) -> Iterator[Landing]:
    """Each commit of a range, oldest first, rated as of its landing: nothing that came later counts."""
    history = History()
    for one in reads(clone, chosen):
        if one.examined is not None:
            assessment = assessed(one.examined, history)
            yield Landing(one.past.commit_sha, one.past.committed_at, assessment, one.is_whole, one.trace)
        if one.is_known:
            history.add(one.past)


def reads(clone: Clone, chosen: Range) -> Iterator[Read]:
    """Each commit of a range and of the histories that it needs, oldest first."""
    jobs = [_Job(names) for names in batches(chosen.before)]
    jobs += [_Job(names, chosen.rated.intersection(names), chosen.is_traced) for names in batches(chosen.names)]
    if len(chosen.names) <= _ALONE:
        for job in jobs:
            yield from _read(clone, job)
        return
    with _pool(clone.path) as pool:
        waiting: deque[Future[list[Read]]] = deque()
        for job in jobs:
            waiting.append(pool.submit(_read_there, job))
            if len(waiting) > _AHEAD:
                yield from waiting.popleft().result()
        for one in waiting:
            yield from one.result()


def _read(clone: Clone, job: _Job) -> Iterator[Read]:
    for commit, change, is_whole in clone.readable_changes(job.names, patches=bool(job.rated) or job.is_traced):
        wanted = examined(change) if commit.commit_sha in job.rated else None
        traced = trace(commit, change) if job.is_traced else None
        yield Read(past(commit, change), not change.truncated, wanted, is_whole, traced)


@contextmanager
def _pool(path: Path) -> Generator[ProcessPoolExecutor]:
    """Processes that read the clone; work that has not begun is given up when the body is left early."""
    # A fresh interpreter: what this process holds (threads, a terminal) is not copied into it.
    fresh = multiprocessing.get_context("spawn")
    processes = min(_PROCESSES, os.cpu_count() or 1)
    pool = ProcessPoolExecutor(processes, mp_context=fresh, initializer=_open, initargs=(path,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


_opened: list[Clone] = []


def _open(path: Path) -> None:
    # Nothing of what it waits for ends when the command is killed.
    die_with_parent(kill=True)
    _opened.append(Clone(path))


def _read_there(job: _Job) -> list[Read]:
    return list(_read(_opened[0], job))
