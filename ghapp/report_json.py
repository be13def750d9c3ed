"""Reports for machines: the JSON of `ghapp report` and `ghapp assess`, and its published schema."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from analysis.ledger import Reading
from analysis.prose import Finding, Grade, Insight
from analysis.rating import Assessment, Level, Rating
from ghapp.config import Config
from ghapp.digest import Digest, Entry
from ghapp.model_note import ModelNote
from ghapp.phrases import Phrases, phrases
from ghapp.reads import Repository
from ghapp.render import reason_text

#: What a report tells of `model_note.Status`: nobody is going to ask when it is written.
ModelStatus = Literal["off", "used", "cached", "failed", "over_budget"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EvidenceJson(_Frozen):
    """Where a reason can be seen."""

    path: str | None = Field(description="A file of the change; null: the title or body.")
    line: int | None = Field(description="Line after the change (before it, for a removed line); null: the whole file.")
    quote: str = Field(description="What stands there, at most 80 characters.")
    commit_sha: str | None = Field(description="An earlier commit that shows it; null: this change does.")


class ReasonJson(_Frozen):
    """One reason of a rating."""

    rating: str = Field(description="`importance` or `risk`.")
    code: str = Field(description="Stable name of the signal.")
    text: str = Field(description="The reason in the report's language.")
    points: int = Field(description="What it adds to the rating.")
    evidence: list[EvidenceJson]


class FindingJson(_Frozen):
    """Something that may go wrong, as a model that read the diff sees it."""

    text: str
    severity: Grade
    path: str = Field(description="A file of the change.")
    line_start: int = Field(
        description="First line; after the change, or before it where only removed lines are meant."
    )
    line_end: int
    falsifier: str = Field(description="What would show it to be wrong; may be empty.")


class InsightJson(_Frozen):
    """What the change means for five qualities; an empty text: nothing worth saying."""

    architecture: str
    performance: str
    security: str
    maintainability: str
    compatibility: str


class FileReadJson(_Frozen):
    """How much of one file the model was given to read."""

    path: str
    reading: Reading
    why: str = Field(description="Why not in full: a stable name; `whole` when it was.")


class ModelJson(_Frozen):
    """What a model had to do with the assessment."""

    status: ModelStatus = Field(description="`off`: none is configured, or there was nothing to read.")
    reason: str = Field(description="Of a failure: a stable name; else empty.")
    name: str = Field(description="Empty when none is configured.")
    prompt_tokens: int = Field(description="Tokens read for this answer, when it was made.")
    completion_tokens: int = Field(description="Tokens written for it.")
    estimated: bool = Field(description="Whether the server did not say all of the tokens.")
    cost: float | None = Field(description="What these tokens cost, in `currency`; null: not known, or no answer.")
    currency: str = Field(description="Empty without an answer.")
    redactions: int = Field(description="Secrets that were taken out of what it read.")
    dropped: int = Field(description="Findings of its answer that the checks took away.")
    files: list[FileReadJson] = Field(description="Every file of the change; empty without an answer.")


class CommitJson(_Frozen):
    """One commit."""

    sha: str
    title: str
    author: str
    committed_at: str = Field(description="ISO 8601, in the report's time zone.")
    pull: int | None = Field(description="Number of the pull request that the title names.")
    types: list[str] = Field(description="Change types, most telling first.")
    importance: Level
    importance_points: int
    risk: Level
    risk_points: int
    reasons: list[ReasonJson]
    scope: list[str] = Field(description="Areas touched, largest first.")
    files: int
    added: int = Field(description="Lines.")
    deleted: int = Field(description="Lines.")
    summary: str | None = Field(description="By the model, untrusted; null without an answer.")
    insight: InsightJson | None = Field(description="By the model; null without an answer.")
    findings: list[FindingJson] = Field(description="By the model, most severe first.")
    advice: list[str] = Field(description="By the model.")
    model: ModelJson


class StatisticsJson(_Frozen):
    """The day in numbers."""

    commits: int
    authors: int
    importance: dict[str, int]
    risk: dict[str, int]
    files: int
    added: int
    deleted: int


class ReportJson(_Frozen):
    """A day's digest."""

    repository: str
    day: str
    timezone: str
    base: str | None = Field(description="The commit before the first; null: it is a root commit, or nothing landed.")
    head: str
    faults: list[str] = Field(description="What is wrong with `.github/ghapp.yml`; with any, none of it holds.")
    commits: list[CommitJson] = Field(description="In landing order.")
    statistics: StatisticsJson


