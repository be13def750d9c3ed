"""What `ghapp evaluate` finds out: how ratings agree with people's labels, with a model and without, and its cost."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from analysis.rating import Assessment, Level
from ghapp.agreement import Agreement, Pairs, Ratings, agreement, kappa_text, ratings, ratings_lines
from ghapp.clone import Clone, NoSuchRevision
from ghapp.model_note import ModelNote
from ghapp.settings_model import ModelSettings

#: So many faults of a file of labels are told at once.
SHOWN_FAULTS = 10


class LabelsError(ValueError):
    """The labels cannot be used; the message names every fault with its line."""


class SecondLabel(BaseModel, frozen=True):
    """What another person said."""

    importance: Level


class Label(BaseModel, frozen=True):
    """One commit as people rated it; other keys of the line are not looked at.

    Attributes:
        sha: The commit's name, in full or shortened.
        importance: What the first labeller said.
        second: What the second said; None: nobody did.
    """

    sha: Annotated[str, Field(pattern="^[0-9a-f]{7,64}$")]
    importance: Level
    second: SecondLabel | None = None

    @property
    def levels(self) -> tuple[Level, Level | None]:
        """What the two said."""
        return self.importance, self.second.importance if self.second else None


@dataclass(frozen=True, slots=True)
class Rated:
    """One labelled commit as we rate it.

    Attributes:
        label: What people said.
        signals: Its importance from signals alone.
        assessment: With what the model made of it, when there is a model and it answered.
        note: The model's part.
    """

    label: Label
    signals: Level
    assessment: Assessment
    note: ModelNote

    @property
    def rated(self) -> Level:
        """Its importance as a reader would see it."""
        return self.assessment.importance.level


@dataclass(frozen=True, slots=True)
class ModelPart:
    """What the model did, and what it cost.

    Attributes:
        names: Of the models that answered, or were to.
        statuses: How many commits have which status (see `model_note.Status`).
        reasons: How many failures have which reason.
        findings_kept: Findings whose place is in the diff.
        findings_dropped: Findings that were taken away by the checks.
        raised: Commits whose importance the model lifted.
        prompt_tokens: Read for all answers, those from earlier included; failed attempts are not in it.
        completion_tokens: Written for all answers.
        cost: Of these tokens; None: no prices are set.
        currency: Of the cost.
    """

    names: list[str]
    statuses: dict[str, int]
    reasons: dict[str, int]
    findings_kept: int
    findings_dropped: int
    raised: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result.

    Attributes:
        labels: How many commits were labelled.
        compared: How many of them were found.
        missing: Names of those that were not, as the labels have them.
        labellers: The two labellers with each other; None: no commit has two labels.
        signals: Ratings from signals alone.
        with_model: Ratings with the model's reading where it answered; None: no model was asked.
        model: None: no model was asked.
    """

    labels: int
    compared: int
    missing: list[str]
    labellers: Agreement | None
    signals: Ratings
    with_model: Ratings | None
    model: ModelPart | None


def read_labels(text: str) -> list[Label]:
    """The labels of a file of JSON lines; empty lines are skipped.

    Raises:
        LabelsError: There is none, a line is not a label, or a commit comes twice.
    """
    labels: dict[str, Label] = {}
    faults: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            label = Label.model_validate_json(line)
        except ValidationError as error:
            faults += [f"line {number}: {fault}" for fault in _faults(error)]
            continue
        if label.sha in labels:
            faults.append(f"line {number}: sha: {label.sha} is there already")
        labels[label.sha] = label
    if faults:
        more = len(faults) - SHOWN_FAULTS
        raise LabelsError(
            "\n".join(["these are no labels:", *faults[:SHOWN_FAULTS], *([f"and {more} more"] if more > 0 else [])])
        )
    if not labels:
        raise LabelsError("there are no labels in the file")
    return list(labels.values())


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part) for part in fault["loc"])
        yield f"{where}: {fault['msg']}" if where else fault["msg"]


