"""Outcomes: which landed changes were reverted or quickly fixed, and how often for each level of risk.

Within 14 days of its landing (committer dates of the branch's commits),

* a change was *reverted* when a later commit's title or message says that it reverts it: by object name, pull request
  or title;
* it was *fixed* when a later commit's message says that it mends what this one broke, by object name or pull request;
  or when a later commit with the title of a bug fix (of the product: not of docs, tests, CI, style, warnings or typos),
  with at most 15 product files and 300 removed lines in them, removes or rewrites a line that this one added to a
  product file: a line that says something, no import, comment or bracket. Each rewritten line counts for the newest
  that wrote it.

What was reverted counts as reverted alone. A relanded change counts, whatever became of it before.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from analysis.landed import Landed
from analysis.rating import Level
from analysis.traces import Trace

#: So many days a change has to come true.
DAYS = 14
SECONDS = DAYS * 86_400

#: Less than this is too little to say anything: changes counted, and of these reverted or fixed.
LEAST_CHANGES, LEAST_EVENTS = 30, 3

#: 1.96 standard deviations: an interval of 95 %.
_Z = 1.959964

Kind = Literal["reverted", "fixed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change.

    Attributes:
        commit_sha: The change.
        kind: What happened to it first and foremost: reverted, else fixed.
        by: Object name of the commit that did it.
        seconds: Since the change landed; not negative.
    """

    commit_sha: str
    kind: Kind
    by: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Share:
    """How often changes of one level were reverted or fixed.

    Attributes:
        n: Changes of that level.
        reverted: Of these, those that were reverted.
        fixed: Of these, those that were fixed, and not reverted.
    """

    n: int = 0
    reverted: int = 0
    fixed: int = 0

    @property
    def bad(self) -> int:
        """Reverted or fixed."""
        return self.reverted + self.fixed

    @property
    def interval(self) -> tuple[float, float]:
        """See `wilson`."""
        return wilson(self.bad, self.n)


@dataclass(slots=True)
class Outcomes:
    """What became of landed changes, added oldest first; memory is that of two weeks' lines."""

    found: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    _landed: Landed = field(default_factory=Landed)
    _at: dict[str, int] = field(default_factory=dict[str, int])
    _recent: deque[Trace] = field(default_factory=deque[Trace])
    _wrote: dict[int, str] = field(default_factory=dict[int, str])

    def add(self, trace: Trace) -> None:
        """The next commit of the branch landed."""
        while self._recent and trace.committed_at - self._recent[0].committed_at > SECONDS:
            self._forget(self._recent.popleft())
        for one in trace.said:
            if one.kind in ("reverts", "fixes"):
                target = self._landed.find(one)
                self._mark(target, "reverted" if one.kind == "reverts" else "fixed", trace)
        if trace.is_fix:
            for line in trace.removed:
                self._mark(self._wrote.get(line), "fixed", trace)
        self._recent.append(trace)
        self._landed.add(trace.commit_sha, trace.pull, trace.title)
        self._at[trace.commit_sha] = trace.committed_at
        self._wrote.update(dict.fromkeys(trace.written, trace.commit_sha))

    def _mark(self, target: str | None, kind: Kind, trace: Trace) -> None:
        if target is None or target == trace.commit_sha:
            return
        seconds = max(0, trace.committed_at - self._at[target])
        known = self.found.get(target)
        if seconds <= SECONDS and (known is None or (known.kind == "fixed" and kind == "reverted")):
            self.found[target] = Outcome(target, kind, trace.commit_sha, seconds)

    def _forget(self, gone: Trace) -> None:
        for line in gone.written:
            if self._wrote.get(line) == gone.commit_sha:
                del self._wrote[line]


def shares(levels: Mapping[str, Level], found: Mapping[str, Outcome]) -> dict[Level, Share]:
    """How often changes of each level were reverted or fixed.

    Args:
        levels: The rating of each change that counts, by its object name.
        found: What became of changes.
    """
    return {level: _share([found.get(one) for one in levels if levels[one] == level]) for level in LEVELS}


#: The riskiest first.
LEVELS: tuple[Level, ...] = ("high", "medium", "low")


def _share(outcomes: list[Outcome | None]) -> Share:
    kinds = [one.kind for one in outcomes if one]
    return Share(len(outcomes), kinds.count("reverted"), kinds.count("fixed"))


def is_enough(counted: Iterable[Share]) -> bool:
    """Whether there is enough to say how often ratings come true."""
    changes, events = missing(counted)
    return not changes and not events


def missing(counted: Iterable[Share]) -> tuple[int, int]:
    """How many more changes, and how many more of them reverted or fixed, it takes to say anything."""
    every = list(counted)
    changes, events = sum(one.n for one in every), sum(one.bad for one in every)
    return max(0, LEAST_CHANGES - changes), max(0, LEAST_EVENTS - events)


def wilson(bad: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, both ends in [0, 1]; of none at all (0, 1).

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927); without
    continuity correction, as in R. G. Newcombe, Statistics in Medicine 17 (1998).
    """
    if n == 0:
        return 0.0, 1.0
    share, square = bad / n, _Z**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)
