"""What `ghapp evaluate` finds out: how ratings agree with people's labels, with a model and without, and its cost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.rating import Assessment, Level
from ghapp.agreement import Agreement, Pairs, Ratings, agreement, kappa_text, ratings, ratings_lines
from ghapp.labels import Label, RatingName
from ghapp.model_note import ModelNote
from ghapp.model_text import tokens_text
from ghapp.settings_model import ModelSettings


@dataclass(frozen=True, slots=True)
class Rated:
    """One labelled commit as we rate it.

    Attributes:
        label: What people said.
        signals: From signals alone.
        assessment: With what the model made of it, when there is a model and it answered.
        note: The model's part.
    """

    label: Label
    signals: Assessment
    assessment: Assessment
    note: ModelNote

    @property
    def is_answered(self) -> bool:
        """Whether a model's answer is in the assessment."""
        return self.assessment.prose is not None

    def is_raised(self, rating: RatingName) -> bool:
        """Whether the model lifted that rating."""
        return _level(self.assessment, rating) != _level(self.signals, rating)


@dataclass(frozen=True, slots=True)
class Answered:
    """Ratings of the commits that the model answered, and of no others.

    Attributes:
        commits: How many they are, of those with a label.
        signals: From signals alone.
        with_model: With the model's reading.
        raised: How many the model lifted.
    """

    commits: int
    signals: Ratings
    with_model: Ratings
    raised: int


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two ratings.

    Attributes:
        labellers: The two labellers with each other; None: no commit has two labels.
        signals: Ratings from signals alone, of all that have a label.
        answered: None: the model answered none of them.
    """

    labellers: Agreement | None
    signals: Ratings
    answered: Answered | None


@dataclass(frozen=True, slots=True)
class ModelPart:
    """What the model did, and what it cost.

    Attributes:
        names: Of the models that answered, or were to.
        statuses: How many commits have which status (see `model_note.Status`).
        reasons: How many failures have which reason.
        findings_kept: Findings whose place is in the diff.
        findings_dropped: Findings that were taken away by the checks.
        prompt_tokens: Read for all answers, those from earlier included; failed attempts are not in it.
        completion_tokens: Written for all answers.
        estimated: Whether the server did not say all of them.
        cost: Of these tokens; None: no prices are set, or not those of each model that answered.
        currency: Of the cost.
    """

    names: list[str]
    statuses: dict[str, int]
    reasons: dict[str, int]
    findings_kept: int
    findings_dropped: int
    prompt_tokens: int
    completion_tokens: int
    estimated: bool
    cost: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result.

    Attributes:
        labels: How many commits were labelled.
        compared: How many of them were found.
        missing: Names of those that were not, as the labels have them.
        importance: Agreement in importance.
        risk: The same in risk; None: no label has one.
        model: None: no model was asked.
    """

    labels: int
    compared: int
    missing: list[str]
    importance: Compared
    risk: Compared | None
    model: ModelPart | None


def evaluation(labels: Sequence[Label], rated: Sequence[Rated], settings: ModelSettings | None) -> Evaluation:
    """What follows from the rated commits.

    Args:
        labels: All of them.
        rated: Those whose commits could be read; at least one.
        settings: For the currency; None: no model is configured.
    """
    asked = settings is not None and any(one.note.status != "off" for one in rated)
    compared = {one.label.sha for one in rated}
    risky = [one for one in rated if one.label.risk]
    return Evaluation(
        labels=len(labels),
        compared=len(rated),
        missing=[label.sha for label in labels if label.sha not in compared],
        importance=_compared(rated, "importance"),
        risk=_compared(risky, "risk") if risky else None,
        model=_model_part(rated, settings) if settings and asked else None,
    )


def _compared(rated: Sequence[Rated], rating: RatingName) -> Compared:
    """One rating of commits whose first label has it."""
    both: Pairs = [(one, two) for one, two in (row.label.levels(rating) for row in rated) if one and two]
    read = [one for one in rated if one.is_answered]
    answered = Answered(
        len(read),
        ratings(_rows(read, rating, with_model=False)),
        ratings(_rows(read, rating, with_model=True)),
        sum(one.is_raised(rating) for one in read),
    )
    signals = ratings(_rows(rated, rating, with_model=False))
    return Compared(agreement(both) if both else None, signals, answered if read else None)


