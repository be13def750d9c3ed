"""Breaks the product on purpose, inside a worker that `launch.py` started: the checker must notice each of these."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

#: Counts over all workers and jobs of a run: one byte an event.
COUNTER = "CHAOS_COUNTER"
#: One entry in so many is dropped; one step of the cursor in so many skips what it read.
DROP_EVERY, SKIP_EVERY = 50, 5


def _count() -> int:
    """How many events there were, this one included."""
    with Path(os.environ[COUNTER]).open("ab") as file:
        file.write(b".")
        file.flush()
        return file.tell()


def drop() -> None:
    """One entry in 50 never reaches its digest."""
    _change_steps(lambda step: replace(step, digests=tuple(map(_thinned, step.digests))))


def _thinned(digest: Any) -> Any:
    return replace(digest, entries=tuple(entry for entry in digest.entries if _count() % DROP_EVERY))


def skip_cursor() -> None:
    """The cursor moves past commits of which no entry is made."""
    _change_steps(lambda step: step if not step.digests or _count() % SKIP_EVERY else replace(step, digests=()))


def _change_steps(change: Callable[[Any], Any]) -> None:
    from ghapp.store import Store

    whole = Store.advance

    def advance(self: Any, repository: int, step: Any, also: Any) -> bool:
        return whole(self, repository, change(step), also)

    Store.advance = advance


def double() -> None:
    """Cards and issues are created without a look at what is there."""
    from ghapp import publish

    publish.Comments.found = publish.Issue.found = lambda _: None
    publish.LAG_SECONDS = 0.0


SABOTAGES: dict[str, Callable[[], None]] = {"drop": drop, "double": double, "skip-cursor": skip_cursor}
