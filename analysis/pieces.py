"""Pieces: a file's hunks as numbered text, in parts small enough to be chosen one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from analysis.hunks import Hunk, HunkLine
from analysis.source import Source
from analysis.visible import one_line, visible

#: Lines of one piece.
PIECE_LINES = 40
#: Characters of a line that are shown.
LINE_SHOWN = 300
#: A longer run of removed lines is summarised, except for its first lines and those that are evidence.
_LONG_RUN, _RUN_SHOWN = 20, 5
_HEADING_SHOWN = 120
#: A point of evidence in a piece outweighs whatever else its file is worth.
_EVIDENCE_WEIGHT = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of one hunk.

    Attributes:
        file: Position of the file in the change.
        hunk: Position of the hunk in the file.
        order: Position of the piece in the file.
        text: Its lines, each `<number> <sign><text>` and a line's end.
        changed: Changed lines that it shows.
        left_out: Why the piece does not show all that it stands for: `deletions`, `long-lines` or empty.
        worth: The piece's evidence, and what the file is worth, less for each further piece of it.
        lines: The lines that it shows.
    """

    file: int
    hunk: int
    order: int
    text: str
    changed: int
    left_out: str
    worth: float
    lines: tuple[HunkLine, ...]


class _Shown(NamedTuple):
    text: str
    changed: int
    points: int
    left_out: str = ""
    line: HunkLine | None = None


def pieces_of(file: int, source: Source, surrounding: int) -> list[Piece]:
    """The pieces of a file.

    Args:
        file: Position of the file in the change.
        source: The file.
        surrounding: Unchanged lines kept before and behind each changed line.
    """
    pieces: list[Piece] = []
    for position, hunk in enumerate(source.hunks):
        shown = [_shown(line, source) for line in _summarised(_near(hunk.lines, surrounding), source)]
        heading = _heading(hunk)
        for start in range(0, len(shown), PIECE_LINES):
            part = shown[start : start + PIECE_LINES]
            pieces.append(_piece(file, position, len(pieces), source.worth, (heading, *part)))
    return pieces


def _piece(file: int, hunk: int, order: int, worth: float, part: tuple[_Shown, ...]) -> Piece:
    return Piece(
        file,
        hunk,
        order,
        "".join(line.text for line in part),
        sum(line.changed for line in part),
        next((line.left_out for line in part if line.left_out), ""),
        _EVIDENCE_WEIGHT * sum(line.points for line in part) + worth / (1 + order),
        tuple(one.line for one in part if one.line),
    )


def _heading(hunk: Hunk) -> _Shown:
    return _Shown(f"@@ {one_line(hunk.heading[:_HEADING_SHOWN])}".rstrip() + "\n", 0, 0)


def _near(lines: tuple[HunkLine, ...], surrounding: int) -> list[HunkLine]:
    """The changed lines, with so many lines around them."""
    kept: set[int] = set()
    for position, line in enumerate(lines):
        if line.sign != " ":
            kept.update(range(position - surrounding, position + surrounding + 1))
    return [line for position, line in enumerate(lines) if position in kept]


def _summarised(lines: list[HunkLine], source: Source) -> Iterator[HunkLine | int]:
    """The lines, with a number in place of that many removed lines in a row."""
    run: list[HunkLine] = []
    for line in lines:
        if line.sign == "-":
            run.append(line)
            continue
        yield from _run(run, source)
        run = []
        yield line
    yield from _run(run, source)


def _run(run: list[HunkLine], source: Source) -> Iterator[HunkLine | int]:
    left_out = 0
    for position, line in enumerate(run):
        if len(run) > _LONG_RUN and position >= _RUN_SHOWN and line.number not in source.evidence:
            left_out += 1
            continue
        if left_out:
            yield left_out
        left_out = 0
        yield line
    if left_out:
        yield left_out


def _shown(line: HunkLine | int, source: Source) -> _Shown:
    if isinstance(line, int):
        return _Shown(f"[{line} deleted lines left out]\n", 0, 0, "deletions")
    changed = int(line.sign != " ")
    points = source.evidence.get(line.number, 0) if changed else 0
    text, left_out = visible(line.text[:LINE_SHOWN]), ""
    if (more := len(line.text) - LINE_SHOWN) > 0:
        text, left_out = f"{text} [{more} characters left out]", "long-lines"
    return _Shown(f"{line.number} {line.sign}{text}\n", changed, points, left_out, line)


def shown_hunks(pieces: Iterable[Piece]) -> tuple[Hunk, ...]:
    """What pieces of one file show, as hunks with those lines alone; pieces that follow each other are one hunk."""
    runs: list[list[HunkLine]] = []
    follows: tuple[int, int] | None = None
    for piece in sorted(pieces, key=lambda one: one.order):
        if follows != (piece.hunk, piece.order):
            runs.append([])
        runs[-1] += piece.lines
        follows = piece.hunk, piece.order + 1
    return tuple(
        Hunk(
            "",
            tuple(run),
            _range([line.number for line in run if line.sign != "-"]),
            _range([line.number for line in run if line.sign == "-"]),
        )
        for run in runs
    )


def _range(numbers: list[int]) -> tuple[int, int]:
    return (min(numbers), max(numbers)) if numbers else (1, 0)