def schema() -> dict[str, Any]:
    """The JSON schema of a report; `$defs/CommitJson` is what `ghapp assess` prints."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ReportJson.model_json_schema()}


def report_json(digest: Digest, repository: Repository, config: Config) -> ReportJson:
    """The JSON of a digest whose entries are all assessed."""
    zone, say = ZoneInfo(config.timezone), phrases(config.language)
    return ReportJson(
        repository=repository.full_name,
        day=digest.day,
        timezone=config.timezone,
        faults=list(config.faults),
        base=digest.base_sha,
        head=digest.head_sha,
        commits=[commit_json(entry, zone, say) for entry in digest.entries],
        statistics=_statistics(digest),
    )


def commit_json(entry: Entry, zone: ZoneInfo, say: Phrases) -> CommitJson:
    """The JSON of one assessed entry."""
    assessment = _judged(entry)
    prose = assessment.prose
    reasons = [*_reasons("importance", assessment.importance, say), *_reasons("risk", assessment.risk, say)]
    return CommitJson(
        sha=entry.commit_sha,
        title=entry.title,
        author=entry.author,
        committed_at=datetime.fromtimestamp(entry.landed_at, zone).isoformat(),
        pull=entry.pull,
        types=list(assessment.types),
        importance=assessment.importance.level,
        importance_points=assessment.importance.points,
        risk=assessment.risk.level,
        risk_points=assessment.risk.points,
        reasons=reasons,
        scope=list(assessment.scope),
        files=entry.files or 0,
        added=entry.added or 0,
        deleted=entry.deleted or 0,
        summary=prose.summary if prose else None,
        insight=_insight(prose.insight) if prose else None,
        findings=[_finding(one) for one in prose.findings] if prose else [],
        advice=list(prose.advice) if prose else [],
        model=_model(entry.note),
    )


def _insight(insight: Insight) -> InsightJson:
    return InsightJson(**asdict(insight))


def _finding(finding: Finding) -> FindingJson:
    return FindingJson(**asdict(finding))


def _model(note: ModelNote) -> ModelJson:
    return ModelJson(
        # The others are not given by commands, which wait for an answer.
        status="failed" if note.status in ("pending", "outsider") else note.status,
        reason=note.reason,
        name=note.name,
        prompt_tokens=note.prompt_tokens,
        completion_tokens=note.completion_tokens,
        estimated=note.is_estimate,
        cost=note.amount or None,
        currency=note.currency,
        redactions=note.redactions,
        dropped=note.dropped,
        files=[FileReadJson(path=file.path, reading=file.reading, why=file.why) for file in note.files],
    )


def _judged(entry: Entry) -> Assessment:
    if entry.assessment is None:
        raise ValueError(f"{entry.commit_sha} is not assessed")
    return entry.assessment


def _reasons(name: str, rating: Rating, say: Phrases) -> list[ReasonJson]:
    return [
        ReasonJson(
            rating=name,
            code=reason.code,
            text=reason_text(say, reason),
            points=reason.points,
            evidence=[
                EvidenceJson(path=e.path, line=e.line, quote=e.quote, commit_sha=e.commit_sha) for e in reason.evidence
            ],
        )
        for reason in rating.reasons
    ]


def _statistics(digest: Digest) -> StatisticsJson:
    judged = [_judged(entry) for entry in digest.entries]
    return StatisticsJson(
        commits=len(digest.entries),
        authors=len({entry.author for entry in digest.entries}),
        importance=_levels([one.importance for one in judged]),
        risk=_levels([one.risk for one in judged]),
        files=sum(entry.files or 0 for entry in digest.entries),
        added=sum(entry.added or 0 for entry in digest.entries),
        deleted=sum(entry.deleted or 0 for entry in digest.entries),
    )


def _levels(ratings: list[Rating]) -> dict[str, int]:
    return {level: sum(rating.level == level for rating in ratings) for level in ("high", "medium", "low")}
