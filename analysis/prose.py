"""Prose: what a model wrote about a change, after it was checked; plain text, never Markdown."""

from dataclasses import dataclass
from typing import Literal

#: How severe a finding is, and what a model proposes for a rating.
Grade = Literal["high", "medium", "low"]

#: How much is asked for and shown; it follows the importance that signals give.
Depth = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Insight:
    """What the change means for five qualities; an empty text: nothing worth saying."""

    architecture: str = ""
    performance: str = ""
    security: str = ""
    maintainability: str = ""
    compatibility: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may go wrong, at a place that is in the diff.

    Attributes:
        text: What may go wrong.
        severity: How bad it would be.
        path: A file of the change, by its path after the change.
        line_start: First line; after the change, or before it where only removed lines are meant.
        line_end: Last line, at least `line_start`.
        falsifier: What would show the finding to be wrong; may be empty.
    """

    text: str
    severity: Grade
    path: str
    line_start: int
    line_end: int
    falsifier: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A level that the model proposes for a rating, with its reason; `rating` never follows it downwards."""

    level: Grade
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What the checks kept and took away.

    Attributes:
        findings_kept: Findings whose place is in the diff.
        findings_dropped: Findings whose place is not, or of which nothing was left.
        identifiers_flagged: Names in backticks that occur nowhere in the change; they lost their backticks.
        figures_removed: Sentences with figures that the change does not state.
        advice_dropped: Recommendations that fit every change and that no signal supports, or that repeat others.
    """

    findings_kept: int = 0
    findings_dropped: int = 0
    identifiers_flagged: int = 0
    figures_removed: int = 0
    advice_dropped: int = 0


@dataclass(frozen=True, slots=True)
class Prose:
    """The checked answer of a model. All texts are untrusted and plain: whoever renders them neutralises them.

    The one sign with a meaning in them is a pair of backticks around a name that occurs in the change.

    Attributes:
        depth: How much was asked for.
        types: One to three of `rating.TYPES`; an assessment adds those that its signals insist on.
        summary: What the change does, a few sentences; one when `depth` is low. Empty when the checks left none.
        scope: Parts of the product that it touches.
        insight: Only at high depth; else all empty.
        findings: Most severe first.
        advice: What to do about it.
        importance: The level that the model proposes; None: no other one than the signals'.
        risk: The same for risk.
        counts: What the checks did.
    """

    depth: Depth
    types: tuple[str, ...]
    summary: str
    scope: tuple[str, ...] = ()
    insight: Insight = Insight()
    findings: tuple[Finding, ...] = ()
    advice: tuple[str, ...] = ()
    importance: Proposal | None = None
    risk: Proposal | None = None
    counts: Counts = Counts()
