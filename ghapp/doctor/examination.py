"""All checks, side by side, within a time that is known: nothing that does not answer keeps the others waiting."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping

import redis

from ghapp.doctor.check import Check, failure, good
from ghapp.doctor.history import history_checks
from ghapp.doctor.queue import work_checks
from ghapp.doctor.settings import Environment, environment_checks, read_environment, state_checks
from ghapp.doctor.site import site_checks
from ghapp.doctor.storage import URL, reached, storage_checks
from ghapp.jobqueue import JobQueue
from ghapp.settings import Settings

#: Nothing is asked any more after so many seconds, and nothing waited for after so many.
ASK_SECONDS, WAIT_SECONDS = 20.0, 27.0


def examine(environ: Mapping[str, str]) -> list[Check]:
    """Every check that the settings allow; it takes half a minute at most. Nothing is changed and nothing started."""
    environment, began = read_environment(environ), time.monotonic()
    settings = environment.settings
    groups = {
        "settings": _Group(lambda: environment_checks(environment)),
        "state": _Group(lambda: state_checks(settings)),
        "GitHub": _Group(lambda: site_checks(environment, began + ASK_SECONDS)),
        "Redis": _Group(lambda: _redis_checks(environment)),
        "model": _Group(lambda: _model_checks(settings)),
    }
    if environment.is_wrong("GHAPP_STATE_DIR"):
        del groups["state"]
    if environment.is_wrong("OPENAI_"):
        del groups["model"]
    for group in groups.values():
        group.start()
    return [check for name, group in groups.items() for check in group.result(name, began + WAIT_SECONDS)]


class _Group(threading.Thread):
    """Checks that follow each other. Ends with the process, whatever it waits for."""

    def __init__(self, checks: Callable[[], Iterator[Check]]) -> None:
        super().__init__(daemon=True)
        self._checks = checks
        self._found: list[Check] = []
        self._complete = False

    def run(self) -> None:
        for check in self._checks():
            self._found.append(check)
        self._complete = True

    def result(self, name: str, until: float) -> list[Check]:
        """What was found by `until` (of `time.monotonic`), and that it is not all if it is not."""
        self.join(max(0.0, until - time.monotonic()))
        found, complete = list(self._found), self._complete
        if not complete:
            fix = "Not all of it could be looked at in half a minute: mend what is above, then run it again."
            found.append(failure("doctor.complete", name, fix))
        return found


def _model_checks(settings: Settings) -> Iterator[Check]:
    if settings.model is None:
        yield good("model.answers", "OPENAI_MODEL", "no model is set: none is asked")
        return
    # Only who has a model waits for its client to be loaded, which takes longer than all the rest.
    from ghapp.doctor.model import model_checks  # noqa: PLC0415

    yield from model_checks(settings.model)


def _redis_checks(environment: Environment) -> Iterator[Check]:
    if environment.is_wrong("REDIS_URL", "GHAPP_STATE_DIR"):
        return
    found: list[Check] = []
    connection = reached(environment.settings, found)
    yield from found
    if connection is None:
        return
    try:
        with connection:
            yield from storage_checks(connection)
            jobs = JobQueue(connection, environment.settings.job_seconds)
            yield from work_checks(jobs, with_workers=environment.settings.credentials is not None)
            yield from history_checks(connection, environment.settings)
    except redis.RedisError as error:
        yield failure("redis.answers", URL, f"Redis stopped answering ({type(error).__name__}): look at its log.")
