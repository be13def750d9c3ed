"""Judging a clone's changes: from signals, or with the configured model for as long as it and its Redis answer."""

import hashlib
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import click
import redis

from analysis.assess import assess
from analysis.change import Change
from analysis.history import History
from analysis.rating import Assessment
from ghapp import redis_server
from ghapp.clone import Clone
from ghapp.local_log import logged
from ghapp.model_note import NO_MODEL, ModelNote
from ghapp.report import Judge, github_name
from ghapp.settings import Settings
from ghapp.settings_model import ModelSettings
from ghapp.shelf import Shelf
from ghapp.subject import Subject

if TYPE_CHECKING:
    from ghapp.asking import Asker

#: After so many failures in a row the model is left alone: somebody waits at the terminal.
GIVEN_UP_AFTER = 3
#: While another process asks about the same content it is looked so often whether the answer is there.
LOOK_SECONDS = 0.5
#: A change waits so often for a server that limits requests, and at most so long each time.
LIMITED_TIMES, LIMITED_SECONDS = 5, 60.0
#: Where the server does not say how long: at first; doubled each time.
UNSAID_SECONDS = 4.0


@contextmanager
def judging(clone: Clone, settings: Settings | None, language: str, instructions: str) -> Generator[Judge]:
    """What assesses the clone's changes: with the configured model when there is one and a Redis for its answers.

    Args:
        clone: Whose changes.
        settings: None: no model is asked.
        language: Of the answers.
        instructions: What the repository tells a model; untrusted.
    """
    if settings is None or settings.model is None:
        yield from_signals
        return
    from ghapp.asking import Asker  # noqa: PLC0415 - half a second, which nobody waits for without a model

    with logged(), _redis(settings) as connection:
        asker = Asker(settings.model, Shelf(connection)) if connection else None
        yield ModelJudge(asker, Subject(_number(clone), 0, language, instructions), settings.model)


def from_signals(change: Change, history: History) -> tuple[Assessment, ModelNote]:
    """Judge without a model."""
    return assess(change, history), NO_MODEL


class ModelJudge:
    """Judges with a model, as long as it answers; a failure never ends the command."""

    def __init__(self, asker: "Asker | None", subject: Subject, settings: ModelSettings) -> None:
        """Nothing is asked yet; without an asker nothing is: there is no Redis."""
        self._asker, self._subject, self._settings = asker, subject, settings
        self._failures = 0

    def __call__(self, change: Change, history: History) -> tuple[Assessment, ModelNote]:
        """The assessment, and what the model had to do with it; nobody asks again when the command has ended."""
        assessment = assess(change, history)
        if not change.files:
            # There is nothing to read.
            return assessment, NO_MODEL
        judged, note = assessment, self._unasked("no-redis", assessment)
        if self._asker is not None:
            try:
                judged, note = self._judged(self._asker, change, assessment)
            except redis.RedisError as error:
                _say(f"Redis was lost ({type(error).__name__}); going on without the model.")
                self._asker = None
        return judged, replace(note, is_last=True)

    def _judged(self, asker: "Asker", change: Change, assessment: Assessment) -> tuple[Assessment, ModelNote]:
        """What is known of an answer when there is nothing left to wait for."""
        if self._failures >= GIVEN_UP_AFTER:
            judged, note, _ = asker.judged(change, assessment, self._subject, may_ask=False)
            # An answer from before is as good as ever.
            return judged, note if note.status == "cached" else self._unasked("not-asked", assessment)
        patience = _Patience(self._settings)
        while True:
            judged, note, _ = asker.judged(change, assessment, self._subject, may_ask=True)
            limit = asker.limit if note.status == "failed" else None
            if note.status != "pending" and limit is None:
                break
            if not (patience.with_others() if limit is None else patience.with_server(limit)):
                break
        self._count(note)
        return judged, self._unasked("busy", assessment) if note.status == "pending" else note

    def _count(self, note: ModelNote) -> None:
        if note.status == "used":
            self._failures = 0
        elif note.status == "failed":
            self._failures += 1
            if self._failures == GIVEN_UP_AFTER:
                _say(f"The model failed {GIVEN_UP_AFTER} times in a row ({note.reason}); it is not asked any more.")

    def _unasked(self, reason: Literal["not-asked", "busy", "no-redis"], assessment: Assessment) -> ModelNote:
        from ghapp.model_cost import name_of  # noqa: PLC0415 - see `judging`

        return ModelNote("failed", reason, name_of(self._settings, assessment.importance.level))


class _Patience:
    """How long one change waits for its answer, with others who ask and with a server that limits requests."""

    def __init__(self, settings: ModelSettings) -> None:
        from ghapp.asking import LEASE_SECONDS  # noqa: PLC0415 - see `judging`

        # Who asks holds the lease no longer; who takes it after that may need as long again.
        self._until = time.monotonic() + 2 * LEASE_SECONDS
        self._unsaid = min(UNSAID_SECONDS, settings.retry)
        self._times = 0

    def with_others(self) -> bool:
        """Wait a moment while another process asks about the same content; False: long enough."""
        time.sleep(LOOK_SECONDS)
        return time.monotonic() < self._until

    def with_server(self, limit: float) -> bool:
        """Wait as long as the server asks for; False, at once: too often or too long.

        Args:
            limit: Seconds; 0: it did not say.
        """
        wait = limit or min(self._unsaid * 2**self._times, LIMITED_SECONDS)
        if self._times == LIMITED_TIMES or wait > LIMITED_SECONDS:
            return False
        self._times += 1
        _say(f"The server takes no more requests for now; waiting {wait:.3g} s.")
        time.sleep(wait)
        return True


def _number(clone: Clone) -> int:
    """A stable number of 53 bits for the clone's repository: GitHub's id is not known here."""
    name = github_name(clone) or str(clone.path.resolve())
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:8]) >> 11


@contextmanager
def _redis(settings: Settings) -> Generator[redis.Redis | None]:
    """A connection to the configured Redis, else to an embedded one in the state directory; None, said once: none."""
    with ExitStack() as used:
        connection = None
        try:
            url = used.enter_context(redis_server.reached(settings.redis_url, settings.state_dir / "redis"))
            connection = used.enter_context(redis_server.connect(url))
            connection.ping()
        except (redis_server.NoServerError, redis.RedisError, OSError) as error:
            _say(f"No Redis to keep answers in, going on without the model: {error}")
            connection = None
        yield connection


def _say(text: str) -> None:
    click.echo(f"ghapp: {text}", err=True)
