"""Asking a model about a change: once for each content, within a budget, and without trusting the answer."""

import functools
import hashlib
import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from analysis.answer import Answer, BadAnswerError, read_answer
from analysis.answer_checks import checked_answer
from analysis.answer_schema import answer_schema
from analysis.change import Change
from analysis.prompt import (
    BoundaryError,
    Message,
    Prompt,
    PromptOptions,
    PromptTexts,
    default_budget,
    prompt_for,
    prompt_version,
    repair_request,
)
from analysis.prose import Depth
from analysis.raising import raised
from analysis.rating import Assessment
from analysis.tokens import estimate
from ghapp.llm import Model, ModelAnswer, ModelLimits
from ghapp.llm_errors import ModelError
from ghapp.model_note import ModelNote
from ghapp.phrases import TEMPLATES
from ghapp.secrets_scan import redacted
from ghapp.settings_model import ModelSettings
from ghapp.shelf import Account, Reading, Shelf

#: Tokens that an answer may have, reasoning included.
ANSWER_TOKENS: dict[Depth, int] = {"high": 4000, "medium": 3000, "low": 1500}
#: Two attempts (the second is the repair) stay within a job's time.
LIMITS = ModelLimits(connect=5, first_token=60, idle=30, total=120)
#: Longer than two attempts take.
LEASE_SECONDS = 260
#: While somebody else asks about the same content.
BUSY_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 3600.0
#: `Co-authored-by: Name <address>` and its like: people, who are nothing to a model.
TRAILER = re.compile(r"^[A-Za-z-]{2,40}-by:.*$", re.MULTILINE | re.IGNORECASE)

