"""What `ghapp report` and `ghapp assess` print: a clone's digest or card in one of the formats."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from analysis.change import Change
from ghapp.clone import Clone, CloneError
from ghapp.config import Config
from ghapp.digest_page import whole_digest
from ghapp.markdown import Part, page
from ghapp.phrases import phrases
from ghapp.render import commit_card
from ghapp.report import commit_entry, day_digest, repository_of
from ghapp.report_json import commit_json, report_json


@dataclass(frozen=True, slots=True)
class Style:
    """How it is written: `kind` is `md`, `json` or `html`."""

    timezone: str
    language: str
    kind: str


def report(path: Path, day: str, style: Style, progress: Callable[[Iterable[Change], int], Iterable[Change]]) -> str:
    """The digest of `day`.

    Raises:
        click.ClickException: The clone cannot be read; says why.
    """
    try:
        clone = Clone(path)
        digest = day_digest(clone, date.fromisoformat(day), ZoneInfo(style.timezone), progress)
        repository = repository_of(clone)
    except CloneError as error:
        raise click.ClickException(str(error)) from error
    if style.kind == "json":
        found = report_json(digest, repository, style.timezone, phrases(style.language))
        return found.model_dump_json(indent=2)
    text = whole_digest(digest, repository, Config(style.language, style.timezone))
    return _shown(text, f"{repository.full_name} {day}", style)


def card(path: Path, revision: str, style: Style) -> str:
    """The card of one commit or range.

    Raises:
        click.ClickException: There is no such revision, or the clone cannot be read.
    """
    try:
        entry, change = commit_entry(Clone(path), revision)
    except CloneError as error:
        raise click.ClickException(str(error)) from error
    if style.kind == "json":
        found = commit_json(entry, ZoneInfo(style.timezone), phrases(style.language))
        return json.dumps(found.model_dump(), indent=2, ensure_ascii=False)
    if entry.assessment is None:
        raise click.ClickException("the change could not be assessed")
    text = commit_card(entry.commit_sha, change, entry.assessment, style.language)
    return _shown(text, entry.title, style)


def _shown(text: str, title: str, style: Style) -> str:
    return page(title, [Part(title, text)]) if style.kind == "html" else text
