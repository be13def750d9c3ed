"""What each factor of risk is worth: commits are ranked with all factors and again without one, in the same run.

First `python bench/factor_worth.py read CLONE FILE` for each repository: every commit of the default branch since 2021
with the points of all its signals. Then `python bench/factor_worth.py worth FILE=LABELS.csv ...`, with LABELS.csv of
the columns `sha` (12 digits or more), `reverted` and `hotfix`. Both from the project's folder, with `PYTHONPATH=.`.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from analysis.assess import weighed
from analysis.history import History
from analysis.history_facts import history_facts
from analysis.points import POINTS
from analysis.rating import MAX_REASONS
from ghapp.clone import Clone
from ghapp.rating_pass import landings_between, reads

SINCE = datetime(2021, 1, 1, tzinfo=UTC)
LABELS = ("reverted", "hotfix")
#: Factor -> the beginnings of its codes; every code that is not here is a factor of its own.
FACTORS = {
    "size": ("larger-", "size-"),
    "earlier reverts of the files": ("reverted-file", "often-reverted-file"),
    "earlier reverts of the directory": (
        "reverted-area",
        "often-reverted-area",
        "just-reverted-area",
        "lately-reverted-area",
    ),
    "earlier reverts of titles like this": (
        "seldom-reverted-scope",
        "less-reverted-scope",
        "reverted-scope",
        "often-reverted-scope",
    ),
    "second try": ("tries-again", "title-reverted"),
    "reverts, relands, mentions": ("reverts", "relands", "mentions-revert"),
    "familiarity": ("unfamiliar-files", "new-to-files", "not-active-lately"),
    "behind the scenes": ("only-", "no-code", "says-cosmetic"),
    "dependencies": ("bumps-", "updates-dependencies", "adds-dependency", "removes-dependency", "by-bot"),
    "interfaces and values": (
        "removes-flag",
        "adds-flag",
        "removes-variable",
        "adds-variable",
        "removes-endpoint",
        "adds-endpoint",
        "removes-key",
        "adds-key",
        "removes-api-names",
        "removes-names",
        "changes-default",
        "changes-limit",
    ),
    "what the code is about": (
        "edits-concurrency",
        "edits-memory",
        "adds-danger",
        "disables-verification",
        "edits-security",
        "edits-sensitive-file",
        "edits-query",
        "removes-handling",
    ),
    "tests": ("removes-tests", "skips-tests", "no-tests"),
    "fixes": ("fixes-", "fix-prone-files", "wide-fix"),
}
#: All that needs a history.
HISTORY = (
    "larger-",
    "reverted-",
    "often-",
    "seldom-",
    "less-",
    "just-",
    "lately-",
    "title-reverted",
    "tries-",
    "settled-",
    "fix-prone",
)
HISTORY += ("unfamiliar-", "new-to-", "not-active")

#: Points by code.
Row = dict[str, int]


def read(clone: Path, file: Path) -> None:
    """Write each commit and the points for risk of its signals, as one JSON array a line."""
    history, opened = History(), Clone(clone)
    with file.open("w", encoding="utf-8") as output:
        for one in reads(opened, landings_between(opened, SINCE, None)):
            if one.examined is not None:
                reasons = weighed(one.examined, history_facts(history, one.examined.asked))
                points = {reason.risk.code: reason.risk.points for reason in reasons if reason.risk.points}
                output.write(json.dumps([one.past.commit_sha, points]) + "\n")
            if one.is_known:
                history.add(one.past)


class Repository:
    """The labelled commits of one repository."""

    def __init__(self, file: Path, labels: Path) -> None:
        """Read both; commits without a label are left out."""
        with labels.open(encoding="utf-8", newline="") as text:
            known = {row["sha"][:12]: row for row in csv.DictReader(text)}
        lines = (json.loads(line) for line in file.open(encoding="utf-8"))
        kept = [(known[name[:12]], points) for name, points in lines if name[:12] in known]
        self.rows: list[Row] = [points for _, points in kept]
        self.labels = {label: [row[label] in ("1", "True") for row, _ in kept] for label in LABELS}


def total(points: Row, without: tuple[str, ...]) -> int:
    """The sum over the strongest reasons, those left out whose codes begin so."""
    kept = [(-abs(one), code, one) for code, one in points.items() if not (without and code.startswith(without))]
    return sum(one for _, _, one in sorted(kept)[:MAX_REASONS])


def groups(scores: Sequence[float], labels: list[bool]) -> Iterator[tuple[int, int]]:
    """Commits and labelled ones among them for each score, the highest first."""
    found: dict[float, list[int]] = {}
    for score, label in zip(scores, labels, strict=True):
        one = found.setdefault(score, [0, 0])
        one[0] += 1
        one[1] += label
    return ((found[score][0], found[score][1]) for score in sorted(found, reverse=True))


def hits(scores: Sequence[float], labels: list[bool], share: float = 0.2) -> float:
    """Labelled commits that are expected among that share of all commits, the riskiest; ties in any order."""
    room, found = share * len(scores), 0.0
    for count, positive in groups(scores, labels):
        taken = min(room, count)
        found += positive * taken / count
        room -= taken
    return found


def area(scores: Sequence[float], labels: list[bool]) -> float:
    """Chance that a labelled commit stands above one that is not; 0.5 for ties."""
    positives, others = sum(labels), len(labels) - sum(labels)
    above, won = 0, 0.0
    for count, positive in groups(scores, labels):
        won += (count - positive) * (above + positive / 2)
        above += positive
    return won / (positives * others) if positives and others else 0.5


def figures(repositories: list[Repository], label: str, without: tuple[str, ...]) -> tuple[float, float]:
    """Recall in the riskiest fifth, and area under the curve, each inside its repository."""
    caught = weighted = count = 0.0
    for one in repositories:
        labels, scores = one.labels[label], [total(points, without) for points in one.rows]
        caught += hits(scores, labels)
        weighted += area(scores, labels) * sum(labels)
        count += sum(labels)
    return caught / count, weighted / count


def worth(repositories: list[Repository]) -> None:
    """Print the figures with everything, and for each factor without it, and the ratio of the two recalls."""
    grouped = tuple(begin for begins in FACTORS.values() for begin in begins)
    single = {code: (code,) for code, points in POINTS.items() if points.risk and not code.startswith(grouped)}
    tried = {"(nothing)": (), "history, all of it": HISTORY} | FACTORS | single
    whole = {label: figures(repositories, label, ()) for label in LABELS}
    print("| without | reverted: recall@20% | AUC | ratio | hotfix: recall@20% | AUC | ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, without in tried.items():
        cells = [f"| {name}"]
        for label in LABELS:
            recall, curve = figures(repositories, label, without)
            cells.append(f"{recall:.3f} | {curve:.3f} | {recall / whole[label][0]:.3f}")
        print(" | ".join(cells), "|", flush=True)


def main() -> None:
    if sys.argv[1] == "read":
        read(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    pairs = (argument.partition("=") for argument in sys.argv[2:])
    worth([Repository(Path(file), Path(labels)) for file, _, labels in pairs])


if __name__ == "__main__":
    main()
