"""A day's digest, or one commit's card, from a local clone: git alone, no GitHub."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from analysis.change import Change
from analysis.history import History
from analysis.rating import Assessment
from ghapp.clone import Clone, Commit
from ghapp.clone_history import Histories
from ghapp.digest import Digest, Entry
from ghapp.model_note import ModelNote
from ghapp.reads import Repository

#: Assesses a change with the history before it, and says what a model had to do with it.
Judge = Callable[[Change, History], tuple[Assessment, ModelNote]]
#: Given changes as they are read and how many there are; passes them on.
Progress = Callable[[Iterable[Change], int], Iterable[Change]]

GITHUB = re.compile(r"(?:https?://|ssh://git@|git@)(?:[^@/]*@)?github\.com[:/](?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")


def github_name(clone: Clone) -> str | None:
    """`owner/name` when the clone's origin is on github.com, else None."""
    found = GITHUB.match(clone.origin() or "")
    return found["name"] if found else None


def repository_of(clone: Clone) -> Repository:
    """The clone's repository: named by its origin when that is on github.com, else by its folder, without links."""
    known = github_name(clone)
    if known:
        return Repository(0, known, f"https://github.com/{known}", clone.default_branch(), writable=True)
    folder = clone.path.resolve()
    name = folder.parent.name if folder.name == ".git" else folder.name.removesuffix(".git")
    return Repository(0, name, "", clone.default_branch(), writable=True)


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The day's two midnights; 23 or 25 hours apart when the clocks change."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def day_digest(clone: Clone, day: date, zone: ZoneInfo, judge: Judge, progress: Progress) -> Digest:
    """The digest of the first-parent commits of the default branch whose committer date is on that day.

    Args:
        clone: Where to read.
        day: The day, in `zone`.
        zone: Whose midnights bound it.
        judge: Assesses each change.
        progress: Shows how far it is: a change is judged before the next one is taken.
    """
    branch = clone.default_branch()
    base_sha, names = clone.landed_between(branch, *day_bounds(day, zone))
    changes = progress(clone.changes(names), len(names))
    histories = Histories(clone)
    pairs = zip(clone.commits(names), changes, strict=True)
    entries = tuple(
        entry_of(position, commit, change, judge(change, histories.before(commit)))
        for position, (commit, change) in enumerate(pairs)
    )
    head_sha = names[-1] if names else clone.resolve(branch)
    return Digest(0, day.isoformat(), base_sha, head_sha, entries, count=len(names))


def entry_of(position: int, commit: Commit, change: Change, judged: tuple[Assessment, ModelNote]) -> Entry:
    """One commit as an entry of a digest; it landed at its committer date, as far as a clone can tell."""
    assessment, note = judged
    return Entry(
        commit_sha=commit.commit_sha,
        position=position,
        landed_at=int(commit.committed_at.timestamp()),
        title=commit.title,
        author=commit.author,
        pull=commit.pull,
        files=len(change.files),
        added=change.added,
        deleted=change.deleted,
        assessment=assessment,
        note=note,
    )


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, or a range `base..head` taken as one change.

    Attributes:
        commit: The commit, or the range's head.
        base_sha: What it is compared with; None: the empty tree.
        change: What it does.
        history: What landed before it.
    """

    commit: Commit
    base_sha: str | None
    change: Change
    history: History


def read_revision(clone: Clone, revision: str) -> Revision:
    """What is assessed when people name a revision."""
    base, dots, head = revision.rpartition("..")
    histories = Histories(clone)
    if not dots:
        commit, change = clone.commit(revision), clone.change(revision)
        return Revision(commit, commit.parents[0] if commit.parents else None, change, histories.before(commit))
    commit, start = clone.commit(head or "HEAD"), base.removesuffix(".") or "HEAD"
    change = clone.change(commit.commit_sha, start)
    base_sha = clone.merge_base(start, commit.commit_sha) or clone.resolve(start)
    return Revision(commit, base_sha, change, histories.up_to(base_sha))


def commit_entry(clone: Clone, revision: str, judge: Judge) -> tuple[Entry, Change]:
    """A revision as an entry, with what it does."""
    one = read_revision(clone, revision)
    return entry_of(0, one.commit, one.change, judge(one.change, one.history)), one.change


def write_file(text: str, path: Path) -> None:
    """Write `text` to `path` as a whole: what was there stays until the new text is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
