"""The prompt: fixed rules, a task by depth, and everything of the change as fenced data."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import get_args

from analysis.answer_schema import answer_schema
from analysis.budget import packed
from analysis.change import Change
from analysis.ledger import Ledger
from analysis.people import without_people
from analysis.prose import Depth
from analysis.rating import Assessment, Rating
from analysis.tokens import estimate
from analysis.visible import one_line, visible

#: Counts up when the form of the message changes, so that answers to the old one are not taken for answers to the new.
FORM = 2

#: Characters of a repository's own guidance, of a title and of a body that are sent.
INSTRUCTIONS_LIMIT = 2000
TITLE_LIMIT = 300
BODY_LIMIT = 4000
#: Characters that a boundary has at least: it must not be guessed.
LEAST_BOUNDARY = 16

#: Tokens of a whole prompt: what a small change may take, and the most by default.
SMALLEST_BUDGET, LARGEST_BUDGET = 7900, 24_000
#: The share of the most that a change may take by what is at stake, and for each changed line what one takes.
_SHARES = {"high": 1.0, "medium": 2 / 3, "low": 1 / 3}
_TOKENS_PER_LINE = 25
#: What is small: it fits into `SMALLEST_BUDGET` unless its lines are unusually long.
_SMALL_FILES, _SMALL_LINES = 10, 300
#: Parts of what the rules leave that guidance and description may take: one in so many.
_GUIDANCE_SHARE, _BODY_SHARE = 3, 4

_LANGUAGES = {"en": "English", "zh-CN": "Simplified Chinese (简体中文)"}

Message = dict[str, str]
#: Takes secrets out: the text without them, with as many lines, and how many there were.
Redact = Callable[[str], tuple[str, int]]


class BoundaryError(ValueError):
    """The boundary is too short, or the change contains it: take another one."""


@dataclass(frozen=True, slots=True)
class PromptTexts:
    """The fixed texts, from templates/prompt/<name>.txt.

    Attributes:
        system: The rules.
        high: The task at high depth.
        medium: The task at medium depth.
        low: The task at low depth.
        frame: Language, signals and boundary: `{language}`, `{importance}`, `{importance_reasons}`, `{risk}`,
            `{risk_reasons}`, `{boundary}`.
        repair: What is said about an answer that could not be read: `{errors}`.
    """

    system: str
    high: str
    medium: str
    low: str
    frame: str
    repair: str


@dataclass(frozen=True, slots=True)
class PromptOptions:
    """What the caller decides.

    Attributes:
        boundary: A fresh random word, at least `LEAST_BOUNDARY` characters.
        redact: Takes secrets out of text.
        language: `en` or `zh-CN`: of the answer.
        instructions: The repository's own guidance; untrusted, cut to `INSTRUCTIONS_LIMIT` characters.
        budget: Tokens of all messages and the schema together; None: `budget_for` the change. Rules and title are
            never left out, so less than about 3,500 may show nothing of the diff (`Ledger.has_no_room`).
        count: How many tokens a text has, at the most.
    """

    boundary: str
    redact: Redact
    language: str = "en"
    instructions: str = ""
    budget: int | None = None
    count: Callable[[str], int] = estimate


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a model.

    Attributes:
        messages: Role and content of each, as chat completions take them.
        depth: How much is asked for; the schema is `answer_schema(depth)`.
        ledger: What the model is given to read of each file.
        version: Changes whenever texts, schema or form do: a part of the key under which an answer is kept.
        tokens: Of all messages and the schema, by the count that was used.
        redactions: Secrets that were taken out.
    """

    messages: tuple[Message, ...]
    depth: Depth
    ledger: Ledger
    version: str
    tokens: int
    redactions: int


def prompt_for(change: Change, assessment: Assessment, texts: PromptTexts, options: PromptOptions) -> Prompt:
    """The prompt for a change.

    Args:
        change: The change; everything in it is data.
        assessment: From signals; importance gives the depth, reasons decide what is shown of the diff.
        texts: The fixed texts.
        options: Language, budget, boundary.

    Raises:
        BoundaryError: The boundary is too short or occurs in the change.
        KeyError: There is no such language.
    """
    depth: Depth = assessment.importance.level
    budget = budget_for(change, assessment) if options.budget is None else options.budget
    head = f"{getattr(texts, depth).strip()}\n{_frame(assessment, texts, options)}"
    schema = options.count(json.dumps(answer_schema(depth)))
    rules = schema + options.count(f"{texts.system}\n{head}\n{_fenced(options.boundary, 'diff', '')}")
    words = _words(change, options, budget - rules)
    fixed = rules + options.count("\n".join(_fenced(options.boundary, *one) for one in words.items()))
    diff, ledger = packed(change, assessment, budget - fixed, options.count)
    data, redactions = _redacted({**words, "diff": diff}, options)
    user = "\n".join((head, *(_fenced(options.boundary, *one) for one in data.items())))
    messages = ({"role": "system", "content": texts.system.strip()}, {"role": "user", "content": user})
    tokens = schema + sum(options.count(message["content"]) for message in messages)
    return Prompt(messages, depth, ledger, prompt_version(texts), tokens, redactions)


