"""What the factors of risk reach in repositories that they were not fitted to: one after the other is left out.

Needs the files of `bench/factor_worth.py read`: `python bench/left_out.py BEFORE.py FILE=LABELS.csv ...`, from the
project's folder, with `PYTHONPATH=.`. BEFORE.py is a table of points that knows nothing of the fit, such as
`git show 41459c5:analysis/points.py`. Prints recall and area of reverts for the points as they are, for a fit to the
other repositories that is pulled towards those points, and for one that is pulled towards nothing.
"""

import math
import runpy
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.rating import MAX_REASONS
from bench.factor_worth import Repository, area, hits

#: Points for one unit of log-odds.
POINTS_A_UNIT = 7
#: How strongly a fit is pulled: towards the points before, and towards 0 where these do not know a signal.
KNOWN, UNKNOWN = 100.0, 10.0
ROUNDS = 12
LABEL = "reverted"

#: Codes that a commit has -> how many such commits there are, and how many of them have the label.
Cells = dict[frozenset[str], list[int]]


def cells_of(repository: Repository) -> Cells:
    """The commits of a repository, those alike as one."""
    found: Cells = {}
    for points, label in zip(repository.rows, repository.labels[LABEL], strict=True):
        one = found.setdefault(frozenset(points), [0, 0])
        one[0] += 1
        one[1] += label
    return found


def fitted(cells: Sequence[Cells], before: Mapping[str, float]) -> dict[str, float]:
    """Log-odds of each code, with one base rate for each repository: logistic regression by Newton's method."""
    codes = sorted({code for one in cells for alike in one for code in alike})
    place = {code: number for number, code in enumerate(codes)}
    pull = [KNOWN if code in before else UNKNOWN for code in codes] + [1e-6] * len(cells)
    aim = [before.get(code, 0.0) for code in codes] + [-4.0] * len(cells)
    rows = [
        ([*sorted(place[code] for code in alike), len(codes) + number], count, labelled)
        for number, one in enumerate(cells)
        for alike, (count, labelled) in one.items()
    ]
    found = list(aim)
    for _ in range(ROUNDS):
        slope = [weight * (wanted - now) for weight, wanted, now in zip(pull, aim, found, strict=True)]
        curve = [[0.0] * len(found) for _ in found]
        for number, weight in enumerate(pull):
            curve[number][number] = weight
        for places, count, labelled in rows:
            chance = 1 / (1 + math.exp(-sum(found[one] for one in places)))
            steep, missed = count * chance * (1 - chance), labelled - count * chance
            for one in places:
                slope[one] += missed
                line = curve[one]
                for other in places:
                    line[other] += steep
        found = [now + max(-1.0, min(1.0, step)) for now, step in zip(found, solved(curve, slope), strict=True)]
    return dict(zip(codes, found, strict=False))


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a symmetric positive definite system."""
    size, rows = len(right), [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for one in range(size):
        for other in range(one + 1, size):
            share = rows[other][one] / rows[one][one]
            if share:
                rows[other] = [b - share * a for a, b in zip(rows[one], rows[other], strict=True)]
    found = [0.0] * size
    for one in reversed(range(size)):
        rest = sum(rows[one][other] * found[other] for other in range(one + 1, size))
        found[one] = (rows[one][size] - rest) / rows[one][one]
    return found


def said(name: str, repositories: Sequence[Repository], scores: Sequence[list[float]]) -> None:
    """Print recall in the riskiest fifth and area, each inside its repository."""
    labels = [one.labels[LABEL] for one in repositories]
    count = sum(map(sum, labels))
    recall = sum(hits(score, label) for score, label in zip(scores, labels, strict=True)) / count
    curve = sum(area(score, label) * sum(label) for score, label in zip(scores, labels, strict=True)) / count
    print(f"| {name} | {recall:.3f} | {curve:.3f} |", flush=True)


def main() -> None:
    table = runpy.run_path(sys.argv[1])
    old = {code: points.risk / POINTS_A_UNIT for code, points in (table["POINTS"] | table["WITH_HISTORY"]).items()}
    pairs = (argument.partition("=") for argument in sys.argv[2:])
    repositories = [Repository(Path(file), Path(labels)) for file, _, labels in pairs]
    cells = [cells_of(one) for one in repositories]
    print("| points | reverted: recall@20% | AUC |\n|---|---:|---:|")
    said("as they are", repositories, [[float(strongest(row)) for row in one.rows] for one in repositories])
    for name, before in (("fitted to the others, from BEFORE", old), ("fitted to the others, from nothing", {})):
        scores: list[list[float]] = []
        for number, one in enumerate(repositories):
            weights = Counter(fitted(cells[:number] + cells[number + 1 :], before))
            scores.append([sum(weights[code] for code in row) for row in one.rows])
            print(f"\r{number + 1} of {len(repositories)}", end="\r", file=sys.stderr)
        said(name, repositories, scores)


def strongest(row: Mapping[str, int]) -> int:
    """The sum of the reasons that count."""
    return sum(sorted(row.values(), key=abs, reverse=True)[:MAX_REASONS])


if __name__ == "__main__":
    main()
