"""Signals from interfaces: what people outside the code can call, set or read, and that came or went."""

import re
from collections.abc import Callable, Iterable, Iterator

from analysis.facts import Facts, FileFacts, Signal, quote, seen_at
from analysis.interface import endpoints, flags, public_names, variables
from analysis.patch import Line
from analysis.paths import Role

#: Public names that must go before it is a reason: one or two are renamed in every refactoring.
MANY_NAMES = 5

Reader = Callable[[Iterable[Line]], Iterator[tuple[str, Line]]]

#: What is read from product code -> code when one is gone, code when one is new.
_KINDS: tuple[tuple[Reader, str, str], ...] = (
    (flags, "removes-flag", "adds-flag"),
    (variables, "removes-variable", "adds-variable"),
    (endpoints, "removes-endpoint", "adds-endpoint"),
)
_KEY = re.compile(r"""^\s*(?:-\s+)?["']?([A-Za-z_][\w.-]{0,60})["']?\s*[:=](?:\s|$)""")


def interface_signals(facts: Facts) -> Iterator[Signal]:
    """Flags, environment variables, endpoints and configuration keys that came or went."""
    for reader, gone, new in _KINDS:
        yield from _compare(facts.product, reader, gone, new)
    yield from _compare(facts.of(Role.CONFIG), _keys, "removes-key", "adds-key")


def name_signals(facts: Facts) -> Iterator[Signal]:
    """Public names that are gone from product code: where they went is for the callers to find out."""
    for code, files in (("removes-api-names", facts.of(Role.API)), ("removes-names", facts.of(Role.PRODUCT))):
        gone, _ = _difference(files, public_names)
        if gone and (code == "removes-api-names" or len(gone) >= MANY_NAMES):
            yield _signal(code, gone)


def _compare(files: tuple[FileFacts, ...], reader: Reader, gone: str, new: str) -> Iterator[Signal]:
    removed, added = _difference(files, reader)
    if removed:
        yield _signal(gone, removed)
    if added:
        yield _signal(new, added)


def _difference(files: tuple[FileFacts, ...], reader: Reader) -> tuple[dict[str, Line], dict[str, Line]]:
    """Names on removed lines only, and on added lines only, each with its first line."""
    removed: dict[str, Line] = {}
    added: dict[str, Line] = {}
    for entry in files:
        if entry.lines:
            _collect(removed, reader(line for line in entry.lines.removed if not line.is_comment))
            _collect(added, reader(line for line in entry.lines.added if not line.is_comment))
    gone = {name: line for name, line in removed.items() if name not in added}
    return gone, {name: line for name, line in added.items() if name not in removed}


def _collect(found: dict[str, Line], names: Iterable[tuple[str, Line]]) -> None:
    for name, line in names:
        found.setdefault(name, line)


def _signal(code: str, names: dict[str, Line]) -> Signal:
    return Signal(code, {"name": quote(next(iter(names))), "n": len(names)}, seen_at(names.values()))


def _keys(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    return ((match[1], line) for line in lines if (match := _KEY.match(line.text)))
