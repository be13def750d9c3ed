"""Calibration: what became of the changes of each level of risk, and which changes do not count."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from analysis.outcomes import SECONDS, Outcome, Outcomes, Share, shares
from analysis.rating import Assessment, Level
from analysis.traces import Trace

#: Why a change does not count: less than 14 days are known of what came after it; it is a revert; it sets a version;
#: fewer than 200 commits came before it, so that its rating is not one as they are now; not all of it could be read.
LeftOut = Literal["young", "revert", "release", "early", "incomplete"]
LEFT_OUT: tuple[LeftOut, ...] = ("young", "revert", "release", "early", "incomplete")


@dataclass(frozen=True, slots=True)
class Calibration:
    """What became of changes.

    Attributes:
        between: Committer dates of the first and the last change that counts, seconds since the epoch; None: none does.
        shares: How often those of each level were reverted or fixed.
        left_out: How many do not count, and why.
        outcomes: What became of those that were reverted or fixed, in the order of their landing.
    """

    between: tuple[int, int] | None
    shares: dict[Level, Share]
    left_out: dict[LeftOut, int]
    outcomes: tuple[tuple[Level, Outcome], ...]


class Calibrating:
    """Takes a branch's rated commits, oldest first."""

    def __init__(self, until: float | None = None) -> None:
        """Nothing is counted yet.

        Args:
            until: Changes that were committed then or later (seconds since the epoch) only tell what became of others;
                None: there are none.
        """
        self._until = until
        self._outcomes = Outcomes()
        self._rated: list[tuple[str, int, Level, LeftOut | None]] = []

    def add(self, trace: Trace, assessment: Assessment | None, *, is_whole: bool) -> None:
        """The next commit of the branch; without an assessment it only tells what became of others."""
        self._outcomes.add(trace)
        if assessment is None or (self._until is not None and trace.committed_at >= self._until):
            return
        reason = _reason(trace, assessment, is_whole=is_whole)
        self._rated.append((trace.commit_sha, trace.committed_at, assessment.risk.level, reason))

    def result(self, read_to: int) -> Calibration:
        """What became of them.

        Args:
            read_to: Committer date up to which the branch was read, seconds since the epoch: so far it is known.
        """
        levels: dict[str, Level] = {}
        left_out, times, found = Counter[LeftOut](), list[int](), self._outcomes.found
        for name, at, level, reason in self._rated:
            why = "young" if at > read_to - SECONDS else reason
            if why is None:
                levels[name] = level
                times.append(at)
            else:
                left_out[why] += 1
        return Calibration(
            between=(min(times), max(times)) if times else None,
            shares=shares(levels, found),
            left_out={reason: left_out[reason] for reason in LEFT_OUT},
            outcomes=tuple((level, found[name]) for name, level in levels.items() if name in found),
        )


def _reason(trace: Trace, assessment: Assessment, *, is_whole: bool) -> LeftOut | None:
    if "revert" in assessment.types:
        return "revert"
    if trace.is_release:
        return "release"
    if assessment.history != "used":
        return "early"
    return None if is_whole else "incomplete"
