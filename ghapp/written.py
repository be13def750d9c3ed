"""The digests that stand on GitHub, read from their markers: what is left when Redis is emptied."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from ghapp.github import Installation
from ghapp.publish import labelled

LABEL = "ghapp-digest"
MARKER = re.compile(
    r"<!-- ghapp:digest:v1 repository=(?P<repository>\d+) day=(?P<day>\d{4}-\d\d-\d\d) page=0"
    r" base=(?P<base>[0-9a-f]{40,64}|-) head=(?P<head>[0-9a-f]{40,64}) zone=(?P<zone>\S+)"
    r"(?P<pending> pending=\d+)?(?P<switched> switched)? -->"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What the marker of a digest on GitHub says, its day, its zone and its range, and the issue that holds it.

    On a day that `is_switched`, another branch became the default one.

    It is unfinished while the issue is open, when it was closed with analyses pending, or when it does not end where
    the next one begins: a force push took its end, and its page does not say so yet.
    """

    day: str
    timezone: str
    base_sha: str | None
    head_sha: str
    number: int
    is_unfinished: bool
    is_switched: bool = False

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """As of `Digest`: what it was switched from, nobody knows any more."""
        return (("another", ""),) if self.is_switched else ()


def written_digests(github: Installation, repository: int) -> list[Written]:
    """Every digest that stands on GitHub, oldest day first; of a day's duplicates the lowest number."""
    found: dict[str, Written] = {}
    # Newest first, so that the lowest number of a day is the last one that is seen.
    for row in labelled(github, repository, LABEL):
        marker = MARKER.match(row.get("body") or "")
        if marker and int(marker["repository"]) == repository and github.is_ours(row):
            base = None if marker["base"] == "-" else marker["base"]
            is_unfinished = row["state"] == "open" or marker["pending"] is not None
            day, is_switched = marker["day"], marker["switched"] is not None
            found[day] = Written(day, marker["zone"], base, marker["head"], row["number"], is_unfinished, is_switched)
    made = [found[day] for day in sorted(found)]
    return [_torn(one, following) for one, following in pairwise([*made, None]) if one]


def _torn(one: Written, following: Written | None) -> Written:
    """The digest, which is unfinished also when the one that follows does not begin where it ends."""
    is_torn = following and not following.is_switched and following.base_sha != one.head_sha
    return replace(one, is_unfinished=True) if is_torn else one