def located(labels: Iterable[Label], clone: Clone) -> dict[str, Label]:
    """The labels by the full names of their commits, without those that the clone has not.

    Raises:
        LabelsError: Two of them name the same commit.
    """
    found: dict[str, Label] = {}
    for label in labels:
        try:
            name = clone.resolve(label.sha)
        except NoSuchRevision:
            continue
        if name in found:
            raise LabelsError(f"{label.sha} and {found[name].sha} are the same commit")
        found[name] = label
    return found


def evaluation(labels: Sequence[Label], rated: Sequence[Rated], settings: ModelSettings | None) -> Evaluation:
    """What follows from the rated commits.

    Args:
        labels: All of them.
        rated: Those whose commits could be read; at least one.
        settings: For the prices; None: no model is configured.
    """
    asked = settings is not None and any(one.note.status != "off" for one in rated)
    levels = [one.label.levels for one in rated]
    both: Pairs = [(first, second) for first, second in levels if second]
    compared = {one.label.sha for one in rated}
    return Evaluation(
        labels=len(labels),
        compared=len(rated),
        missing=[label.sha for label in labels if label.sha not in compared],
        labellers=agreement(both) if both else None,
        signals=ratings([(*one.label.levels, one.signals) for one in rated]),
        with_model=ratings([(*one.label.levels, one.rated) for one in rated]) if asked else None,
        model=_model_part(rated, settings) if settings and asked else None,
    )


def _model_part(rated: Sequence[Rated], settings: ModelSettings) -> ModelPart:
    notes = [one.note for one in rated]
    counts = [one.assessment.prose.counts for one in rated if one.assessment.prose]
    read, written = sum(note.prompt_tokens for note in notes), sum(note.completion_tokens for note in notes)
    priced = settings.price_read or settings.price_written
    return ModelPart(
        names=sorted({note.name for note in notes if note.name}),
        statuses=dict(Counter(note.status for note in notes)),
        reasons=dict(Counter(note.reason for note in notes if note.status == "failed")),
        findings_kept=sum(count.findings_kept for count in counts),
        findings_dropped=sum(count.findings_dropped for count in counts),
        raised=sum(one.rated != one.signals for one in rated),
        prompt_tokens=read,
        completion_tokens=written,
        cost=settings.cost(read, written) if priced else None,
        currency=settings.currency,
    )


def evaluation_text(found: Evaluation) -> str:
    """The result for people."""
    ways = [("signals", found.signals)] + ([("with the model", found.with_model)] if found.with_model else [])
    lines = [f"{found.labels} labels: {found.compared} compared, {len(found.missing)} not in the clone."]
    lines += ["", *_kappas(found, ways)]
    for name, way in ways:
        lines += ["", *ratings_lines(name, way)]
    lines += ["", *(_model_lines(found.model) if found.model else ["No model was asked."])]
    return "\n".join(lines)


def _kappas(found: Evaluation, ways: Sequence[tuple[str, Ratings]]) -> Iterator[str]:
    yield "Weighted kappa (1: always the same, 0: as by chance)"
    yield f"  {'':<16}{'first labeller':>16}{'second labeller':>17}"
    if found.labellers:
        yield f"  {'second labeller':<16}{kappa_text(found.labellers):>16}"
    for name, way in ways:
        yield f"  {name:<16}{kappa_text(way.first):>16}{kappa_text(way.second):>17}"


def _model_lines(model: ModelPart) -> Iterator[str]:
    yield f"Model: {', '.join(model.names)}"
    yield "  Commits: " + ", ".join(f"{count} {status}" for status, count in sorted(model.statuses.items()))
    if model.reasons:
        yield "  Failed: " + ", ".join(f"{count} {reason}" for reason, count in sorted(model.reasons.items()))
    yield f"  Importance raised: {model.raised}"
    yield f"  Findings: {model.findings_kept} kept, {model.findings_dropped} dropped"
    yield f"  Tokens: {model.prompt_tokens} read, {model.completion_tokens} written"
    yield "  Cost: " + ("no prices are set" if model.cost is None else f"{model.cost:.4f} {model.currency}")
