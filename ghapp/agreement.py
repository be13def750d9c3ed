"""Agreement of two raters on high, medium and low: who said what how often, and how far beyond chance. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.rating import Level

#: In order: neighbours disagree by one step, the ends by two.
LEVELS: tuple[Level, ...] = ("high", "medium", "low")

#: Of each thing that was rated: what the one rater said, and what the other.
Pairs = Sequence[tuple[Level, Level]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of two raters.

    Attributes:
        commits: That both rated.
        same: Of them, with the same level.
        kappa: Linearly weighted; see `weighted_kappa`, also for None.
        table: How often the second rater said what (inner keys) where the first said what (outer keys).
    """

    commits: int
    same: int
    kappa: float | None
    table: dict[Level, dict[Level, int]]


@dataclass(frozen=True, slots=True)
class Ratings:
    """How one way of rating agrees with one labeller or two.

    Attributes:
        first: With the first labeller.
        second: With the second; None: there is none.
        both_high: What was rated how, of the commits that every labeller calls high.
        both_low: The same, of those that every labeller calls low.
    """

    first: Agreement
    second: Agreement | None
    both_high: dict[Level, int]
    both_low: dict[Level, int]


def agreement(pairs: Pairs) -> Agreement:
    """How two raters agree."""
    same = sum(one == other for one, other in pairs)
    return Agreement(len(pairs), same, weighted_kappa(pairs), confusion(pairs))


def ratings(rows: Sequence[tuple[Level, Level | None, Level]]) -> Ratings:
    """How ratings agree with labels.

    Args:
        rows: For each commit what the first labeller says, what the second says (None: nothing), and the rating.
    """
    second: Pairs = [(label, rated) for _, label, rated in rows if label]
    return Ratings(
        first=agreement([(label, rated) for label, _, rated in rows]),
        second=agreement(second) if second else None,
        both_high=_of_those("high", rows),
        both_low=_of_those("low", rows),
    )


def _of_those(level: Level, rows: Sequence[tuple[Level, Level | None, Level]]) -> dict[Level, int]:
    return tally(rated for first, second, rated in rows if first == level and second in (level, None))


def tally(levels: Iterable[Level]) -> dict[Level, int]:
    """How often each level occurs."""
    found = Counter(levels)
    return {level: found[level] for level in LEVELS}


def confusion(pairs: Pairs) -> dict[Level, dict[Level, int]]:
    """How often the second rater said what (inner keys) where the first said what (outer keys)."""
    return {row: tally(other for one, other in pairs if one == row) for row in LEVELS}


def weighted_kappa(pairs: Pairs) -> float | None:
    """Cohen's kappa, with disagreements weighted by their number of steps (linear weights).

    1 - (sum of w * observed) / (sum of w * expected), where `expected` is what two raters with the same habits would
    come to by chance. Source: J. Cohen, "Weighted kappa: Nominal scale agreement with provision for scaled
    disagreement or partial credit", Psychological Bulletin 70 (1968), 213-220, doi:10.1037/h0026256.

    Args:
        pairs: In any order.

    Returns:
        At most 1 (always the same); 0: no better than chance; below: worse. None where it is not defined: there is no
        pair, or both raters only ever gave one and the same level.
    """
    firsts, seconds = tally(one for one, _ in pairs), tally(other for _, other in pairs)
    observed = sum(_steps(one, other) for one, other in pairs) * len(pairs)
    expected = sum(_steps(one, other) * firsts[one] * seconds[other] for one in LEVELS for other in LEVELS)
    return 1 - observed / expected if expected else None


def _steps(one: Level, other: Level) -> int:
    return abs(LEVELS.index(one) - LEVELS.index(other))


def kappa_text(found: Agreement | None) -> str:
    """Kappa with three places; a dash where there is none."""
    return "-" if found is None or found.kappa is None else f"{found.kappa:.3f}"


def ratings_lines(name: str, found: Ratings) -> Iterator[str]:
    """A table for people; `name` is the way of rating."""
    yield f"First labeller (rows) and {name} (columns): {found.first.same} of {found.first.commits} the same"
    yield f"  {'':<8}" + "".join(f"{level:>8}" for level in LEVELS)
    for row in LEVELS:
        yield f"  {row:<8}" + "".join(f"{found.first.table[row][level]:>8}" for level in LEVELS)
    for row, rated in (("high", found.both_high), ("low", found.both_low)):
        parts = ", ".join(f"{rated[level]} {level}" for level in LEVELS)
        yield f"  Of the {sum(rated.values())} that every labeller calls {row}, rated: {parts}"
