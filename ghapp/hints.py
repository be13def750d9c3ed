"""What deliveries said of a default branch: which pushes, whether GitHub shows them yet, where a first digest begins.

Hints only. What landed is read from GitHub; a hint adds when it was pushed, and where to begin when nothing is known.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ghapp import reads
from ghapp.digest import Branch
from ghapp.jobqueue import PostponedError
from ghapp.reads import Landed
from ghapp.work import Work

ZEROS = re.compile(r"0+")
#: GitHub may still show the head from before the push that it told us of: look again after so many seconds.
LAGS = (2.0, 5.0, 15.0)


@dataclass(frozen=True, slots=True)
class Push:
    """What one delivery said.

    Attributes:
        at: When it was received, seconds since the epoch.
        after: The head from then on.
        before: The head until then; None when there was none, or when it is not known.
        is_whole: A push, which names the commit before it; else a merge, which does not.
    """

    at: float
    after: str
    before: str | None
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reading of the branch found.

    Attributes:
        new: Whether anything is new along first parents.
        reached: Every new commit, on whatever side of a merge.
        has_entry: Whether a commit stands in the digest already.
    """

    new: bool
    reached: frozenset[str]
    has_entry: Callable[[str], bool]


def pushes_from(hints: list[tuple[float, dict[str, str]]]) -> list[Push]:
    """The pushes and merges among a lease's hints, in the order they were received."""
    return [
        Push(
            at,
            hint["after"],
            None if ZEROS.fullmatch(hint.get("before", "0")) else hint["before"],
            is_whole="before" in hint,
        )
        for at, hint in hints
        if "after" in hint
    ]


def wait_until_shown(work: Work, known: Branch, head: str, pushes: list[Push], seen: Seen) -> None:
    """Make sure that GitHub shows what deliveries said; else look again in some seconds.

    A head that never shows up (a force push took it away) is waited for three times only.

    Args:
        work: The job's parts.
        known: How far the branch was read.
        head: What GitHub shows as the branch's head.
        pushes: What deliveries said.
        seen: What is new, and whether a commit has an entry.

    Raises:
        PostponedError: Not yet.
    """
    # A head that goes back, and that no delivery named, is an older answer and no force push.
    back = known.cursor not in (None, head) and not seen.new and head not in {push.after for push in pushes}
    missing = [push for push in pushes if not (push.after == head or push.after in seen.reached)]
    if not back:
        missing = [push for push in missing if push.after != known.cursor and not seen.has_entry(push.after)]
    if missing:
        wait(work, missing, "GitHub still shows an older head")


def wait(work: Work, pushes: list[Push], reason: str) -> None:
    """Put the key back for some seconds, unless these pushes were waited for long enough.

    Raises:
        PostponedError: It is not yet time to give up.
    """
    age = work.store.now() - max(push.at for push in pushes)
    for seconds in LAGS:
        if age < seconds:
            raise PostponedError(seconds, reason)


def first_base(work: Work, repository: int, pushes: list[Push], head: str) -> str | None:
    """The commit that a first digest begins after: the oldest that we heard of; the head when we heard of none.

    Returns:
        None when the branch began with what we heard of.

    Raises:
        PostponedError: Only a merge was heard of; its push, which names the commit before, is on its way.
    """
    if not pushes:
        return head
    pushed = [push for push in pushes if push.is_whole]
    if not pushed and work.store.now() - pushes[0].at < LAGS[1]:
        raise PostponedError(LAGS[0], "the push of a first merge is waited for")
    afters = {push.after for push in pushed}
    merged = [push.after for push in pushes if not push.is_whole and push.after not in afters]
    # A push and its undoing (A→B, B→A) leave no first one: then the first that was received.
    begins = [push.before for push in pushed if push.before not in afters] or [push.before for push in pushed[:1]]
    begins += [reads.first_parent(work.github, repository, commit_sha) for commit_sha in merged]
    return _oldest(work, repository, list(dict.fromkeys(begins)))


def _oldest(work: Work, repository: int, names: list[str | None]) -> str | None:
    """Of several commits the one that the others come after; None (before the root commit) is older than any."""
    oldest, *others = names
    for name in others:
        if oldest is None or name is None:
            return None
        if reads.merge_base(work.github, repository, oldest, name) == name:
            oldest = name
    return oldest


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
        for index in range(max(first, 0), last + 1):
            told.setdefault(index, push.at)
    times: list[int] = []
    for index, commit in enumerate(commits):
        after = max(after, int(min(told.get(index, commit.committed_at), now)))
        times.append(after)
    return times
