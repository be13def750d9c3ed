"""Judging a clone's changes: from signals, or with the configured model for as long as it and its Redis answer."""

import hashlib
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click
import redis

from analysis.assess import assess
from analysis.change import Change
from analysis.rating import Assessment
from ghapp import config, redis_server
from ghapp.clone import Clone, NoSuchRevision
from ghapp.model_note import NO_MODEL, ModelNote
from ghapp.report import Judge, github_name
from ghapp.settings import Settings
from ghapp.shelf import Shelf

if TYPE_CHECKING:
    from ghapp.asking import Asker, Subject

#: After so many failures in a row the model is left alone: somebody waits at the terminal.
GIVEN_UP_AFTER = 3


@contextmanager
def judging(clone: Clone, settings: Settings | None, language: str) -> Generator[Judge]:
    """What assesses the clone's changes: with the configured model when there is one and a Redis for its answers."""
    if settings is None or settings.model is None:
        yield from_signals
        return
    from ghapp.asking import Asker, Subject  # noqa: PLC0415 - half a second, which nobody waits for without a model

    with _redis(settings) as connection:
        if connection is None:
            yield from_signals
            return
        subject = Subject(_number(clone), 0, language, _instructions(clone, settings))
        yield ModelJudge(Asker(settings.model, Shelf(connection)), subject, settings.model.name)


def from_signals(change: Change) -> tuple[Assessment, ModelNote]:
    """Judge without a model."""
    return assess(change), NO_MODEL


class ModelJudge:
    """Judges with a model, as long as it answers; a failure never ends the command."""

    def __init__(self, asker: "Asker", subject: "Subject", name: str) -> None:
        """Nothing is asked yet; `name` is the model's."""
        self._asker, self._subject, self._name = asker, subject, name
        self._failures: list[ModelNote] = []
        self._is_lost = False

    def __call__(self, change: Change) -> tuple[Assessment, ModelNote]:
        """The assessment, and what the model had to do with it."""
        assessment = assess(change)
        if self._is_lost:
            return assessment, self._failures[-1]
        gives_up = len(self._failures) >= GIVEN_UP_AFTER
        try:
            judged, note, _ = self._asker.judged(change, assessment, self._subject, may_ask=not gives_up)
        except redis.RedisError as error:
            _say(f"Redis was lost ({type(error).__name__}); going on without the model.")
            self._is_lost = True
            self._failures.append(ModelNote("failed", "unavailable", self._name))
            return assessment, self._failures[-1]
        return judged, self._counted(note, gives_up=gives_up)

    def _counted(self, note: ModelNote, *, gives_up: bool) -> ModelNote:
        """The note; where the model was not asked any more, the one of its last failure."""
        if gives_up:
            return self._failures[-1] if note.status == "pending" else note
        if note.status == "used":
            self._failures.clear()
        if note.status == "failed":
            self._failures.append(note)
            if len(self._failures) == GIVEN_UP_AFTER:
                _say(f"The model failed {GIVEN_UP_AFTER} times in a row ({note.reason}); it is not asked any more.")
        return note


def _number(clone: Clone) -> int:
    """A stable number of 53 bits for the clone's repository: GitHub's id is not known here."""
    name = github_name(clone) or str(clone.path.resolve())
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:8]) >> 11


def _instructions(clone: Clone, settings: Settings) -> str:
    """What the default branch's configuration tells a model; nothing where the clone has no such branch."""
    try:
        text = clone.file(clone.default_branch(), config.PATH) or b""
    except NoSuchRevision:
        return ""
    return config.config_from(text.decode("utf-8", "replace"), settings).instructions


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
