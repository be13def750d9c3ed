"""The ledger: for every file of a change, how much of it a model was given to read, and why not more."""

from dataclasses import dataclass, field
from typing import Literal

from analysis.hunks import Hunk

Reading = Literal["full", "part", "listed", "unnamed"]

#: Why a file was not read in full, most telling first. Texts: `ledger.<code>` in templates/text/. `whole`: it was.
WHYS = (
    "whole",
    "budget",
    "deletions",
    "long-lines",
    "lock",
    "generated",
    "vendored",
    "minified",
    "no-text",
    "unreadable",
    "unchanged",
)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One file.

    Attributes:
        path: Path after the change, untrusted.
        reading: In full (every changed line), in part, listed only (by name and size), or not even named.
        why: One of `WHYS`.
        hunks_shown: Hunks of which something was shown.
        hunks: Hunks in all; 0 when the file has no readable text.
        lines_shown: Changed lines that were shown.
        lines: Changed lines in all.
    """

    path: str
    reading: Reading
    why: str
    hunks_shown: int = 0
    hunks: int = 0
    lines_shown: int = 0
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was read of a change.

    Attributes:
        entries: One for each file, in the change's order.
        budget: Tokens that the text might have.
        tokens: Tokens that it has.
        surrounding: Lines shown around each changed line, at most: 3, 1 or 0.
        shown: Path -> what was shown of the file: hunks with those lines alone. Other files are not in it.
    """

    entries: tuple[LedgerEntry, ...]
    budget: int
    tokens: int
    surrounding: int
    shown: dict[str, tuple[Hunk, ...]] = field(default_factory=dict[str, tuple[Hunk, ...]])

    @property
    def has_no_room(self) -> bool:
        """Whether nothing of the change's text was shown only because there was no room for any of it."""
        return not self.shown and any(entry.why == "budget" for entry in self.entries)

    def count(self, reading: Reading) -> int:
        """How many files were read in this way."""
        return sum(entry.reading == reading for entry in self.entries)
