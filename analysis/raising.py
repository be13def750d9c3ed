"""Raising: what a model may do to an assessment. It can lift a rating by one step with a reason, and lower none."""

import re
from dataclasses import replace

from analysis.prose import Finding, Proposal, Prose
from analysis.rating import (
    IMPORTANCE_BANDS,
    MAX_EVIDENCE,
    QUOTE_LIMIT,
    TYPES,
    Assessment,
    Evidence,
    Level,
    Rating,
    Reason,
    risk_bands,
)

#: Codes of the reasons that a raised rating gets. Texts: `reasons.<code>` in templates/text/; `why` is untrusted.
RAISES_IMPORTANCE = "model-raises-importance"
RAISES_RISK = "model-raises-risk"
MODEL_CODES = (RAISES_IMPORTANCE, RAISES_RISK)

#: A name that the change contains: the checks leave no other one its backticks.
_NAMED = re.compile("`[^`\n]+`")
_STEPS: tuple[Level, ...] = ("low", "medium", "high")
_WHY_LIMIT = 160
#: Types that signals saw and that no answer may take away.
_FLOOR_TYPES = ("revert", "security", "breaking change")
_MAX_TYPES = 3


def judged(assessment: Assessment, prose: Prose) -> Assessment:
    """The assessment with a checked answer to the same content: its prose, its types, and the ratings that it lifts.

    Args:
        assessment: From signals alone, of the change as it is now: the answer may be from before its title changed.
        prose: The checked answer.
    """
    return replace(raised(assessment, prose), types=_types(prose.types, assessment.types), prose=prose)


def _types(answered: tuple[str, ...], seen: tuple[str, ...]) -> tuple[str, ...]:
    """The answer's types and those that signals insist on, most telling first; without an answer's, the signals'."""
    wanted = {kind for kind in seen if kind in _FLOOR_TYPES}
    for kind in answered:
        if len(wanted) < _MAX_TYPES:
            wanted.add(kind)
    return tuple(kind for kind in TYPES if kind in wanted) if answered else seen


def is_raised(rating: Rating) -> bool:
    """Whether a model lifted the rating."""
    return any(reason.code in MODEL_CODES for reason in rating.reasons)


def raised(assessment: Assessment, prose: Prose) -> Assessment:
    """The assessment with the ratings that a checked answer lifts.

    A rating goes up by one step at the most, whatever is proposed, and gets one reason with the points to that step's
    bound. Nothing goes up without evidence: a kept finding of high or medium severity, which is shown with the reason;
    for importance, a reason that names something of the change in backticks will do.

    Args:
        assessment: From signals alone: raising a second time is not meant.
        prose: The checked answer to the same change.

    Returns:
        The assessment, otherwise as it is; an equal value when nothing is raised.
    """
    severe = [finding for finding in prose.findings if finding.severity != "low"]
    is_named = prose.importance is not None and bool(_NAMED.search(prose.importance.reason[:_WHY_LIMIT]))
    why_important = _reason(RAISES_IMPORTANCE, prose.importance, severe) if severe or is_named else None
    why_risky = _reason(RAISES_RISK, prose.risk, severe) if severe else None
    importance = _raised(assessment.importance, IMPORTANCE_BANDS, why_important, prose.importance)
    risk = _raised(assessment.risk, risk_bands(assessment.history), why_risky, prose.risk)
    return replace(assessment, importance=importance, risk=risk)


def _raised(signals: Rating, bands: tuple[int, int], reason: Reason | None, proposed: Proposal | None) -> Rating:
    """A rating one step higher, when a higher level is proposed; else as it is."""
    if reason is None or proposed is None or _STEPS.index(proposed.level) <= _STEPS.index(signals.level):
        return signals
    level = _STEPS[_STEPS.index(signals.level) + 1]
    bound = bands[0] if level == "high" else bands[1]
    reasons = (*signals.reasons, replace(reason, points=bound - signals.points))
    return Rating(level, bound, tuple(sorted(reasons, key=lambda one: (-abs(one.points), one.code))))


def _reason(code: str, proposed: Proposal | None, findings: list[Finding]) -> Reason | None:
    """The reason without its points; None when nothing is proposed or no reason is given."""
    if proposed is None or not proposed.reason.strip():
        return None
    places = (Evidence(one.path, one.line_start, one.text[:QUOTE_LIMIT]) for one in findings[:MAX_EVIDENCE])
    return Reason(code, 0, {"why": proposed.reason[:_WHY_LIMIT]}, tuple(places))
