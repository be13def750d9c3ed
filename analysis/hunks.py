"""Hunks: a file's patch as numbered lines, for showing it and for asking whether a place is in it."""

from typing import Literal, NamedTuple

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ParsedHunk
from unidiff.patch import PatchSet

from analysis.change import FileChange
from analysis.patch import PATCH_LIMIT

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
    """The part of lines `start` to `end` that one hunk shows.

    The side after the change is asked first; the side before counts where a line of the range was removed.

    Returns:
        First and last line, both within that hunk; None when no hunk shows any of them.
    """
    if start > end:
        return None
    for hunk in hunks:
        if hunk.new[0] <= end and start <= hunk.new[1]:
            return max(start, hunk.new[0]), min(end, hunk.new[1])
    for hunk in hunks:
        if any(line.sign == "-" and start <= line.number <= end for line in hunk.lines):
            return max(start, hunk.old[0]), min(end, hunk.old[1])
    return None


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
