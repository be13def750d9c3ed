"""What `ghapp report`, `assess` and `evaluate` do: a clone read, judged with a model or without, and written out."""

import hashlib
import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
import redis

from analysis.assess import assess
from analysis.change import Change
from analysis.rating import Assessment
from ghapp import config, redis_server
from ghapp.clone import Clone, CloneError, NoSuchRevision
from ghapp.digest_page import whole_digest
from ghapp.evaluation import LabelsError, Rated, evaluation, evaluation_text, located, read_labels
from ghapp.markdown import Part, page
from ghapp.model_note import NO_MODEL, ModelNote
from ghapp.phrases import phrases
from ghapp.render import commit_card
from ghapp.report import Judge, Progress, commit_entry, day_digest, github_name, repository_of
from ghapp.report_json import commit_json, report_json
from ghapp.settings import Settings
from ghapp.shelf import Shelf

if TYPE_CHECKING:
    from ghapp.asking import Asker, Subject

#: After so many failures in a row the model is left alone: somebody waits at the terminal.
GIVEN_UP_AFTER = 3


@dataclass(frozen=True, slots=True)
class Style:
    """How it is written: `kind` is `md`, `json` or `html`."""

    timezone: str
    language: str
    kind: str


def report(path: Path, day: str, style: Style, settings: Settings | None, progress: Progress) -> str:
    """The digest of `day`.

    Args:
        path: The clone.
        day: ISO date.
        style: How it is written.
        settings: With the model that reads it; None: signals alone.
        progress: Shows how far it is.

    Raises:
        click.ClickException: The clone cannot be read; says why.
    """
    with _clone(path) as clone, _judge(clone, settings, style.language) as judge:
        digest = day_digest(clone, date.fromisoformat(day), ZoneInfo(style.timezone), judge, progress)
        repository = repository_of(clone)
    if style.kind == "json":
        found = report_json(digest, repository, style.timezone, phrases(style.language))
        return found.model_dump_json(indent=2)
    text = whole_digest(digest, repository, config.Config(style.language, style.timezone))
    return _shown(text, f"{repository.full_name} {day}", style)


def card(path: Path, revision: str, style: Style, settings: Settings | None) -> str:
    """The card of one commit or range.

    Raises:
        click.ClickException: There is no such revision, or the clone cannot be read.
    """
    with _clone(path) as clone, _judge(clone, settings, style.language) as judge:
        entry, change = commit_entry(clone, revision, judge)
    if style.kind == "json":
        found = commit_json(entry, ZoneInfo(style.timezone), phrases(style.language))
        return json.dumps(found.model_dump(), indent=2, ensure_ascii=False)
    if entry.assessment is None:
        raise click.ClickException("the change could not be assessed")
    text = commit_card(entry.commit_sha, change, entry.assessment, style.language, entry.note)
    return _shown(text, entry.title, style)


def evaluate(labels: Path, path: Path, settings: Settings | None, progress: Progress, *, as_json: bool) -> str:
    """How ratings agree with the labels of a file.

    Raises:
        click.ClickException: The clone or the labels cannot be read, or no labelled commit is in the clone.
    """
    with _clone(path) as clone, _judge(clone, settings, "en") as judge:
        wanted = read_labels(labels.read_text(encoding="utf-8", errors="replace"))
        named = located(wanted, clone)
        changes = progress(clone.changes(list(named)), len(named))
        # What the end of a shallow clone did is not known.
        rated = [
            Rated(label, assess(change).importance.level, *judge(change))
            for label, change in zip(named.values(), changes, strict=True)
            if not change.truncated
        ]
    if not rated:
        raise click.ClickException(f"nothing to compare: none of {len(wanted)} labelled commits is in {path}")
    found = evaluation(wanted, rated, settings.model if settings else None)
    return json.dumps(asdict(found), indent=2) if as_json else evaluation_text(found)


def _shown(text: str, title: str, style: Style) -> str:
    return page(title, [Part(title, text)]) if style.kind == "html" else text


@contextmanager
def _clone(path: Path) -> Generator[Clone]:
    """The clone, for the body of a `with`; what cannot be read is said as the command's failure."""
    try:
        yield Clone(path)
    except (CloneError, LabelsError) as error:
        raise click.ClickException(str(error)) from error


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


@contextmanager
def _judge(clone: Clone, settings: Settings | None, language: str) -> Generator[Judge]:
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
    """The configured Redis, else one of our own under the state directory for as long; None, said once: neither."""
    server: subprocess.Popen[bytes] | None = None
    connection: redis.Redis | None = None
    try:
        try:
            server, url = _server(settings)
            connection = redis_server.connect(url)
            connection.ping()
        except (redis_server.NoServerError, redis.RedisError, OSError) as error:
            _say(f"No Redis to keep answers in, going on without the model: {error}")
            connection = None
        yield connection
    finally:
        if connection is not None:
            connection.close()
        if server is not None:
            server.terminate()
            server.wait()


def _server(settings: Settings) -> tuple[subprocess.Popen[bytes] | None, str]:
    if settings.redis_url is not None:
        return None, settings.redis_url
    return redis_server.start(settings.state_dir / "redis")


def _say(text: str) -> None:
    click.echo(f"ghapp: {text}", err=True)