def budget_for(change: Change, assessment: Assessment, most: int = LARGEST_BUDGET) -> int:
    """Tokens that the prompt for a change may have.

    A small change may take `SMALLEST_BUDGET`. A larger one may take more: everything where importance or risk is high,
    so that nothing is left unread while there is room; else a share of it, by its changed lines.

    Args:
        change: The change.
        assessment: From signals.
        most: What no prompt may pass.
    """
    lines = change.added + change.deleted
    levels = assessment.importance.level, assessment.risk.level
    at_stake = next(level for level in _SHARES if level in levels)
    allowed = int(_SHARES[at_stake] * most)
    if len(change.files) <= _SMALL_FILES and lines <= _SMALL_LINES:
        allowed = SMALLEST_BUDGET
    elif at_stake != "high":
        allowed = max(SMALLEST_BUDGET, min(allowed, _TOKENS_PER_LINE * lines))
    return min(most, allowed)


def prompt_version(texts: PromptTexts) -> str:
    """12 hexadecimal digits over everything fixed: the texts, the schemas, the form of the message."""
    schemas = [answer_schema(depth) for depth in get_args(Depth)]
    fixed = json.dumps([FORM, asdict(texts), schemas], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(fixed.encode()).hexdigest()[:12]


def repair_request(errors: Iterable[str], texts: PromptTexts) -> str:
    """What to say to a model whose answer could not be read, from `answer.BadAnswerError.errors`."""
    return texts.repair.strip().format(errors="\n".join(f"- {one_line(error)}" for error in errors))


def _frame(assessment: Assessment, texts: PromptTexts, options: PromptOptions) -> str:
    return texts.frame.strip().format(
        language=_LANGUAGES[options.language],
        importance=assessment.importance.level,
        importance_reasons=_codes(assessment.importance),
        risk=assessment.risk.level,
        risk_reasons=_codes(assessment.risk),
        boundary=options.boundary,
    )


def _codes(rating: Rating) -> str:
    """Only the codes: values of reasons are text of the change."""
    return ", ".join(reason.code for reason in rating.reasons) or "none"


def _words(change: Change, options: PromptOptions, room: int) -> dict[str, str]:
    """What people wrote about the change, without people and shortened, by the name of its data.

    Args:
        change: The change.
        options: Guidance and count.
        room: Tokens for it and the diff.
    """
    guidance = visible(options.instructions.strip()[:INSTRUCTIONS_LIMIT])
    body = visible(without_people(change.body.replace("\r\n", "\n")).strip()[:BODY_LIMIT])
    words = {
        "guidance": _shortened(guidance, room // _GUIDANCE_SHARE, options.count),
        "title": one_line(without_people(change.title)[:TITLE_LIMIT]),
        "description": _shortened(body, room // _BODY_SHARE, options.count),
    }
    return {name: text for name, text in words.items() if text}


def _shortened(text: str, most: int, count: Callable[[str], int]) -> str:
    """As much of the beginning as has at most so many tokens."""
    while text and (tokens := count(text)) > most:
        text = text[: min(len(text) - 1 - len(text) // 20, len(text) * max(0, most) // tokens)]
    return text


def _redacted(data: dict[str, str], options: PromptOptions) -> tuple[dict[str, str], int]:
    """The data without secrets; and the last look at whether the boundary holds.

    Raises:
        BoundaryError: It does not.
    """
    if len(options.boundary) < LEAST_BOUNDARY or not options.boundary.isalnum():
        raise BoundaryError(f"a boundary has at least {LEAST_BOUNDARY} letters and digits, and nothing else")
    clean = {name: options.redact(text) for name, text in data.items()}
    if any(
        options.boundary.lower() in text.lower() for text in (*data.values(), *(text for text, _ in clean.values()))
    ):
        raise BoundaryError("the change contains the boundary")
    return {name: text for name, (text, _) in clean.items()}, sum(count for _, count in clean.values())


def _fenced(boundary: str, name: str, text: str) -> str:
    return f"[{boundary} begin {name}]\n{text.rstrip()}\n[{boundary} end {name}]"
