"""Budget: as much of a change as a number of tokens holds, the weightiest first, and a ledger of every file."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from analysis.change import Change
from analysis.ledger import Ledger, LedgerEntry
from analysis.pieces import Piece, pieces_of, shown_hunks
from analysis.rating import Assessment
from analysis.source import Source, sources_of
from analysis.visible import one_line

#: Unchanged lines around each changed one: fewer are shown before a hunk is left out.
_SURROUNDINGS = (3, 1, 0)
#: No text has more characters to a token: above that, a larger surrounding need not be tried.
_MOST_CHARACTERS = 12
#: Pieces in a row that do not fit before the rest is not tried any more.
_MISSES = 40
#: Share of the budget that is kept for the names of files that are listed only, and tokens for what closes the list.
_LIST_SHARE = 4
_CLOSING = 24
_PATH_SHOWN = 200

Count = Callable[[str], int]
_Chosen = dict[int, list[Piece]]


@dataclass(frozen=True, slots=True)
class _Material:
    """What there is to choose from, with the way to count it."""

    sources: tuple[Source, ...]
    budget: int
    count: Count


def packed(change: Change, assessment: Assessment, budget_tokens: int, count: Count) -> tuple[str, Ledger]:
    """As much of a change's diff as fits, and what was read of each file.

    Args:
        change: The change; untrusted.
        assessment: Its assessment from signals: what they saw decides what is shown first.
        budget_tokens: Tokens that the text may have, at the most.
        count: How many tokens a text has, for instance `tokens.estimate`.

    Returns:
        The text: files in order of weight, their lines numbered; then the names of files that are listed only. And
        the ledger, which has an entry for every file of the change.
    """
    material = _Material(sources_of(change, assessment), max(0, budget_tokens), count)
    pieces, chosen, surrounding = _fitting(material)
    text, named = _text(material, chosen, pieces)
    while count(text) > material.budget and any(chosen.values()):
        # A tokenizer may count a whole text higher than its parts: the least worthy parts go.
        chosen = _without_least(chosen)
        text, named = _text(material, chosen, pieces)
    if count(text) > material.budget:
        text, named = "", frozenset()
    sources = list(enumerate(material.sources))
    entries = tuple(_entry(source, pieces[n], chosen.get(n, []), is_named=n in named) for n, source in sources)
    shown = {source.file.path: shown_hunks(chosen[n]) for n, source in sources if chosen.get(n)}
    return text, Ledger(entries, material.budget, count(text), surrounding, shown)


def _fitting(material: _Material) -> tuple[list[list[Piece]], _Chosen, int]:
    """All pieces with the most surrounding at which they fit; else the weightiest without any."""
    size = sum(len(source.file.patch or "") for source in material.sources if source.hunks)
    for surrounding in _SURROUNDINGS if size <= material.budget * _MOST_CHARACTERS else ():
        pieces = _pieces(material, surrounding)
        chosen = {n: of for n, of in enumerate(pieces) if of}
        if material.count(_whole(material, chosen)) <= material.budget:
            return pieces, chosen, surrounding
    pieces = _pieces(material, _SURROUNDINGS[-1])
    return pieces, _weightiest(material, pieces), _SURROUNDINGS[-1]


def _pieces(material: _Material, surrounding: int) -> list[list[Piece]]:
    return [pieces_of(n, source, surrounding) for n, source in enumerate(material.sources)]


def _weightiest(material: _Material, pieces: list[list[Piece]]) -> _Chosen:
    """The pieces that are worth most, as far as they fit beside a list of the other files."""
    names = sum(material.count(_name(source)) for source in material.sources)
    left = material.budget - _CLOSING - min(names, material.budget // _LIST_SHARE)
    chosen: _Chosen = defaultdict(list)
    misses = 0
    for piece in sorted((piece for of in pieces for piece in of), key=lambda piece: (-piece.worth, piece.file)):
        cost = material.count(piece.text)
        if piece.file not in chosen:
            cost += material.count(_name(material.sources[piece.file])) + _CLOSING
        misses = 0 if cost <= left else misses + 1
        if misses > _MISSES:
            break
        if not misses:
            chosen[piece.file].append(piece)
            left -= cost
    return chosen


def _without_least(chosen: _Chosen) -> _Chosen:
    """Without the least worthy twentieth, one piece at least."""
    ordered = sorted((piece for of in chosen.values() for piece in of), key=lambda piece: -piece.worth)
    kept: _Chosen = defaultdict(list)
    for piece in ordered[: len(ordered) - max(1, len(ordered) // 20)]:
        kept[piece.file].append(piece)
    return kept


def _order(material: _Material) -> list[int]:
    """Positions of the files, weightiest first."""
    return sorted(range(len(material.sources)), key=lambda n: (-material.sources[n].worth, n))


def _whole(material: _Material, chosen: _Chosen) -> str:
    """The text when all pieces are in and every other file is named."""
    read = "".join(_name(material.sources[n]) + "".join(piece.text for piece in of) for n, of in chosen.items())
    names = [_name(source) for n, source in enumerate(material.sources) if n not in chosen]
    return read + (_LISTED + "".join(names) if names else "")


_LISTED = "\n=== Listed only, their text is not shown:\n"


class _Text(NamedTuple):
    """A text, and the positions of the files that it names."""

    text: str
    named: frozenset[int]


def _text(material: _Material, chosen: _Chosen, pieces: list[list[Piece]]) -> _Text:
    read = [n for n in _order(material) if chosen.get(n)]
    blocks = "".join(_block(material.sources[n], chosen[n], pieces[n]) for n in read)
    rest = [n for n in _order(material) if not chosen.get(n)]
    if not rest:
        return _Text(blocks, frozenset(read))
    listed = _list(material, rest, blocks)
    return _Text(blocks + listed.text, listed.named.union(read))


def _block(source: Source, chosen: list[Piece], pieces: list[Piece]) -> str:
    """A file's name and the pieces of it, in their order; a hunk's heading is not repeated."""
    lines = [_name(source)]
    follows: tuple[int, int] | None = None
    for piece in sorted(chosen, key=lambda one: one.order):
        lines.append(piece.text.partition("\n")[2] if follows == (piece.hunk, piece.order) else piece.text)
        follows = piece.hunk, piece.order + 1
    if len(chosen) < len(pieces):
        lines.append(f"[{len(chosen)} of {len(pieces)} parts of this file are shown]\n")
    return "".join(lines)


def _list(material: _Material, rest: list[int], blocks: str) -> _Text:
    """The names of the other files, as many as there is room for, and how many more there are."""
    left = material.budget - material.count(blocks) - material.count(_LISTED) - _CLOSING
    names: dict[int, str] = {}
    for n in rest:
        name = _name(material.sources[n])
        left -= material.count(name)
        if left < 0:
            break
        names[n] = name
    more = len(rest) - len(names)
    text = _LISTED + "".join(names.values()) + (f"[{more} more files are not named]\n" if more else "")
    return _Text(text, frozenset(names))


def _name(source: Source) -> str:
    """A file's line: path, what happened to it, and how large that is."""
    file = source.file
    was = f", was {one_line(file.previous_path[:_PATH_SHOWN])}" if file.previous_path else ""
    why = "" if source.why in ("whole", "unchanged") else f", {source.why}"
    return f"=== {one_line(file.path[:_PATH_SHOWN])} ({file.status}{was}, +{file.added} -{file.deleted}{why})\n"


def _entry(source: Source, pieces: list[Piece], chosen: Iterable[Piece], *, is_named: bool) -> LedgerEntry:
    chosen = list(chosen)
    lines = sum(line.sign != " " for hunk in source.hunks for line in hunk.lines)
    listed = LedgerEntry(source.file.path, "listed", source.why, 0, len(source.hunks), 0, lines)
    if not chosen:
        listed = replace(listed, why="budget") if source.hunks else listed
        return listed if is_named else replace(listed, reading="unnamed", why="budget")
    left_out = "budget" if len(chosen) < len(pieces) else next((one.left_out for one in chosen if one.left_out), "")
    return replace(
        listed,
        reading="part" if left_out else "full",
        why=left_out or "whole",
        hunks_shown=len({piece.hunk for piece in chosen}),
        lines_shown=sum(piece.changed for piece in chosen),
    )
