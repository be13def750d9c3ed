"""Facts: what every signal reads of a change, worked out once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from analysis.change import Change, FileChange
from analysis.patch import Line, PatchLines, patch_lines
from analysis.paths import PRODUCT_ROLES, UNWRITTEN_ROLES, Role, path_role
from analysis.rating import MAX_EVIDENCE, QUOTE_LIMIT, Evidence
from analysis.title import Title, read_title

#: Shorter lines (braces, `else:`) say nothing when they are found a second time.
_TELLING = 4


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file with its role and its readable lines.

    Attributes:
        file: The file as the change has it.
        role: What it is for.
        lines: Added and removed lines; None when there is no readable patch.
        net: The same without blank lines and without moved ones (removed here or elsewhere and added again).
    """

    file: FileChange
    role: Role
    lines: PatchLines | None
    net: PatchLines

    @property
    def code_added(self) -> int:
        """Lines added, moved and blank ones left out where that can be seen."""
        return self.file.added if self.lines is None else len(self.net.added)

    @property
    def code_removed(self) -> int:
        """Lines removed, moved and blank ones left out where that can be seen."""
        return self.file.deleted if self.lines is None else len(self.net.removed)


@dataclass(frozen=True, slots=True)
class Facts:
    """A change as the signals see it.

    Attributes:
        change: The change itself.
        title: What its title says.
        files: Its files, in its order, with role and lines.
    """

    change: Change
    title: Title
    files: tuple[FileFacts, ...]

    def of(self, *roles: Role) -> tuple[FileFacts, ...]:
        """The files that have one of these roles."""
        return tuple(entry for entry in self.files if entry.role in roles)

    @property
    def product(self) -> tuple[FileFacts, ...]:
        """The files that run where the product is used."""
        return self.of(*PRODUCT_ROLES)

    @property
    def unreadable(self) -> int:
        """Number of files with changed lines whose text is not available."""
        written = (entry.file for entry in self.files if entry.lines is None and entry.role not in UNWRITTEN_ROLES)
        return sum(1 for file in written if file.added or file.deleted or file.patch)


@dataclass(frozen=True, slots=True)
class Signal:
    """A fact about a change that needs no model; its points stand in `points.POINTS`.

    Attributes:
        code: Stable name, the code of the reason that it becomes.
        values: What the placeholders of its sentence stand for.
        evidence: Where it was seen, at most `MAX_EVIDENCE` places.
    """

    code: str
    values: dict[str, str | int] = field(default_factory=dict[str, str | int])
    evidence: tuple[Evidence, ...] = ()


def seen_at(lines: Iterable[Line]) -> tuple[Evidence, ...]:
    """Evidence for the first few of these lines."""
    few = (line for line, _ in zip(lines, range(MAX_EVIDENCE), strict=False))
    return tuple(Evidence(line.path, line.number, quote(line.text)) for line in few)


def seen_in(files: Iterable[FileFacts]) -> tuple[Evidence, ...]:
    """Evidence for the largest few of these files, as a whole."""
    ordered = sorted(files, key=lambda entry: -(entry.file.added + entry.file.deleted))
    return tuple(Evidence(entry.file.path) for entry in ordered[:MAX_EVIDENCE])


def quote(text: str) -> str:
    """The text on one line, without control characters, short enough for evidence."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 4 * QUOTE_LIMIT])
    return " ".join(printable.split())[:QUOTE_LIMIT]


def facts_of(change: Change) -> Facts:
    """Read a change: its title, and for each file its role and lines."""
    read = [(file, path_role(file.path), _lines(file)) for file in change.files]
    added = set(_texts(lines.added for _, _, lines in read if lines))
    removed = set(_texts(lines.removed for _, _, lines in read if lines))
    moved = added & removed
    files = tuple(FileFacts(file, role, lines, _net(lines, moved)) for file, role, lines in read)
    return Facts(change, read_title(change.title, change.body), files)


def added_lines(files: Iterable[FileFacts]) -> Iterator[Line]:
    """Lines added and not moved, over these files."""
    for entry in files:
        yield from entry.net.added


def removed_lines(files: Iterable[FileFacts]) -> Iterator[Line]:
    """Lines removed and not moved, over these files."""
    for entry in files:
        yield from entry.net.removed


def _lines(file: FileChange) -> PatchLines | None:
    return None if path_role(file.path) in UNWRITTEN_ROLES else patch_lines(file)


def _texts(groups: Iterable[tuple[Line, ...]]) -> Iterator[str]:
    return (text for group in groups for line in group if len(text := line.text.strip()) >= _TELLING)


def _net(lines: PatchLines | None, moved: set[str]) -> PatchLines:
    if lines is None:
        return PatchLines()
    return PatchLines(
        *(tuple(line for line in side if (text := line.text.strip()) and text not in moved) for side in lines)
    )
