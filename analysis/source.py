"""Sources: the files of a change as material for a prompt: what may be read of each, and what it is worth."""

import math
from collections import defaultdict
from dataclasses import dataclass

from analysis.change import Change, FileChange
from analysis.hunks import Hunk, hunks_of
from analysis.paths import Role, path_role
from analysis.rating import Assessment

#: What a file is worth by its role, before anything was seen in it.
_WORTH = {
    Role.PRODUCT: 10,
    Role.API: 11,
    Role.MIGRATION: 11,
    Role.CONFIG: 6,
    Role.MANIFEST: 6,
    Role.BUILD: 6,
    Role.CI: 6,
    Role.TEST: 3,
    Role.TOOLING: 2,
    Role.EXAMPLE: 2,
}
#: Roles that are listed only: nobody wrote those lines.
_LISTED = {Role.LOCK: "lock", Role.GENERATED: "generated", Role.VENDORED: "vendored"}

#: Characters to a changed line, on average, from which a file was made by a machine.
_MINIFIED = 250


@dataclass(frozen=True, slots=True)
class Source:
    """One file.

    Attributes:
        file: The file.
        hunks: What may be read; empty when the file is listed only.
        why: One of `ledger.WHYS` that says why it is listed only; `whole` when it is not.
        worth: Points of the reasons seen in it, its role's worth, and a little for its size.
        evidence: Line -> points of the reasons seen there; None stands for the file as a whole.
    """

    file: FileChange
    hunks: tuple[Hunk, ...]
    why: str
    worth: float
    evidence: dict[int | None, int]


def sources_of(change: Change, assessment: Assessment) -> tuple[Source, ...]:
    """The files of a change, in its order."""
    evidence = _evidence(assessment)
    return tuple(_source(file, evidence.get(file.path, {})) for file in change.files)


def _source(file: FileChange, evidence: dict[int | None, int]) -> Source:
    hunks, why = _readable(file)
    seen = sum(evidence.values())
    worth = _WORTH.get(path_role(file.path), 1) + seen + math.log10(1 + file.added + file.deleted)
    return Source(file, hunks, why, worth, evidence)


def _readable(file: FileChange) -> tuple[tuple[Hunk, ...], str]:
    """The hunks that may be shown, or none and why."""
    if why := _LISTED.get(path_role(file.path)):
        return (), why
    if file.patch is None:
        moved = file.previous_path is not None
        return (), "unreadable" if file.added or file.deleted else "unchanged" if moved else "no-text"
    hunks = hunks_of(file)
    if hunks is None:
        return (), "unreadable"
    lengths = [len(line.text) for hunk in hunks for line in hunk.lines if line.sign != " "]
    return ((), "minified") if sum(lengths) > _MINIFIED * len(lengths) else (hunks, "whole")


def _evidence(assessment: Assessment) -> dict[str, dict[int | None, int]]:
    """Path -> line -> points of the reasons for either rating that were seen there, each reason once."""
    codes: dict[tuple[str, int | None], dict[str, int]] = defaultdict(dict)
    for reason in (*assessment.importance.reasons, *assessment.risk.reasons):
        for place in reason.evidence:
            if place.path is not None and reason.points > 0:
                found = codes[place.path, place.line]
                found[reason.code] = max(found.get(reason.code, 0), reason.points)
    points: dict[str, dict[int | None, int]] = defaultdict(dict)
    for (path, line), found in codes.items():
        points[path][line] = sum(found.values())
    return points
