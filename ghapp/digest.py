"""The values a digest is made of: its range, its entries, and where on its pages each entry stands."""

from dataclasses import dataclass

from analysis.rating import Assessment
from analysis.references import Kind
from ghapp.model_note import NO_MODEL, ModelNote

#: An entry's page follows from its position alone, so that it never moves: rows and analyses of the first commits
#: stand in the issue's body, the others in comments. A row takes some 250 characters and an analysis from signals
#: some 700, which keeps every page below GitHub's 65,536; what does not fit after all is shortened by render.py.
BODY_ROWS, BODY_ANALYSES, PAGE_ANALYSES, LAST_ANALYSES_PAGE, PAGE_ROWS = 100, 48, 60, 12, 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One commit of a digest.

    Attributes:
        commit_sha: Full object name.
        position: Place in the day's landing order, from 0; never changes.
        landed_at: When it reached the default branch, seconds since the epoch.
        title: First line of the message; untrusted.
        author: Display name; untrusted; may be empty.
        pull: Number of the pull request that brought it; None when the title names none.
        files: Number of files changed; None until the change was read.
        added: Lines added; None until the change was read.
        deleted: Lines deleted; None until the change was read.
        assessment: None while pending.
        left: A force push took it off the branch.
        note: The model's part in the assessment.
    """

    commit_sha: str
    position: int
    landed_at: int
    title: str
    author: str
    pull: int | None = None
    files: int | None = None
    added: int | None = None
    deleted: int | None = None
    assessment: Assessment | None = None
    left: bool = False
    note: ModelNote = NO_MODEL

    @property
    def page(self) -> int:
        """Page that holds the analysis: 0 is the issue's body, 1 its first comment."""
        if self.position < BODY_ANALYSES:
            return 0
        page = 1 + (self.position - BODY_ANALYSES) // PAGE_ANALYSES
        if page <= LAST_ANALYSES_PAGE:
            return page
        last = BODY_ANALYSES + LAST_ANALYSES_PAGE * PAGE_ANALYSES
        return 1 + LAST_ANALYSES_PAGE + (self.position - last) // PAGE_ROWS

    @property
    def row_page(self) -> int:
        """Page that holds the row of the table."""
        return 0 if self.position < BODY_ROWS else self.page

    @property
    def has_room(self) -> bool:
        """Whether its page has room for an analysis; on very long days the last commits have rows only."""
        return self.page <= LAST_ANALYSES_PAGE


@dataclass(frozen=True, slots=True)
class Link:
    """A tie between two landed changes, as the digest of one of them says it.

    Attributes:
        commit_sha: The entry of this digest.
        kind: What the later change does to the earlier one.
        is_back: This digest's entry is the earlier one: it was reverted, landed again, mended or continued.
        other_sha: The other change; where no digest lists it, what the message calls it, or "".
        pull: The other's pull request, or None.
        day: The digest that lists the other; "" when none does.
    """

    commit_sha: str
    kind: Kind
    is_back: bool
    other_sha: str
    pull: int | None = None
    day: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """One day of a default branch: the first-parent range `(base_sha, head_sha]`.

    Attributes:
        repository: GitHub's repository id.
        day: ISO date in the repository's zone.
        base_sha: The commit before the first; None when the first is a root commit.
        head_sha: The last commit.
        entries: In landing order; those that left the branch included.
        notes: Codes of phrases under `notes` in the page catalogue, such as a switched default branch.
        count: Commits that landings found, less those that left; what `listed` must come to.
        links: What its entries have to do with other changes, of this day and others.
        issues: Days that links lead to, with the numbers of their issues as far as they are known.
        previous: Day and issue number of the digest before, or None.
        next: Day and issue number of the digest after, or None.
        closed: The day is over, and its analyses were waited for.
    """

    repository: int
    day: str
    base_sha: str | None
    head_sha: str
    entries: tuple[Entry, ...]
    notes: tuple[tuple[str, str], ...] = ()
    count: int = 0
    links: tuple[Link, ...] = ()
    issues: tuple[tuple[str, int], ...] = ()
    previous: tuple[str, int] | None = None
    next: tuple[str, int] | None = None
    closed: bool = False

    @property
    def listed(self) -> tuple[Entry, ...]:
        """The entries that are on the branch."""
        return tuple(entry for entry in self.entries if not entry.left)


@dataclass(frozen=True, slots=True)
class Branch:
    """How far the landings of a default branch were read.

    Attributes:
        name: The branch.
        cursor: The last commit that a digest covers; None when the branch had no commit.
        landed_at: When it landed, seconds since the epoch.
        day: ISO date of the digest that covers it, or "" when there is none yet.
        switched_from: The default branch before, until a digest has said so; "" when none has to.
    """

    name: str
    cursor: str | None
    landed_at: int
    day: str
    switched_from: str = ""
