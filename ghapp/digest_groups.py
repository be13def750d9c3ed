"""What of a digest stands in one line: series, noise, and what to act on first. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analysis.assess import ACT_FIRST
from analysis.rating import Level, Reason
from analysis.series import LEAST, series
from ghapp.digest import Entry

LEVELS: tuple[Level, ...] = ("high", "medium", "low")
#: Types that are noise where neither rating says otherwise.
NOISE = frozenset({"dependencies", "style", "ci", "chore"})
#: An update that is not a major one; several of them stand in one line.
UPDATE = "bumps-dependency"


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that stand together, most important first.

    Attributes:
        kind: `one` entry, a `series` of titles, or `noise`.
        label: What a series has in common; untrusted.
    """

    kind: Literal["one", "series", "noise"]
    entries: tuple[Entry, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of what to act on first: entries, and the reason of the first."""

    entries: tuple[Entry, ...]
    reason: Reason


def level_of(entry: Entry) -> str:
    """The importance of an entry, or `pending`."""
    return entry.assessment.importance.level if entry.assessment else "pending"


def weight(entry: Entry) -> tuple[int, int, int]:
    """Sorts by importance, then risk, then landing order."""
    if entry.assessment is None:
        return (0, 0, entry.position)
    return (-entry.assessment.importance.points, -entry.assessment.risk.points, entry.position)


def grouped(entries: Sequence[Entry], level: str, is_tied: Callable[[Entry], bool]) -> list[Group]:
    """The entries of one level: what is of high importance or tied to others alone, the rest in series; noise last."""
    free = [entry for entry in entries if level != "high" and not is_tied(entry)]
    noise = [entry for entry in free if level == "low" and _is_noise(entry)]
    noise = noise if len(noise) > 1 else []
    aside = {entry.position for entry in noise}
    others = [entry for entry in entries if entry.position not in aside]
    at_of = {entry.position: at for at, entry in enumerate(others)}
    left = [entry for entry in free if entry.position not in aside]
    found = series([entry.title for entry in left], by_lead=level == "low")
    alike = [replace(one, members=tuple(at_of[left[member].position] for member in one.members)) for one in found]
    of = {at: one for one in alike for at in one.members}
    groups = [
        Group("series", tuple(others[member] for member in of[at].members), of[at].label)
        if at in of
        else Group("one", (entry,))
        for at, entry in enumerate(others)
        if at not in of or of[at].members[0] == at
    ]
    return [*groups, Group("noise", tuple(noise))] if noise else groups


def _is_noise(entry: Entry) -> bool:
    one = entry.assessment
    return one is not None and one.act_first is None and one.risk.level == "low" and set(one.types) <= NOISE


def act_first(entries: Sequence[Entry], is_reverted: Callable[[Entry], bool]) -> list[Act]:
    """What asks for attention, most pressing first: by level, then by what it is; what was reverted comes last."""
    found = [(entry, reason) for entry in entries if (reason := _pressing(entry))]
    found.sort(key=lambda pair: (is_reverted(pair[0]), *_urgency(*pair)))
    updates = tuple(entry for entry, reason in found if reason.code == UPDATE)
    if len(updates) < LEAST:
        return [Act((entry,), reason) for entry, reason in found]
    return [
        Act(updates if reason.code == UPDATE else (entry,), reason)
        for entry, reason in found
        if reason.code != UPDATE or entry is updates[0]
    ]


def _urgency(entry: Entry, reason: Reason) -> tuple[int, int, tuple[int, int, int]]:
    rank = ACT_FIRST.index(reason.code) if reason.code in ACT_FIRST else len(ACT_FIRST)
    return ([*LEVELS, "pending"].index(level_of(entry)), rank, weight(entry))


def _pressing(entry: Entry) -> Reason | None:
    assessment = entry.assessment
    if assessment is None or assessment.act_first is None:
        return None
    both = (*assessment.importance.reasons, *assessment.risk.reasons)
    return next((reason for reason in both if reason.code == assessment.act_first), None)
