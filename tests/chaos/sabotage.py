"""Breaks the product on purpose, inside a worker that `launch.py` started: the checker must notice each of these.

Nothing is broken before the storm. `SABOTAGE=drop` breaks every repository; of several, separated by commas, each
breaks repositories of its own. `drop=9` strikes once in nine events.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

#: Counts over all workers and jobs of a run: a folder that is there from the storm on, with one byte an event.
COUNTER = "CHAOS_COUNTER"
#: One entry in so many is dropped; one step of the cursor in so many skips what it read; every look is not taken.
EVERY = {"drop": 50, "skip-cursor": 5, "double": 1}


def _is_nth(name: str, every: int) -> bool:
    """Whether this event is one in `every`; none is before the storm."""
    try:
        with (Path(os.environ[COUNTER]) / name).open("ab") as file:
            file.write(b".")
            file.flush()
            return file.tell() % every == 0
    except FileNotFoundError:
        return False


def drop(broken: frozenset[int], every: int) -> None:
    """Some entries never reach their digest."""

    def thinned(digest: Any) -> Any:
        return replace(digest, entries=tuple(entry for entry in digest.entries if not _is_nth("drop", every)))

    _change_steps(broken, lambda step: replace(step, digests=tuple(map(thinned, step.digests))))


def skip_cursor(broken: frozenset[int], every: int) -> None:
    """The cursor moves past commits of which no entry is made."""

    def skipped(step: Any) -> Any:
        return replace(step, digests=()) if step.digests and _is_nth("skip-cursor", every) else step

    _change_steps(broken, skipped)


def _change_steps(broken: frozenset[int], change: Callable[[Any], Any]) -> None:
    from ghapp.store import Store

    whole = Store.advance

    def advance(self: Any, repository: int, step: Any, also: Any) -> bool:
        return whole(self, repository, change(step) if repository in broken else step, also)

    Store.advance = advance


def double(broken: frozenset[int], every: int) -> None:
    """Cards and issues are created without a look at what is there."""
    from ghapp import publish

    publish.LAG_SECONDS = 0.0

    def blind(found: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda place: None if place.repository in broken and _is_nth("double", every) else found(place)

    for place in (publish.Comments, publish.Issue):
        place.found = blind(place.found)


SABOTAGES: dict[str, Callable[[frozenset[int], int], None]] = {
    "drop": drop,
    "skip-cursor": skip_cursor,
    "double": double,
}


def unknown(asked: str) -> set[str]:
    """What of `SABOTAGE` is none."""
    return {one for one in asked.split(",") if asked and one.partition("=")[0] not in SABOTAGES}


def broken_by(asked: str, repositories: Sequence[int]) -> str:
    """What `apply` takes. Of several, each gets its share of the repositories, but `double` all: it takes no commit."""
    names = asked.split(",") if asked else []
    dealt = [one for one in names if one.partition("=")[0] != "double"]
    shares = {one: repositories[place :: len(dealt)] for place, one in enumerate(dealt)}
    return ",".join(f"{one}:{' '.join(map(str, shares.get(one, repositories)))}" for one in names)


def apply(text: str) -> None:
    """Break this process."""
    for one in text.split(","):
        asked, _, ids = one.partition(":")
        name, _, every = asked.partition("=")
        SABOTAGES[name](frozenset(map(int, ids.split())), int(every or EVERY[name]))
