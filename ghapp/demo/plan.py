"""Which commits of a history land how: squashed, merged, rebased, pushed. Pure: the same history, the same plan."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ghapp.clone import Commit

How = Literal["squash", "merge", "rebase", "push"]

MOST_MERGES = 3
MOST_SQUASHES = 3
#: A rebase lands so many commits at once; a short history has no room for three.
REBASED = 3
SHORT = 15
_SUFFIX = re.compile(r"\s*\(#\d+\)$")


@dataclass(frozen=True, slots=True)
class PlannedPull:
    """A pull request to open.

    Attributes:
        base_sha: Where its branch began.
        first_sha: Its head when it is opened; another than `head_sha` when more is pushed to it later.
        number: The number that its title names on GitHub, or None.
    """

    title: str
    author: str
    base_sha: str
    head_sha: str
    first_sha: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Landing:
    """One movement of the default branch.

    Attributes:
        after: The branch's new head.
        count: How many first-parent commits it brings.
        pull: The pull request that it merges; None for a push.
        times: How often its deliveries are sent.
    """

    how: How
    after: str
    count: int
    title: str
    pull: PlannedPull | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens.

    Attributes:
        base_sha: The branch's head before the first landing.
        landings: In order.
        open_pull: A pull request that is never merged.
    """

    base_sha: str
    landings: tuple[Landing, ...]
    open_pull: PlannedPull

    @property
    def head_sha(self) -> str:
        """The branch's head after the last landing."""
        return self.landings[-1].after

    @property
    def pulls(self) -> list[PlannedPull]:
        """Every pull request, in the order of their landings, the open one last."""
        return [*(landing.pull for landing in self.landings if landing.pull), self.open_pull]


def plan(commits: Sequence[Commit]) -> Plan:
    """Plan a history.

    The first commit is where the branch begins, the last one stays an open pull request, the others land.

    Args:
        commits: Consecutive first-parent commits, oldest first, at least fifteen.
    """
    landing = commits[1:-1]
    run = _rebased(landing)
    hows = _hows(landing, run)
    landings = list(_landings(commits, hows, run))
    return Plan(commits[0].commit_sha, tuple(_with_faults(landings)), _pull(commits[-1]))


def _rebased(commits: Sequence[Commit]) -> range:
    """The places of the commits that land by rebase: in a row, no merges, better without a number of their own."""
    length = REBASED if len(commits) >= SHORT else REBASED - 1
    runs = [range(start, start + length) for start in range(1, len(commits) - length)]
    plain = [run for run in runs if all(len(commits[place].parents) == 1 for place in run)]
    nameless = [run for run in plain if not any(commits[place].pull for place in run)]
    middle = len(commits) // 2
    return min(nameless or plain or [range(0)], key=lambda run: abs(run.start - middle) if run else 0)


def _hows(commits: Sequence[Commit], run: range) -> list[How]:
    """How each commit lands; most commits are pushed, so that pushes are never missing."""
    hows: list[How] = ["rebase" if place in run else "push" for place in range(len(commits))]
    merges = [place for place, commit in enumerate(commits) if len(commit.parents) > 1]
    single = [place for place, how in enumerate(hows) if how == "push" and place not in merges]
    single.sort(key=lambda place: (not commits[place].pull, place % 3, place))
    for place in merges[:MOST_MERGES]:
        hows[place] = "merge"
    for place in single[:MOST_SQUASHES]:
        hows[place] = "squash"
    return hows


def _landings(commits: Sequence[Commit], hows: Sequence[How], run: range) -> Iterator[Landing]:
    for place, how in enumerate(hows):
        commit = commits[place + 1]
        if how == "push":
            yield Landing(how, commit.commit_sha, 1, commit.title)
        elif how != "rebase":
            yield Landing(how, commit.commit_sha, 1, commit.title, _pull(commit))
        elif place == run[-1]:
            first = commits[run[0] + 1]
            pull = replace(_pull(first), head_sha=commit.commit_sha)
            yield Landing(how, commit.commit_sha, len(run), first.title, pull)


def _pull(commit: Commit) -> PlannedPull:
    """The pull request that a commit was; a merge's head is its second parent, and its title the message's body."""
    base_sha, *others = commit.parents
    head_sha = others[0] if others else commit.commit_sha
    title = commit.body.partition("\n")[0].strip() if others else ""
    title = title or _SUFFIX.sub("", commit.title)
    return PlannedPull(title, commit.author, base_sha, head_sha, head_sha, commit.pull)


def _with_faults(landings: Sequence[Landing]) -> Iterator[Landing]:
    """One push's delivery is sent twice and another's not at all, neither the first landing nor the last."""
    pushed = [place for place, one in enumerate(landings) if one.how == "push" and 0 < place < len(landings) - 1]
    doubled, dropped = pushed[0], pushed[len(pushed) // 2 or -1]
    for place, landing in enumerate(landings):
        yield replace(landing, times=2 if place == doubled else 0 if place == dropped else 1)