log = logging.getLogger("ghapp.asking")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose change it is, and how it is to be read.

    Attributes:
        repository: GitHub's id.
        installation: Whose budget it counts against, too.
        language: Of the answer.
        instructions: The repository's own guidance; untrusted.
    """

    repository: int
    installation: int
    language: str
    instructions: str = ""


@dataclass(slots=True)
class _Spent:
    """What the attempts for one answer cost."""

    read: int = 0
    written: int = 0


class _OverBudgetError(Exception):
    """A ceiling of the day is reached."""


@functools.cache
def prompt_texts() -> PromptTexts:
    """The prompt's fixed texts, read once."""
    folder = TEMPLATES / "prompt"
    return PromptTexts(**{path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")})


class Asker:
    """Asks the configured model, and remembers on a shelf."""

    def __init__(self, settings: ModelSettings, shelf: Shelf) -> None:
        """Nothing is sent."""
        self._settings, self._shelf = settings, shelf

    def judged(
        self, change: Change, assessment: Assessment, subject: Subject, *, may_ask: bool
    ) -> tuple[Assessment, ModelNote, float | None]:
        """The assessment with what a model makes of the change.

        Args:
            change: Everything in it is data.
            assessment: From signals alone. Its ratings are never lowered.
            subject: Whose change it is.
            may_ask: False: only an answer that is there already is taken.

        Returns:
            The assessment, with prose and raised ratings when there is an answer; what to say about the model; and
            after how many seconds to try again, None when there is nothing to try.
        """
        content = self._key(change, subject)
        kept = self._shelf.reading(content)
        if kept is not None:
            return _applied(assessment, kept), self._note("cached", kept), None
        if not change.files:
            return assessment, ModelNote("off"), None
        if not may_ask:
            return assessment, self._unread(content), 0.0
        with self._shelf.asking(content, LEASE_SECONDS) as ours:
            if not ours:
                return assessment, self._unread(content), BUSY_SECONDS
            return self._asked(content, change, assessment, subject)

    def _asked(
        self, content: str, change: Change, assessment: Assessment, subject: Subject
    ) -> tuple[Assessment, ModelNote, float | None]:
        try:
            reading = self._reading(change, assessment, subject)
        except _OverBudgetError:
            return assessment, ModelNote("over_budget", name=self._settings.name), _until_tomorrow()
        except (ModelError, BadAnswerError) as error:
            reason = error.reason if isinstance(error, ModelError) else "bad-answer"
            wait = self._failed(content, reason, error)
            return assessment, ModelNote("failed", reason, self._settings.name), wait
        self._shelf.put_reading(content, reading)
        return _applied(assessment, reading), self._note("used", reading), None

    def _failed(self, content: str, reason: str, error: Exception) -> float:
        """Count a failure; returns after how many seconds to try again."""
        times = self._shelf.put_failure(content, reason)
        log.warning("the model failed (%s), %d in a row", reason, times)
        asked = error.seconds if isinstance(error, ModelError) and error.seconds else 0.0
        # What only the operator can mend is looked at less often.
        lasting = 10 if isinstance(error, ModelError) and error.lasting else 1
        doubled = lasting * self._settings.retry * 2 ** min(times - 1, 8)
        return max(asked, min(LONGEST_RETRY_SECONDS, doubled))

    def _unread(self, content: str) -> ModelNote:
        """What to say while there is no answer."""
        failure = self._shelf.failure(content)
        if failure is not None:
            return ModelNote("failed", failure.reason, self._settings.name)
        return ModelNote("pending", name=self._settings.name)

    def _reading(self, change: Change, assessment: Assessment, subject: Subject) -> Reading:
        """Ask, and once more with what was wrong when the answer cannot be read."""
        prompt = self._prompt(change, assessment, subject)
        model = self._model(prompt.depth)
        spent = _Spent()
        first = self._call(model, prompt.messages, prompt, subject, spent)
        try:
            answer = read_answer(first.text)
        except BadAnswerError as error:
            repair = (
                *prompt.messages,
                {"role": "assistant", "content": first.text},
                {"role": "user", "content": repair_request(error.errors, prompt_texts())},
            )
            answer = read_answer(self._call(model, repair, prompt, subject, spent).text)
        return _reading_of(answer, change, assessment, prompt, (model.name, spent))

    def _call(
        self, model: Model, messages: Sequence[Message], prompt: Prompt, subject: Subject, spent: _Spent
    ) -> ModelAnswer:
        """One attempt, if both ceilings allow it; what it cost is counted whatever comes of it."""
        most = ANSWER_TOKENS[prompt.depth]
        expected = prompt.tokens + sum(estimate(message["content"]) for message in messages[2:])
        account = Account(
            subject.repository,
            subject.installation,
            self._settings.repository_tokens,
            self._settings.installation_tokens,
        )
        if not self._shelf.reserve(account, expected + most):
            raise _OverBudgetError
        read, written = expected, 0
        try:
            answer = model.ask(messages, answer_schema(prompt.depth), most)
        except ModelError as error:
            read, written = error.usage.prompt_tokens or 0, error.usage.completion_tokens or 0
            raise
        else:
            read = answer.prompt_tokens or expected
            written = answer.completion_tokens or estimate(answer.text)
            return answer
        finally:
            self._shelf.settle(account, expected + most, read, written)
            spent.read += read
            spent.written += written

    def _prompt(self, change: Change, assessment: Assessment, subject: Subject) -> Prompt:
        change = replace(change, body=TRAILER.sub("", change.body))
        while True:
            options = PromptOptions(
                boundary=secrets.token_hex(12),
                redact=redacted,
                language=subject.language,
                instructions=subject.instructions,
                budget=min(self._settings.prompt_tokens, default_budget(change, assessment.importance.level)),
            )
            try:
                return prompt_for(change, assessment, prompt_texts(), options)
            except BoundaryError:
                log.info("a boundary occurred in the change: another one is drawn")

    def _model(self, depth: Depth) -> Model:
        settings = self._settings
        name = (settings.name_high or settings.name) if depth == "high" else settings.name
        return Model(settings.base_url, settings.api_key, name, LIMITS, self._shelf)

    def _key(self, change: Change, subject: Subject) -> str:
        """The name under which an answer is kept: what it depends on, and not where the change stands."""
        settings = self._settings
        parts = (
            change.content,
            prompt_version(prompt_texts()),
            settings.name,
            settings.name_high or "",
            str(settings.prompt_tokens),
            subject.language,
            subject.instructions,
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _note(self, status: str, reading: Reading) -> ModelNote:
        cost = self._settings.cost(reading.prompt_tokens, reading.completion_tokens)
        return ModelNote(
            status="used" if status == "used" else "cached",
            name=reading.name,
            prompt_tokens=reading.prompt_tokens,
            completion_tokens=reading.completion_tokens,
            cost=f"{cost:.4f} {self._settings.currency}" if cost else "",
            redactions=reading.redactions,
            files=reading.files,
            full=sum(file.reading == "full" for file in reading.files),
            part=sum(file.reading == "part" for file in reading.files),
            listed=sum(file.reading == "listed" for file in reading.files),
        )


def _reading_of(
    answer: Answer, change: Change, assessment: Assessment, prompt: Prompt, cost: tuple[str, _Spent]
) -> Reading:
    name, spent = cost
    prose = checked_answer(answer, change, assessment)
    return Reading(prose, name, spent.read, spent.written, prompt.redactions, prompt.ledger.entries)


def _applied(assessment: Assessment, reading: Reading) -> Assessment:
    """The assessment with the prose, and with the ratings that it raises; types are the prose's."""
    lifted = raised(assessment, reading.prose)
    return replace(lifted, types=reading.prose.types or lifted.types, prose=reading.prose)


def _until_tomorrow() -> float:
    """Seconds until the day of the ceilings ends, and a little more."""
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return (midnight - now).total_seconds() + 30
