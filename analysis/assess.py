"""The one door: a change, and the history before it, go in; its assessment from signals comes out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.change import Change
from analysis.facts import Facts, Signal, facts_of
from analysis.history import History
from analysis.history_facts import Asked, HistoryFacts, asked, history_facts
from analysis.history_signals import history_signals
from analysis.paths import UNWRITTEN_ROLES, Role, path_area
from analysis.points import POINTS, WITH_HISTORY, Points
from analysis.rating import (
    IMPORTANCE_BANDS,
    TYPES,
    Assessment,
    HistoryUse,
    Rating,
    Reason,
    rating,
    risk_bands,
)
from analysis.signals import signals_of

#: Reasons for which a reader of a digest should look at a change first, most pressing first.
ACT_FIRST = (
    "says-security",
    "disables-verification",
    "says-breaking",
    "fixes-data",
    "reverts",
    "relands",
    "removes-flag",
    "removes-endpoint",
    "removes-api-names",
    "removes-variable",
    "says-default",
    "fixes-results",
    "fixes-crash",
    "fixes-concurrency",
    "changes-default",
    "bumps-major",
    "bumps-dependency",
)

#: What a change is when all its files have this role.
_ROLE_TYPES = {
    Role.TEST: "test",
    Role.DOCS: "docs",
    Role.CI: "ci",
    Role.BUILD: "build",
    Role.MANIFEST: "build",
    Role.LOCK: "dependencies",
}
#: Types that decide alone: what the title claims besides does not reach people who use the product.
_BACKSTAGE = frozenset({"test", "docs", "ci"})

#: Type -> codes any of which makes a change one of that type.
_SIGNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("revert", frozenset({"reverts"})),
    ("security", frozenset({"says-security", "disables-verification"})),
    ("breaking change", frozenset({"says-breaking", "removes-flag", "removes-endpoint", "removes-api-names"})),
    ("bug fix", frozenset({"fixes-bug"})),
    ("dependencies", frozenset({"bumps-major", "bumps-dependency", "updates-dependencies"})),
)
_NEW = frozenset({"adds-flag", "adds-variable", "adds-endpoint", "edits-logic"})

_MAX_TYPES = 3
_MAX_SCOPE = 5


@dataclass(frozen=True, slots=True)
class Examined:
    """What a change says by itself: all of it that is needed to assess it once its history is known.

    Attributes:
        types: As in `Assessment`.
        scope: As in `Assessment`.
        signals: What was seen in the change.
        asked: What its history is asked.
    """

    types: tuple[str, ...]
    scope: tuple[str, ...]
    signals: tuple[Signal, ...]
    asked: Asked


@dataclass(frozen=True, slots=True)
class Weighed:
    """What one signal is: a reason for importance, one for risk, and points of the second score."""

    importance: Reason
    risk: Reason
    follow_up: int


def assess(change: Change, history: History | None = None, at: int | None = None) -> Assessment:
    """Assess a change from its signals alone: no model, no I/O, the same answer every time.

    Args:
        change: The change; all its text is treated as data.
        history: The commits that landed before it; None: they are not known.
        at: When, in seconds since the epoch; None: when it was committed, as far as that is known.

    Returns:
        Two ratings with the reasons that led to them, the types of change and the areas touched.
    """
    return assessed(examined(change, at), history)


def examined(change: Change, at: int | None = None) -> Examined:
    """The part of `assess` that needs no history, and nearly all of the time."""
    facts = facts_of(change)
    signals = signals_of(facts)
    when = change.committed_at if at is None else at
    about = asked(facts.title.text, change.author, change.files, bot=change.bot, at=when)
    return Examined(_types(facts, signals), _scope(facts), signals, about)


def assessed(one: Examined, history: History | None) -> Assessment:
    """The rest of `assess`."""
    known = None if history is None else history_facts(history, one.asked)
    reasons = weighed(one, known)
    importance = rating((one.importance for one in reasons), IMPORTANCE_BANDS)
    use: HistoryUse = "none" if history is None else "short" if known is None else "used"
    risk = rating((one.risk for one in reasons), risk_bands(use))
    return Assessment(
        one.types,
        importance,
        risk,
        one.scope,
        _act_first(importance, risk),
        history=use,
        follow_up=sum(one.follow_up for one in reasons),
    )


def weighed(one: Examined, known: HistoryFacts | None) -> list[Weighed]:
    """Every signal of a change with its points, also those that count for nothing.

    Args:
        one: The change.
        known: What its history says of it; None: nothing.
    """
    signals = one.signals if known is None else (*one.signals, *history_signals(known, one.asked))
    table = POINTS if known is None else POINTS | WITH_HISTORY
    return [_weigh(signal, table[signal.code]) for signal in signals]


def _weigh(signal: Signal, points: Points) -> Weighed:
    return Weighed(_reason(signal, points.importance), _reason(signal, points.risk), points.follow_up)


def _reason(signal: Signal, points: int) -> Reason:
    return Reason(signal.code, points, signal.values, signal.evidence)


def _act_first(*ratings: Rating) -> str | None:
    codes = {reason.code for one in ratings for reason in one.reasons if reason.points > 0}
    return next((code for code in ACT_FIRST if code in codes), None)


def _scope(facts: Facts) -> tuple[str, ...]:
    """Areas by changed lines; product files decide, and only without any the others."""
    files = facts.product or tuple(entry for entry in facts.files if entry.role not in UNWRITTEN_ROLES)
    weight: Counter[str] = Counter()
    for entry in files or facts.files:
        weight[path_area(entry.file.path)] += entry.file.added + entry.file.deleted + 1
    return tuple(area for area, _ in sorted(weight.items(), key=lambda item: (-item[1], item[0]))[:_MAX_SCOPE])


def _types(facts: Facts, signals: Iterable[Signal]) -> tuple[str, ...]:
    """Types by what was found; files that all have one backstage role decide alone, whatever the title claims."""
    roles = {_ROLE_TYPES.get(entry.role) for entry in facts.files}
    only = roles.pop() if len(roles) == 1 else None
    if only in _BACKSTAGE:
        return (only,)
    codes = {signal.code for signal in signals}
    found = {kind for kind, signs in _SIGNS if codes & signs}
    found |= {kind for kind in (facts.title.kind, only) if kind and kind != "chore"}
    if "relands" in codes:
        found.discard("revert")
    return tuple(kind for kind in TYPES if kind in found)[:_MAX_TYPES] or (_untitled(facts, codes),)


def _untitled(facts: Facts, codes: set[str]) -> str:
    """The type of a change whose title names none, by what its lines do."""
    if not facts.product:
        return "chore"
    return "feature" if codes & _NEW else "refactor" if "removes-names" in codes else "chore"
