"""Patches: the added and removed lines of a file, with their numbers."""

import re
from typing import NamedTuple

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchSet

from analysis.change import FileChange

#: Characters of a line that are looked at; what stands beyond is data (minified, base64), nothing that people wrote.
LINE_LIMIT = 300

#: Characters of a patch that are parsed; GitHub itself shows none larger than 1 MB.
PATCH_LIMIT = 4_000_000


_COMMENT = re.compile(r"""\s*(?:#(?!\[|include|define|if|else|endif|pragma)|//|\*|/\*|<!--|--\s|;;|\"{3}|'{3})""")


class Line(NamedTuple):
    """One added or removed line.

    Attributes:
        path: The file's path after the change.
        number: Line number after the change for an added line, before it for a removed one.
        text: The line without its end, at most `LINE_LIMIT` characters, untrusted.
        before: The line that stands before it on the same side of the same hunk, stripped; empty for a hunk's first.
    """

    path: str
    number: int
    text: str
    before: str = ""

    @property
    def is_comment(self) -> bool:
        """The line starts as comments start, in most languages; the inside of a block comment may be missed."""
        return _COMMENT.match(self.text) is not None


class PatchLines(NamedTuple):
    """The lines of one patch, in the order of the file."""

    added: tuple[Line, ...] = ()
    removed: tuple[Line, ...] = ()


def patch_lines(file: FileChange) -> PatchLines | None:
    """The added and removed lines of a file; None when there is no patch or it cannot be read (cut, damaged, huge)."""
    if file.patch is None or len(file.patch) > PATCH_LIMIT:
        return None
    try:
        hunks = PatchSet.from_string(f"--- a\n+++ b\n{file.patch}\n")[0]
    except (UnidiffParseError, ValueError):
        # A patch that was cut short still counts as a file; its numbers are known, only its text is not.
        return None
    if not hunks:
        return None
    added: list[Line] = []
    removed: list[Line] = []
    for hunk in hunks:
        _read_hunk(hunk, file.path, added, removed)
    return PatchLines(tuple(added), tuple(removed))


def _read_hunk(hunk: Hunk, path: str, added: list[Line], removed: list[Line]) -> None:
    before_added = before_removed = ""
    for line in hunk:
        text = line.value[:LINE_LIMIT].rstrip()
        if line.is_added and line.target_line_no is not None:
            added.append(Line(path, line.target_line_no, text, before_added))
            before_added = text.strip()
        elif line.is_removed and line.source_line_no is not None:
            removed.append(Line(path, line.source_line_no, text, before_removed))
            before_removed = text.strip()
        elif line.is_context:
            before_added = before_removed = text.strip()
