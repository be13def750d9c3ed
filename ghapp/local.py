"""What `ghapp report`, `assess` and `evaluate` do: a clone read, judged with a model or without, and written out."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from analysis.assess import assess
from ghapp.clone import Clone, CloneError
from ghapp.config import Config
from ghapp.digest_page import whole_digest
from ghapp.evaluation import LabelsError, Rated, evaluation, evaluation_text, located, read_labels
from ghapp.judging import judging
from ghapp.markdown import Part, page
from ghapp.phrases import phrases
from ghapp.render import commit_card
from ghapp.report import Progress, commit_entry, day_digest, repository_of
from ghapp.report_json import commit_json, report_json
from ghapp.settings import Settings


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
    with _clone(path) as clone, judging(clone, settings, style.language) as judge:
        digest = day_digest(clone, date.fromisoformat(day), ZoneInfo(style.timezone), judge, progress)
        repository = repository_of(clone)
    if style.kind == "json":
        found = report_json(digest, repository, style.timezone, phrases(style.language))
        return found.model_dump_json(indent=2)
    text = whole_digest(digest, repository, Config(style.language, style.timezone))
    return _shown(text, f"{repository.full_name} {day}", style)


def card(path: Path, revision: str, style: Style, settings: Settings | None) -> str:
    """The card of one commit or range.

    Raises:
        click.ClickException: There is no such revision, or the clone cannot be read.
    """
    with _clone(path) as clone, judging(clone, settings, style.language) as judge:
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
    with _clone(path) as clone, judging(clone, settings, "en") as judge:
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
