"""Signals: the registry of what is asked of every change.

A new signal is a function `(Facts) -> Iterable[Signal]` here, a row in `points.POINTS` and a sentence per language.
"""

from collections.abc import Callable, Iterable

from analysis.code_signals import handling_signals, sensitive_file_signals, topic_signals, wide_fix_signals
from analysis.coverage_signals import coverage_signals
from analysis.dependency_signals import dependency_signals
from analysis.facts import Facts, Signal
from analysis.interface_signals import interface_signals, name_signals
from analysis.shape_signals import backstage_signals, publishing_signals, role_signals, size_signals
from analysis.title_signals import title_signals
from analysis.value_signals import value_signals

#: Every source of signals; their order does not matter.
SOURCES: tuple[Callable[[Facts], Iterable[Signal]], ...] = (
    title_signals,
    role_signals,
    backstage_signals,
    publishing_signals,
    size_signals,
    interface_signals,
    name_signals,
    value_signals,
    topic_signals,
    sensitive_file_signals,
    handling_signals,
    wide_fix_signals,
    coverage_signals,
    dependency_signals,
)

#: What only the title says -> what in the diff shows that it is not so. A title lowers no rating against its diff.
DISPROVED_BY: dict[str, frozenset[str]] = {
    "says-cosmetic": frozenset({"edits-logic", "size-medium", "size-large", "size-huge"}),
    "says-refactor": frozenset({"removes-flag", "removes-endpoint", "changes-default", "size-large", "size-huge"}),
}


def signals_of(facts: Facts) -> tuple[Signal, ...]:
    """Every signal of a change, each code once, without the claims that others disprove."""
    first: dict[str, Signal] = {}
    for source in SOURCES:
        for signal in source(facts):
            first.setdefault(signal.code, signal)
    return tuple(signal for code, signal in first.items() if not DISPROVED_BY.get(code, frozenset()) & first.keys())
