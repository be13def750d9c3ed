"""The answer that is asked of a model: its strict form, how it is read, and what is wrong with one that is not it."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from analysis.rating import TYPES
from analysis.wording import PREFIXES

#: Characters asked for, per field. Up to twice as many are taken, and shortened at the end of a sentence.
SUMMARY, SENTENCE, PART, SCOPE = 600, 300, 400, 60
#: Entries asked for; at medium depth, fewer findings (`MEDIUM_FINDINGS`).
FINDINGS, MEDIUM_FINDINGS, ADVICE, SCOPES = 6, 2, 3, 5

_ERRORS_SHOWN = 12
_FENCED = re.compile(r"^```[ \t]*(?:json)?[ \t]*\r?\n(.*?)^```[ \t]*$", re.DOTALL | re.IGNORECASE | re.MULTILINE)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


class BadAnswerError(ValueError):
    """An answer that has not the form that was asked for.

    Attributes:
        errors: What is wrong, short lines without the answer's own text, fit for a repair request.
    """

    def __init__(self, errors: tuple[str, ...]) -> None:
        """Keep the errors."""
        super().__init__("; ".join(errors))
        self.errors = errors


def _type(value: object) -> object:
    """A change type in the spelling of `TYPES`, where it is another spelling of one of them."""
    if not isinstance(value, str):
        return value
    named = re.sub(r"[\s_-]+", " ", value).strip().lower()
    found = named if named in TYPES else PREFIXES.get(named)
    if found is None:
        raise ValueError("not one of " + ", ".join(TYPES))
    return found


_Type = Annotated[str, BeforeValidator(_type), WithJsonSchema({"type": "string", "enum": list(TYPES)})]
_Grade = Literal["high", "medium", "low"]


def _told(limit: int, what: str) -> str:
    return f"{what} At most {limit} characters."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class InsightAnswer(_Strict):
    """What the change means for five qualities; null where there is nothing particular to say."""

    architecture: str | None = Field(None, max_length=2 * PART, description=_told(PART, "How its parts depend."))
    performance: str | None = Field(None, max_length=2 * PART, description=_told(PART, "Time, memory, traffic."))
    security: str | None = Field(None, max_length=2 * PART, description=_told(PART, "Who may do or see what."))
    maintainability: str | None = Field(None, max_length=2 * PART, description=_told(PART, "Cost of the next change."))
    compatibility: str | None = Field(
        None, max_length=2 * PART, description=_told(PART, "Who must change what to keep working.")
    )


class FindingAnswer(_Strict):
    """Something that may go wrong, at lines that the diff shows."""

    text: str = Field(min_length=1, max_length=2 * PART, description=_told(PART, "What may go wrong, and when."))
    severity: _Grade = Field(description="How bad it would be.")
    path: str = Field(min_length=1, max_length=4096, description="A path exactly as the diff shows it.")
    line_start: int = Field(ge=1, description="First line, by the numbers that the diff shows.")
    line_end: int = Field(ge=1, description="Last line, by the numbers that the diff shows.")
    falsifier: str = Field("", max_length=2 * SENTENCE, description=_told(SENTENCE, "What would show it to be wrong."))


class ProposalAnswer(_Strict):
    """Another level than the signals gave, with the reason."""

    level: _Grade
    reason: str = Field(min_length=1, max_length=2 * SENTENCE, description=_told(SENTENCE, "Why, from the diff."))


class Answer(_Strict):
    """A model's answer about one change. Which fields it is asked for depends on the depth (`answer_schema`)."""

    types: tuple[_Type, ...] = Field(min_length=1, max_length=3, description="One to three, main one first.")
    summary: str = Field(min_length=1, max_length=2 * SUMMARY, description=_told(SUMMARY, "What it does, and why."))
    scope: tuple[Annotated[str, Field(max_length=2 * SCOPE)], ...] = Field(
        (), max_length=2 * SCOPES, description=f"Parts of the product that change, at most {SCOPES} names."
    )
    insight: InsightAnswer | None = None
    findings: tuple[FindingAnswer, ...] = Field(
        (), max_length=4 * FINDINGS, description="Empty when nothing in the diff gives rise to one."
    )
    advice: tuple[Annotated[str, Field(max_length=2 * SENTENCE)], ...] = Field(
        (), max_length=4 * ADVICE, description=f"At most {ADVICE}, for this change alone; else empty."
    )
    importance: ProposalAnswer | None = Field(None, description="Only to raise it; else null.")
    risk: ProposalAnswer | None = Field(None, description="Only to raise it, with a finding that shows why; else null.")


def read_answer(text: str) -> Answer:
    """The answer in a model's text: plain JSON, or one fenced object with prose around it.

    Raises:
        BadAnswerError: There is no such object, or it is not an `Answer`.
    """
    try:
        return Answer.model_validate_json(_object(_THOUGHT.sub("", text, count=1).strip()))
    except ValidationError as error:
        raise BadAnswerError(_lines(error)) from error


def _object(text: str) -> str:
    if not text:
        raise BadAnswerError(("the answer is empty",))
    if text.startswith("{"):
        return text
    fenced = [found for found in _FENCED.findall(text) if found.lstrip().startswith("{")]
    if len(fenced) != 1:
        raise BadAnswerError(("the answer must be one JSON object and nothing else",))
    return fenced[0]


def _lines(error: ValidationError) -> tuple[str, ...]:
    """What is wrong, by place; the answer's own text is not repeated, except the names of keys."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = dict.fromkeys(f"{_place(one['loc'])}: {one['msg'][:300]}" for one in found)
    return tuple(lines)[:_ERRORS_SHOWN]


def _place(loc: tuple[int | str, ...]) -> str:
    shown = ".".join(str(part)[:40] for part in loc[:6])
    return "".join(char for char in shown if char.isprintable()) or "the answer"
