"""Checks of histories: whether git is there to read them, and of which repositories there is none."""

import shutil
from collections.abc import Iterator

import redis

from ghapp.doctor.check import MOST_LINES, Check, good, warning
from ghapp.past_store import PastStore
from ghapp.roster import Roster
from ghapp.settings import Settings

_FIXES = {
    "too-large": "it takes more room than GHAPP_HISTORY_MEGABYTES ({megabytes}): allow more",
    "time-out": "git takes too long: allow jobs more time (GHAPP_JOB_SECONDS, now {seconds})",
    "no-git": "a worker found no git: install it where workers run",
    "refused": "GitHub refused the clone: the App needs contents: read, and the workers the address of git",
    "failed": "git failed: the workers' log says how",
    "state-dir": "a worker cannot write to GHAPP_STATE_DIR: give it a directory of its own",
}


def history_checks(connection: redis.Redis, settings: Settings) -> Iterator[Check]:
    """What keeps ratings from being made with a repository's history; it is tried again after a day.

    Raises:
        redis.RedisError: It is gone.
    """
    if not settings.history_megabytes:
        yield good("history.git", "GHAPP_HISTORY_MEGABYTES", "0: no history is read")
        return
    if shutil.which("git"):
        yield good("history.git", "git", "on the PATH here")
    else:
        yield warning("history.git", "git", "It is not on the PATH here: without it, workers rate without history.")
    failures = PastStore(connection).failures()
    roster = Roster(connection)
    for number, reason in list(failures.items())[:MOST_LINES]:
        fix = _FIXES.get(reason, reason).format(megabytes=settings.history_megabytes, seconds=settings.job_seconds)
        name = roster.name_of(number) or f"repository {number}"
        yield warning("history.repositories", name, f"Rated without history: {fix}. It is tried again after a day.")
    if len(failures) > MOST_LINES:
        yield warning("history.repositories", f"{len(failures) - MOST_LINES} more", "Rated without history, too.")
    if not failures:
        yield good("history.repositories", "repositories", "none is rated without")
