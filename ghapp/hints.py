"""What deliveries said of a default branch: which pushes, whether GitHub shows them yet, when a commit landed.

Hints only. What landed is read from GitHub.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ghapp.digest import Branch
from ghapp.jobqueue import PostponedError
from ghapp.ranges import Landed
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
        branch: Of which the delivery spoke.
    """

    at: float
    after: str
    before: str | None
    is_whole: bool
    branch: str = ""


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
            branch=hint.get("branch", ""),
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


def landing_times(commits: tuple[Landed, ...], pushes: list[Push], after: int, now: float) -> list[int]:
    """When each commit landed, in seconds since the epoch: never before its parent, never in the future.

    A commit that a known push brought gets that push's time; another one its committer date.

    Args:
        commits: Along first parents, oldest first.
        pushes: What is known of pushes; of those that brought a commit the first one counts.
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
