"""Assessments and how points become ratings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from analysis.prose import Prose

Level = Literal["high", "medium", "low"]

#: What a repository's history had to do with a rating: it counts; it is too short to; there was none; it is not known
#: (assessments that were stored before histories were used).
HistoryUse = Literal["used", "short", "none", "unknown"]

#: From this many points a rating is high, or medium; one pair for all repositories.
IMPORTANCE_BANDS = (10, 4)
RISK_BANDS = (10, 6)
#: Of risk where no history adds to the points.
RISK_BANDS_ALONE = (7, 4)

#: A rating counts, and a card can show, this many reasons: the strongest.
MAX_REASONS = 12

#: Places shown for one reason, and characters quoted from each.
MAX_EVIDENCE = 5
QUOTE_LIMIT = 80

#: The one vocabulary of change types, most telling first. Texts: `types` in templates/text/.
TYPES = (
    "revert",
    "security",
    "breaking change",
    "bug fix",
    "performance",
    "feature",
    "dependencies",
    "refactor",
    "build",
    "ci",
    "test",
    "docs",
    "style",
    "chore",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a reason can be seen.

    Attributes:
        path: A file of the change; None when the evidence is the title or body.
        line: Line number in the file after the change (before it, for a removed line); None for a whole file.
        quote: What stands there, at most 80 characters, untrusted text.
        commit_sha: Full name of the earlier commit that it is seen in; None: it is seen in the change itself.
    """

    path: str | None = None
    line: int | None = None
    quote: str = ""
    commit_sha: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact about a change that adds to, or takes from, a rating.

    Attributes:
        code: Stable name, `[a-z-]+`. Its sentence, per language, is `reasons.<code>` in templates/text/.
        points: What it adds to the rating (negative: takes away).
        values: What the sentence's `{placeholders}` stand for; text values are untrusted.
        evidence: Where it was seen, most telling first, at most five places.
    """

    code: str
    points: int
    values: dict[str, str | int]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """A level with the points and the reasons that led to it; `points` is the sum over `reasons`."""

    level: Level
    points: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What we conclude about a change.

    Attributes:
        types: One to three of `TYPES`, most telling first.
        importance: How much people who use or maintain this should care.
        risk: Chance and cost of it going wrong.
        scope: Areas touched (directories or modules), largest first, at most five; untrusted text.
        act_first: Code of the reason (one of importance's or risk's) for which a reader of a digest should
            look at this change first, or None. See `assess.ACT_FIRST`.
        prose: What a model wrote about the change, checked; None: signals only.
        history: What the repository's history had to do with it.
        follow_up: Points of a second score, which no card shows: how likely a fix follows soon. See `docs/ratings.md`.
    """

    types: tuple[str, ...]
    importance: Rating
    risk: Rating
    scope: tuple[str, ...]
    act_first: str | None = None
    prose: Prose | None = None
    history: HistoryUse = "unknown"
    follow_up: int = 0


def rating(reasons: Iterable[Reason], bands: tuple[int, int]) -> Rating:
    """The rating that the strongest reasons add up to.

    Args:
        reasons: Any number of them, each code at most once; those without points are left out.
        bands: The least points for high and for medium.

    Returns:
        A rating whose reasons stand strongest first; equally strong ones by code, so that the order is stable.
    """
    kept = sorted((reason for reason in reasons if reason.points), key=lambda r: (-abs(r.points), r.code))
    kept = kept[:MAX_REASONS]
    points = sum(reason.points for reason in kept)
    return Rating(_level(points, bands), points, tuple(kept))


def risk_bands(history: HistoryUse) -> tuple[int, int]:
    """The least points for high and for medium risk, by what a history had to do with them."""
    return RISK_BANDS if history == "used" else RISK_BANDS_ALONE


def _level(points: int, bands: tuple[int, int]) -> Level:
    high, medium = bands
    if points >= high:
        return "high"
    return "medium" if points >= medium else "low"
