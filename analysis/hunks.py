"""Hunks: a file's patch as numbered lines, for showing it and for asking whether a place is in it."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ParsedHunk
from unidiff.patch import PatchSet

from analysis.change import FileChange
from analysis.patch import PATCH_LIMIT

#: A hunk that shows one in so many lines of a range is where that range is.
_ENOUGH = 4

Sign = Literal["+", "-", " "]


class HunkLine(NamedTuple):
    """One line of a hunk.

    Attributes:
        sign: Added, removed or context.
        number: Line number after the change; before it, for a removed line.
        text: The line without its end, untrusted.
    """

    sign: Sign
    number: int
    text: str


class Hunk(NamedTuple):
    """One hunk.

    Attributes:
        heading: What stands behind the second `@@`, untrusted; may be empty.
        lines: Its lines in order.
        new: First and last line after the change; `last < first` when nothing is there any more.
        old: The same before the change.
    """

    heading: str
    lines: tuple[HunkLine, ...]
    new: tuple[int, int]
    old: tuple[int, int]


def hunks_of(file: FileChange) -> tuple[Hunk, ...] | None:
    """The hunks of a file; None when it has no text or the text cannot be read (cut, damaged, huge)."""
    if file.patch is None or len(file.patch) > PATCH_LIMIT:
        return None
    try:
        parsed = PatchSet.from_string(f"--- a\n+++ b\n{file.patch}\n")[0]
    except (UnidiffParseError, ValueError):
        # The file is still counted and listed; only its text is not there.
        return None
    return tuple(_hunk(one) for one in parsed) or None


def place_in(hunks: tuple[Hunk, ...], start: int, end: int) -> tuple[int, int] | None:
    """The part of lines `start` to `end` that one hunk shows: the hunk that shows most of them.

    The side after the change is asked first; the side before counts where a line of the range was removed.

    Returns:
        First and last line, both within that hunk; None when no hunk shows a quarter of the range or more: what names
        so many other lines names no place.
    """
    found = _most(start, end, [hunk.new for hunk in hunks])
    if found is None:
        removed = [[line.number for line in hunk.lines if line.sign == "-"] for hunk in hunks]
        touched = [
            hunk.old for hunk, lines in zip(hunks, removed, strict=True) if any(start <= one <= end for one in lines)
        ]
        found = _most(start, end, touched)
    return found


def _most(start: int, end: int, ranges: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    """The longest part of `start` to `end` in one of the ranges, if that is enough of it."""
    parts = [(max(start, first), min(end, last)) for first, last in ranges]
    first, last = max(parts, key=lambda part: part[1] - part[0], default=(1, 0))
    return (first, last) if first <= last and _ENOUGH * (last - first + 1) >= end - start + 1 else None


def _hunk(parsed: ParsedHunk) -> Hunk:
    lines: list[HunkLine] = []
    for line in parsed:
        text = line.value.rstrip("\r\n")
        if line.is_removed:
            lines.append(HunkLine("-", line.source_line_no or 0, text))
        elif line.is_added:
            lines.append(HunkLine("+", line.target_line_no or 0, text))
        elif line.is_context:
            lines.append(HunkLine(" ", line.target_line_no or 0, text))
    new = (parsed.target_start, parsed.target_start + parsed.target_length - 1)
    old = (parsed.source_start, parsed.source_start + parsed.source_length - 1)
    return Hunk(parsed.section_header.strip(), tuple(lines), new, old)
