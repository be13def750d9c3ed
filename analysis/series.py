"""Series: titles of one day that are steps of one thing ("migrate … tests" twenty times), found by their words alone.

Which series a title may belong to follows from the title by itself, so one more title never regroups all others.
"""

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from analysis.title import TITLE_LIMIT, read_title

#: Fewer titles are no series.
LEAST = 3
#: Words of a title that are looked at.
_WORDS = 24
_GAP = "…"

_TAGS = re.compile(r"(?:\s*\[[^\[\]]{1,60}\]\s*:?)+|(?=\S)[\w /.-]{1,25}(?:\([^()]{1,60}\))?!?:(?=\s)")
#: A word that stands for itself; numbers, paths, flags, quoted and composed names differ from step to step.
_PLAIN = re.compile(r"[A-Za-z]?[a-z]+(?:-[a-z]+)*[,.;:]?")
_ENDING = re.compile(r"(?:ing|ed|es|s|e)$")
_PLACE = re.compile(r"\b(?:in|for|to|into|from) (?:the )?((?:[\w.-]+ ){1,3}[\w.-]+)$", re.IGNORECASE)
#: Words that say how, before the word that says what.
_HOW = frozenset(
    {"tiny", "small", "minor", "super", "simple", "simply", "further", "quick", "slightly", "more", "also"}
)
#: Words that are part of any title.
_BINDING = frozenset("a an and as at by for from if in into is it its not of on or the to use via when with".split())  # noqa: SIM905 - a list of words
#: What chores are about, in one form.
_OBJECTS = {
    "test": "test tests unittest unittests testcase testcases",
    "doc": "doc docs documentation readme docstring docstrings changelog cookbook guide guides",
    "typo": "typo typos spelling",
    "ci": "ci workflow workflows runner runners pipeline",
    "lint": "lint linter formatting whitespace",
    "import": "import imports",
    "version": "version versions",
    "dependency": "dependency dependencies requirement requirements lockfile",
    "comment": "comment comments",
    "type": "typing annotation annotations",
    "translation": "translation translations",
    "benchmark": "benchmark benchmarks",
    "example": "example examples",
    "permission": "permission permissions codeowners",
    "image": "dockerfile docker",
}
_OBJECT_OF = {word: name for name, words in _OBJECTS.items() for word in words.split()}


@dataclass(frozen=True, slots=True)
class Series:
    """Titles that belong together.

    Attributes:
        label: What they have in common, `…` where they differ; words of untrusted titles.
        members: Positions in what was given, in its order.
    """

    label: str
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Title:
    """A title as series are told by: its tags or prefix, and the words behind them."""

    lead: str
    words: tuple[str, ...]
    kind: str | None


def series(titles: Sequence[str], *, by_lead: bool = False) -> tuple[Series, ...]:
    """The series among titles, in the order of their first members; each title is in one at the most.

    Args:
        titles: In any order that stays; labels are taken from a series' first title.
        by_lead: Equal tags (`[CI]`) or an equal prefix (`ci:`) are enough.
    """
    read = [_read(title[:TITLE_LIMIT]) for title in titles]
    ways = (_update, _template, _chore, _place, *((_lead,) if by_lead else ()))
    free = dict(enumerate(read))
    found: list[Series] = []
    for way in ways:
        for one in tuple(_grouped(free, way)):
            found.append(one)
            for at in one.members:
                del free[at]
    return tuple(sorted(found, key=lambda one: one.members))


@functools.lru_cache(maxsize=4096)
def _read(title: str) -> _Title:
    one = read_title(title)
    text = re.sub(r"\s*\(#\d+\)\s*$", "", " ".join(one.text.split()))
    lead = _TAGS.match(text)
    rest = text[lead.end() :] if lead else text
    words = [word for word in rest.split()[:_WORDS] if word.lower() not in _HOW]
    return _Title(lead[0].strip() if lead else "", tuple(words), one.kind)


#: Gives a title's signature in one way, with its label; None when it has none.
_Way = Callable[[_Title], tuple[str, str] | None]


def _grouped(free: dict[int, _Title], way: _Way) -> Iterator[Series]:
    groups: dict[str, list[tuple[int, str]]] = {}
    for at, title in free.items():
        if signed := way(title):
            groups.setdefault(signed[0], []).append((at, signed[1]))
    for group in groups.values():
        if len(group) >= LEAST:
            yield Series(group[0][1], tuple(at for at, _ in group))


def _update(title: _Title) -> tuple[str, str] | None:
    """`Bump a from 1 to 2`, whatever it moves."""
    if title.kind != "dependencies" or not title.words:
        return None
    return _stem(title.words[0]), f"{title.words[0]} {_GAP}"


def _template(title: _Title) -> tuple[str, str] | None:
    """Equal words, with names and numbers in places where they may differ."""
    masked = [word if _PLAIN.fullmatch(word) else _GAP for word in title.words]
    telling = [word for word in masked if word != _GAP and word.lower() not in _BINDING]
    kept = [word for at, word in enumerate(masked) if word != _GAP or masked[at - 1 : at] != [_GAP]]
    label = " ".join(kept)
    return (f"{title.lead} {label}".lower(), label) if len(telling) >= LEAST else None


def _chore(title: _Title) -> tuple[str, str] | None:
    """What is done to which of the things that chores are about."""
    words = title.words
    about = next((word for word in words[1:] if _bare(word) in _OBJECT_OF), None)
    if about is None or not _PLAIN.fullmatch(words[0]):
        return None
    between = f" {_GAP} " if words[1] != about else " "
    return f"{_stem(words[0])} {_OBJECT_OF[_bare(about)]}", f"{words[0]}{between}{about.strip('.,;:()')}"


def _place(title: _Title) -> tuple[str, str] | None:
    """Where it is done: `… in dump comparator`."""
    found = _PLACE.search(" ".join(title.words))
    return (f"{title.lead} {found[0]}".lower(), f"{_GAP} {found[0]}") if found else None


def _lead(title: _Title) -> tuple[str, str] | None:
    """Equal tags or an equal prefix."""
    return (re.sub(r"\s", "", title.lead).lower(), f"{title.lead} {_GAP}") if title.lead else None


def _bare(word: str) -> str:
    return word.lower().strip(".,;:()")


def _stem(word: str) -> str:
    bare = _bare(word)
    return _ENDING.sub("", bare) if len(bare) > len("use") else bare
