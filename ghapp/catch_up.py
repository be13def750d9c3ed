"""`ghapp catch-up`: look at repositories as if no delivery had ever come, and work off what follows from it.

It needs neither receiver nor clock nor workers, and minds none of them. Its own workers are the usual ones, it is the
clock meanwhile, and what it leaves undone is due in Redis for those that run next.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ghapp import clock, redeliveries
from ghapp.children import Children
from ghapp.jobqueue import JobQueue
from ghapp.places import Parts, Places
from ghapp.run import ghapp_command
from ghapp.store import Store
from ghapp.tally import Tally, tally
from ghapp.waiting import failures, retry_now, waiting

#: Kinds of keys that are waited for. Not what a model reads: that fills in later, and may wait for a day's budget.
FOLLOWED = ("landing", "pulls", "render", "card", "entry", "command")
#: A finished day's key waits for its midnight; from so many seconds before it is due it is followed as well.
ROLLOVER_SECONDS = 60
#: When all that is left has failed so often, it is left to those that run next.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Done:
    """What was done.

    Attributes:
        places: What was looked at.
        counted: What came: entries, and writes of digests and cards.
        given_up: Due keys that were forgotten, each with the reason.
        remaining: Due keys that are left, each with how often in a row it failed.
        deliveries: How many failed deliveries were asked for again.
    """

    places: Places
    counted: Tally
    given_up: dict[str, str] = field(default_factory=dict[str, str])
    remaining: dict[str, int] = field(default_factory=dict[str, int])
    deliveries: int = 0

    @property
    def complete(self) -> bool:
        """Whether nothing is left."""
        return not (self.given_up or self.remaining)


def catch_up(
    parts: Parts, places: Places, since: str | None, environ: Mapping[str, str], show: Callable[[int, int], None]
) -> Done:
    """Mark what may be behind and work until nothing that follows from it is left.

    Args:
        parts: What it works with.
        places: What is looked at.
        since: A day (ISO) that digests are to begin with; None: where they began.
        environ: For the workers.
        show: Told how many keys are done, of how many.
    """
    before = tally(parts.jobs.connection)
    watch = _Watch(parts.jobs, _mark(parts, places, since), show)
    children = Children(environ)
    try:
        for number in range(1, parts.settings.workers + 1):
            children.start(f"worker {number}", ghapp_command("worker"))
        children.watch(watch.is_over)
    finally:
        children.stop()
    remaining = {key: failures(parts.jobs, key) for key in watch.left()}
    counted = tally(parts.jobs.connection) - before
    return Done(places, counted, parts.state.given_up(watch.seen), remaining)


def ask_again(parts: Parts) -> int:
    """Ask for the deliveries that failed; returns for how many."""
    with parts.github() as app:
        return redeliveries.sweep(app, parts.settings, parts.state)


def _mark(parts: Parts, places: Places, since: str | None) -> set[str]:
    """Mark the branch and the pull requests of each repository; returns the keys."""
    state, store, marked = parts.state, parts.store, set[str]()
    for place in places.found:
        number = place.repository.id
        if place.repository.archived:
            continue
        # Every card is looked at, also when the list of pull requests is the one that was looked at before.
        state.forget_pulls_etag(number)
        due: dict[str, dict[str, str]] = {f"pulls:{number}": {}}
        if place.repository.writable:
            due[f"landing:{number}"] = {"since": since} if since else {}
            due[f"landing:{number}"] |= {"lost": str(store.met(place.installation) or 0)}
        for key, hint in due.items():
            state.forget_given_up(key)
            parts.jobs.mark(key, place.installation, hint=hint)
        marked |= due.keys()
    of_these = {place.repository.id for place in places.found}
    for key in waiting(parts.jobs):
        if _repository(key) in of_these:
            retry_now(parts.jobs, key)
    return marked


def _repository(key: str) -> int:
    """The repository that a due key names; 0: it names none."""
    kind, _, names = key.partition(":")
    return int(names.split(":")[0]) if kind in (*FOLLOWED, "rollover") else 0


class _Watch:
    """Watches the keys of some repositories come and go, and is the clock meanwhile."""

    def __init__(self, jobs: JobQueue, marked: set[str], show: Callable[[int, int], None]) -> None:
        self.seen = set(marked)
        self._jobs, self._show = jobs, show
        self._repositories = {_repository(key) for key in marked}
        self._cleaned_at = -clock.CLEAN_SECONDS

    def is_over(self) -> bool:
        """Whether nothing is left, or nothing but what fails again and again."""
        if time.monotonic() - self._cleaned_at > clock.CLEAN_SECONDS:
            self._cleaned_at = time.monotonic()
            clock.clean(self._jobs.tickets)
        clock.tick(self._jobs)
        left = self.left()
        self.seen |= left
        self._show(len(self.seen) - len(left), len(self.seen))
        return all(failures(self._jobs, key) >= PATIENCE for key in left)

    def left(self) -> set[str]:
        """The keys of these repositories that are not worked yet."""
        soon = Store(self._jobs.connection).now() + ROLLOVER_SECONDS
        return {
            key
            for key, at in waiting(self._jobs).items()
            if _repository(key) in self._repositories and (at < soon or not key.startswith("rollover:"))
        }
