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
from analysis.prose import Depth
from analysis.rating import Assessment, Rating
from analysis.tokens import estimate
from analysis.visible import one_line, visible

#: Counts up when the form of the message changes, so that answers to the old one are not taken for answers to the new.
FORM = 1

#: Characters of a repository's own guidance, of a title and of a body that are sent.
INSTRUCTIONS_LIMIT = 2000
TITLE_LIMIT = 300
BODY_LIMIT = 4000
#: Characters that a boundary has at least: it must not be guessed.
LEAST_BOUNDARY = 16

#: Tokens of a whole prompt by default: a little for the rules, and for each changed line what one takes.
SMALLEST_BUDGET = 7900
LARGEST_BUDGETS: dict[Depth, int] = {"high": 24_000, "medium": 16_000, "low": SMALLEST_BUDGET}
_TOKENS_PER_LINE = 20
#: Share of a small budget that a body may take.
_BODY_SHARE = 4

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
        budget: Tokens of all messages and the schema together; None: `default_budget`. Rules, guidance, title and
            description are never left out, so less than about 3,500 shows nothing of the diff and is not kept to.
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
    budget = default_budget(change, depth) if options.budget is None else options.budget
    head = f"{getattr(texts, depth).strip()}\n{_frame(assessment, texts, options)}"
    words = _words(change, options, budget)
    fixed = options.count("\n".join((texts.system, head, *(_fenced(options.boundary, *one) for one in words.items()))))
    schema = options.count(json.dumps(answer_schema(depth)))
    fixed += schema + options.count(_fenced(options.boundary, "diff", ""))
    diff, ledger = packed(change, assessment, budget - fixed, options.count)
    data, redactions = _redacted({**words, "diff": diff}, options)
    user = "\n".join((head, *(_fenced(options.boundary, *one) for one in data.items())))
    messages = ({"role": "system", "content": texts.system.strip()}, {"role": "user", "content": user})
    tokens = schema + sum(options.count(message["content"]) for message in messages)
    return Prompt(messages, depth, ledger, prompt_version(texts), tokens, redactions)


def default_budget(change: Change, depth: Depth) -> int:
    """Tokens for a change of that size: small ones cost little, and what matters more may cost more."""
    return min(LARGEST_BUDGETS[depth], max(SMALLEST_BUDGET, _TOKENS_PER_LINE * (change.added + change.deleted)))


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


def _words(change: Change, options: PromptOptions, budget: int) -> dict[str, str]:
    """What people wrote about the change, shortened, by the name of its data."""
    body = visible(change.body.replace("\r\n", "\n").strip()[:BODY_LIMIT])
    while body and options.count(body) > budget // _BODY_SHARE:
        body = body[: len(body) // 2]
    words = {
        "guidance": visible(options.instructions.strip()[:INSTRUCTIONS_LIMIT]),
        "title": one_line(change.title[:TITLE_LIMIT]),
        "description": body,
    }
    return {name: text for name, text in words.items() if text}


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