def _rows(rated: Sequence[Rated], rating: RatingName, *, with_model: bool) -> list[tuple[Level, Level | None, Level]]:
    found: list[tuple[Level, Level | None, Level]] = []
    for one in rated:
        first, second = one.label.levels(rating)
        if first:
            found.append((first, second, _level(one.assessment if with_model else one.signals, rating)))
    return found


def _level(assessment: Assessment, rating: RatingName) -> Level:
    return assessment.importance.level if rating == "importance" else assessment.risk.level


def _model_part(rated: Sequence[Rated], settings: ModelSettings) -> ModelPart:
    notes = [one.note for one in rated]
    counts = [one.assessment.prose.counts for one in rated if one.assessment.prose]
    answers = [one.note for one in rated if one.is_answered]
    is_priced = bool(answers) and all(note.amount for note in answers)
    return ModelPart(
        names=sorted({note.name for note in notes if note.name}),
        statuses=dict(Counter(note.status for note in notes)),
        reasons=dict(Counter(note.reason for note in notes if note.status == "failed")),
        findings_kept=sum(count.findings_kept for count in counts),
        findings_dropped=sum(count.findings_dropped for count in counts),
        prompt_tokens=sum(note.prompt_tokens for note in notes),
        completion_tokens=sum(note.completion_tokens for note in notes),
        estimated=any(note.is_estimate for note in notes),
        cost=sum(note.amount for note in answers) if is_priced else None,
        currency=settings.currency,
    )


def evaluation_text(found: Evaluation) -> str:
    """The result for people."""
    lines = [f"{found.labels} labels: {found.compared} compared, {len(found.missing)} not in the clone."]
    lines += _compared_lines("Importance", found.importance)
    if found.risk:
        lines += _compared_lines("Risk", found.risk)
    lines += ["", *(_model_lines(found.model) if found.model else ["No model was asked."])]
    return "\n".join(lines)


def _compared_lines(name: str, found: Compared) -> Iterator[str]:
    yield ""
    yield f"{name}: weighted kappa (1: always the same, 0: as by chance)"
    yield f"  {'':<16}{'first labeller':>16}{'second labeller':>17}"
    if found.labellers:
        yield f"  {'second labeller':<16}{kappa_text(found.labellers):>16}"
    yield _kappas("signals", found.signals)
    ways = [("signals", found.signals)]
    if found.answered:
        yield f"  Of the {found.answered.commits} that the model answered, of which it raised {found.answered.raised}:"
        yield _kappas("signals", found.answered.signals)
        yield _kappas("with the model", found.answered.with_model)
        ways.append(("with the model", found.answered.with_model))
    for way, rated in ways:
        yield ""
        yield from ratings_lines(way, rated)


def _kappas(way: str, rated: Ratings) -> str:
    return f"  {way:<16}{kappa_text(rated.first):>16}{kappa_text(rated.second):>17}"


def _model_lines(model: ModelPart) -> Iterator[str]:
    yield f"Model: {', '.join(model.names)}"
    yield "  Commits: " + ", ".join(f"{count} {status}" for status, count in sorted(model.statuses.items()))
    if model.reasons:
        yield "  Failed: " + ", ".join(f"{count} {reason}" for reason, count in sorted(model.reasons.items()))
    yield f"  Findings: {model.findings_kept} kept, {model.findings_dropped} dropped"
    read, written = (
        tokens_text(n, is_estimate=model.estimated) for n in (model.prompt_tokens, model.completion_tokens)
    )
    yield f"  Tokens: {read} read, {written} written"
    about = "≈ " if model.estimated else ""
    yield "  Cost: " + ("not known" if model.cost is None else f"{about}{model.cost:.4f} {model.currency}")
