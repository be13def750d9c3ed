"""Signals from values: defaults, limits and timeouts whose value is another one now."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analysis.facts import Facts, Signal, quote, seen_at
from analysis.patch import Line, PatchLines
from analysis.paths import Role

_LITERAL = re.compile(
    r"""(?<![\w.])(?:[-+]?\d[\d_]*(?:\.\d+)?\w{0,10}|"[^"]{0,60}"|'[^']{0,60}'|[Tt]rue|[Ff]alse|None|null|nil|nullptr)(?![\w.])"""
)
#: The name in front of a value: `name = `, `name: type = `, `name := `, `"name": `, `name = Kind(`.
_NAME = re.compile(
    r"""([A-Za-z_][\w.-]{0,60})["']?(?:\s*:\s*[\w\[\]|.,? ]{1,40}?)?\s*(?::?=|:)\s*(?:[A-Za-z_][\w.]{0,40}\()?\s*$"""
)
_WORD = re.compile(r"[A-Za-z_][\w.]{0,60}")
_FLAG = re.compile(r"--[a-z0-9][\w-]{1,60}")
_LIMIT = re.compile(
    r"time_?out|retr(?:y|ies)|deadline|interval|backoff|threshold|limit|ttl|expir|capacity|workers|concurrency"
    r"|max_|_max|min_|_min|(?:pool|buffer|batch|cache|queue|chunk|page)_?size|(?-i:\b(?:max|min)[A-Z])",
    re.IGNORECASE,
)
#: A line that declares a constant or a typed field: its value is what holds until somebody sets another.
_DECLARES = re.compile(
    r"\s*(?:(?:pub|const|static|final|export|public|private|val|let|var) )*"
    r"(?:[A-Z][A-Z0-9_]{2,}\s*(?::[^=]{1,40})?=|[A-Za-z_]\w*\s*:\s*[A-Za-z])"
)
#: A line with more values is data.
_MANY_VALUES = 8


class _Value(NamedTuple):
    """A value in a line, with the name in front of it."""

    line: Line
    name: str
    text: str


def value_signals(facts: Facts) -> Iterator[Signal]:
    """Values that the change replaces, in lines that are otherwise the same: limits and defaults."""
    files = facts.of(Role.PRODUCT, Role.API, Role.CONFIG)
    changed = [pair for entry in files if entry.lines for pair in _replaced(entry.lines)]
    limits = [pair for pair in changed if _LIMIT.search(pair[1].name)]
    defaults = [pair for pair in changed if _is_default(pair[1]) and pair not in limits]
    for code, pairs in (("changes-default", defaults), ("changes-limit", limits)):
        if pairs:
            old, new = pairs[0]
            values: dict[str, str | int] = {"name": quote(new.name), "old": quote(old.text), "new": quote(new.text)}
            yield Signal(code, values, seen_at(pair[1].line for pair in pairs))


def _is_default(value: _Value) -> bool:
    return "default" in value.name.lower() or _DECLARES.match(value.line.text) is not None


def _replaced(lines: PatchLines) -> Iterator[tuple[_Value, _Value]]:
    """Pairs of a value and the one that took its place."""
    old = {_skeleton(line): line for line in lines.removed} if lines.added else {}
    for line in lines.added:
        before = old.get(skeleton := _skeleton(line))
        if before and skeleton[0].count("\0") <= _MANY_VALUES:
            pairs = zip(_values(before), _values(line), strict=True)
            yield from (pair for pair in pairs if pair[0].text != pair[1].text and pair[1].name)


def _skeleton(line: Line) -> tuple[str, str]:
    """The line without its values; a bare `default=` is told from others by the line before it."""
    text = _LITERAL.sub("\0", line.text)
    return text, _LITERAL.sub("\0", line.before) if text.lstrip().startswith("default") else ""


def _values(line: Line) -> Iterable[_Value]:
    for match in _LITERAL.finditer(line.text):
        name = _NAME.search(line.text, max(0, match.start() - 120), match.start())
        yield _Value(line, _spelt_out(name[1], line) if name else "", match[0])


def _spelt_out(name: str, line: Line) -> str:
    """A name as people know it: a bare `default` is that of the flag on this line, or of what the line before opens."""
    if name.lower() != "default":
        return name
    owner = _FLAG.search(line.text) or _FLAG.search(line.before) or _WORD.match(line.before)
    return f"{owner[0]} ({name})" if owner else name
