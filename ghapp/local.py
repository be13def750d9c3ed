"""What `ghapp report`, `assess` and `evaluate` do: a clone read, judged with a model or without, and written out."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from analysis.assess import assess
from ghapp import config as repository_config
from ghapp import neutral
from ghapp.clone import Clone, CloneError, Commit, NoSuchRevision
from ghapp.clone_history import Histories
from ghapp.config import Config
from ghapp.digest_page import whole_digest
from ghapp.evaluation import Rated, evaluation, evaluation_text
from ghapp.explain import explain, explain_json, explain_text
from ghapp.judging import judging
from ghapp.labels import Label, LabelsError, located, read_labels
from ghapp.markdown import Part, page
from ghapp.phrases import phrases
from ghapp.render import commit_card
from ghapp.report import Judge, Progress, commit_entry, day_digest, entry_of, read_revision, repository_of
from ghapp.report_json import commit_json, report_json
from ghapp.settings import Settings, settings_from


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
    with _judged(path, settings, style.language) as (clone, judge, chosen):
        digest = day_digest(clone, date.fromisoformat(day), ZoneInfo(style.timezone), judge, progress)
        repository = repository_of(clone)
    config = replace(chosen, language=style.language, timezone=style.timezone)
    if style.kind == "json":
        return report_json(digest, repository, config).model_dump_json(indent=2)
    text = whole_digest(digest, repository, config)
    return _shown(text, f"{repository.full_name} {day}", style)


def card(path: Path, revision: str, style: Style, settings: Settings | None) -> str:
    """The card of one commit or range.

    Raises:
        click.ClickException: There is no such revision, or the clone cannot be read.
    """
    with _judged(path, settings, style.language) as (clone, judge, chosen):
        entry, change = commit_entry(clone, revision, judge)
    if style.kind == "json":
        found = commit_json(entry, ZoneInfo(style.timezone), phrases(style.language))
        return json.dumps(found.model_dump(), indent=2, ensure_ascii=False)
    if entry.assessment is None:
        raise click.ClickException("the change could not be assessed")
    config = replace(chosen, language=style.language, timezone=style.timezone)
    text = commit_card(entry.commit_sha, change, entry.assessment, config, entry.note)
    return _shown(text, entry.title, style)


def explanation(path: Path, revision: str, style: Style) -> str:
    """Every point of a commit's or range's card with the commands that show where it comes from.

    Raises:
        click.ClickException: There is no such revision, or the clone cannot be read.
    """
    with _judged(path, None, style.language) as (clone, judge, _):
        one = read_revision(clone, revision)
        entry = entry_of(0, one.commit, one.change, judge(one.change, one.history))
        found = explain(clone, one)
    say = phrases(style.language)
    if style.kind == "json":
        card = commit_json(entry, ZoneInfo(style.timezone), say).model_dump()
        return json.dumps(card | {"explain": explain_json(found, say)}, indent=2, ensure_ascii=False)
    return _shown(explain_text(found, say), entry.title, style)


def evaluate(labels: Path, path: Path, settings: Settings | None, progress: Progress, *, as_json: bool) -> str:
    """How ratings agree with the labels of a file.

    Raises:
        click.ClickException: The clone or the labels cannot be read, or no labelled commit is in the clone.
    """
    with _judged(path, settings, "en") as (clone, judge, _):
        wanted = read_labels(labels.read_text(encoding="utf-8", errors="replace"))
        named = _by_landing(located(wanted, clone), clone)
        changes = progress(clone.changes([commit.commit_sha for commit, _ in named]), len(named))
        histories = Histories(clone)
        # What the end of a shallow clone did is not known.
        rated = [
            Rated(label, assess(change, history), *judge(change, history))
            for (commit, label), change in zip(named, changes, strict=True)
            if not change.truncated
            for history in (histories.before(commit),)
        ]
    if not rated:
        raise click.ClickException(f"nothing to compare: none of {len(wanted)} labelled commits is in {path}")
    found = evaluation(wanted, rated, settings.model if settings else None)
    return json.dumps(asdict(found), indent=2) if as_json else evaluation_text(found)


def _by_landing(labels: dict[str, Label], clone: Clone) -> list[tuple[Commit, Label]]:
    """Labelled commits, oldest first: so each one's history goes on from that of the one before."""
    commits = clone.commits(list(labels))
    return sorted(zip(commits, labels.values(), strict=True), key=lambda one: one[0].landed_at)


def _shown(text: str, title: str, style: Style) -> str:
    return page(title, [Part(title, text)]) if style.kind == "html" else text


@contextmanager
def _judged(path: Path, settings: Settings | None, language: str) -> Generator[tuple[Clone, Judge, Config]]:
    """The clone, what judges its changes and its configuration, for the body of a `with`.

    What cannot be read is said as the command's failure; a faulty configuration is said, and none of it holds.
    """
    try:
        clone = Clone(path)
        chosen = _config(clone, settings)
        with judging(clone, settings, language, chosen.instructions) as judge:
            yield clone, judge, chosen
    except (CloneError, LabelsError) as error:
        raise click.ClickException(str(error)) from error


def _config(clone: Clone, settings: Settings | None) -> Config:
    """What the default branch's configuration says; nothing where the clone has no such branch."""
    try:
        text = clone.file(clone.default_branch(), repository_config.PATH) or b""
    except NoSuchRevision:
        text = b""
    chosen = repository_config.config_from(text.decode("utf-8", "replace"), settings or settings_from({}))
    for fault in chosen.faults:
        click.echo(f"ghapp: {repository_config.PATH} is not in effect: {neutral.plain(fault, 300)}", err=True)
    return chosen
