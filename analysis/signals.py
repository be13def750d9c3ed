"""Signals: the registry of what is asked of every change.

A new signal is a function `(Facts) -> Iterable[Signal]` here, a row in `points.POINTS` and a sentence per language.
"""

from collections.abc import Callable, Iterable

from analysis.code_signals import handling_signals, topic_signals, wide_fix_signals
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
    handling_signals,
    wide_fix_signals,
    coverage_signals,
    dependency_signals,
)


def signals_of(facts: Facts) -> tuple[Signal, ...]:
    """Every signal of a change, each code once."""
    first: dict[str, Signal] = {}
    for source in SOURCES:
        for signal in source(facts):
            first.setdefault(signal.code, signal)
    return tuple(first.values())
