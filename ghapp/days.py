"""A range of commits cut into days: each day's digest begins where the day before it ends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from ghapp import links, ranges
from ghapp.clone_commit import pull_number
from ghapp.config import read_config
from ghapp.digest import Digest, Entry
from ghapp.ranges import Landed, Range
from ghapp.reads import Repository
from ghapp.store import Store
from ghapp.work import Work
from ghapp.written import written_digests

#: Seconds between the times from which on the entries of a reading are due.
LATER = 0.001


@dataclass(frozen=True, slots=True)
class Cut:
    """How a range is cut.

    Attributes:
        repository: GitHub's id.
        timezone: Whose midnights begin a day.
        day: The last day that has a digest; nothing is put before it. "" when there is none.
        listed_to: Commits up to this one stand in the digest of `day` already, whatever their times.
        notes: What each digest has to say.
    """

    repository: int
    timezone: str
    day: str = ""
    listed_to: str | None = None
    notes: tuple[tuple[str, str], ...] = ()


def midnight_of(day: str, timezone: str) -> float:
    """When a day begins, seconds since the epoch."""
    return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(timezone)).timestamp()


def midnight_after(day: str, timezone: str) -> float:
    """When a day ends, seconds since the epoch."""
    return midnight_of((date.fromisoformat(day) + timedelta(days=1)).isoformat(), timezone)


def day_of(landed_at: float, timezone: str) -> str:
    """The day of a time, in ISO form."""
    return datetime.fromtimestamp(landed_at, ZoneInfo(timezone)).date().isoformat()


def digests_of(store: Store, cut: Cut, found: Range, times: Sequence[int]) -> Iterator[Digest]:
    """The digests that a range adds to or begins, oldest first; `times` are when its commits landed."""
    landed = list(zip(found.first_parents, times, strict=True))
    listed = next((i for i, (commit, _) in enumerate(landed) if commit.commit_sha == cut.listed_to), -1)
    # A zone that was changed in the configuration may not lead back to an earlier digest.
    days = [cut.day if i <= listed else max(cut.day, day_of(at, cut.timezone)) for i, (_, at) in enumerate(landed)]
    base = found.base_sha
    for day, group in groupby(zip(days, landed, strict=True), lambda pair: pair[0]):
        commits = [pair for _, pair in group]
        before = store.digest(cut.repository, day)
        there = {entry.commit_sha: entry for entry in before.entries} if before else {}
        head = commits[-1][0].commit_sha
        yield Digest(cut.repository, day, base, head, tuple(_entries(commits, there)), cut.notes)
        base = head


def _entries(commits: list[tuple[Landed, int]], there: dict[str, Entry]) -> Iterator[Entry]:
    position = len(there)
    for commit, landed_at in commits:
        if commit.commit_sha in there:
            yield replace(there[commit.commit_sha], left=False)
            continue
        yield Entry(commit.commit_sha, position, landed_at, commit.title, commit.author, pull_number(commit.title))
        position += 1


def earlier_digests(work: Work, repository: Repository, since: str, end: str | None) -> tuple[Digest, ...]:
    """Digests for the days from `since` on that are before the first digest; before `end` when there is none.

    Landing times of long ago are not known: committer dates are used. What has the date of the first digest's day
    goes to that digest, which then begins earlier; if Redis no longer knows it, to the day before.
    """
    first, begin = _first_digest(work, repository.id)
    end = begin if first else end
    if end is None or (first and since > first):
        return ()
    zone = read_config(work.github, work.store, work.settings, repository).timezone
    midnight = midnight_of(since, zone)
    latest = work.settings.calendar.at(work.store.now())
    if first:
        is_known = work.store.digest(repository.id, first) is not None
        latest = (midnight_after if is_known else midnight_of)(first, zone) - 1
    if latest < midnight:
        return ()
    found = ranges.first_parents_since(work.github, repository.id, end, midnight)
    times: list[int] = []
    for commit in found.first_parents:
        times.append(max(int(min(commit.committed_at, latest)), int(midnight), *times[-1:]))
    notes = (("root-cut", str(found.base_sha)[:7]),) if found.is_cut else ()
    return tuple(digests_of(work.store, Cut(repository.id, zone, notes=notes), found, times))


def _first_digest(work: Work, repository: int) -> tuple[str, str | None]:
    """Day and base of the first digest there is, on GitHub or in Redis alone; "" when there is none."""
    found = {written.day: written.base_sha for written in written_digests(work.github, repository)}
    for day in work.store.days(repository):
        digest = work.store.digest(repository, day)
        if digest is not None:
            found[day] = digest.base_sha
    first = min(found, default="")
    return first, found.get(first)


def due_after(
    work: Work, repository: Repository, new: Sequence[Digest], struck: Sequence[Digest] = ()
) -> list[tuple[str, float]]:
    """The keys that are due after digests got new entries or lost some, each with its delay in seconds."""
    number = repository.id
    zone = read_config(work.github, work.store, work.settings, repository).timezone
    days = sorted({digest.day for digest in (*new, *struck)} | links.days_of(work.store, (*new, *struck)))
    due = [(f"render:{number}:{day}", work.settings.render_delay) for day in days]
    for digest in new:
        ends = work.settings.calendar.wait(midnight_after(digest.day, zone), work.store.now())
        due.append((f"rollover:{number}:{digest.day}", ends))
    unread = [f"entry:{number}:{d.day}:{e.commit_sha}" for d in new for e in d.entries if e.assessment is None]
    # In the order of landing: each is judged with what came before it.
    return due + [(key, LATER * place) for place, key in enumerate(unread, -len(unread))]
