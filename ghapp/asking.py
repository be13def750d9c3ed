"""Asking a model about a change: once for each content, within a budget, and without trusting the answer."""

import functools
import hashlib
import logging
import secrets
from collections.abc import Sequence

from analysis.answer import BadAnswerError, read_answer
from analysis.answer_checks import checked_answer
from analysis.answer_schema import answer_schema
from analysis.change import Change
from analysis.prompt import (
    BoundaryError,
    Message,
    Prompt,
    PromptOptions,
    PromptTexts,
    budget_for,
    prompt_for,
    prompt_version,
    repair_request,
)
from analysis.prose import Depth
from analysis.raising import judged
from analysis.rating import Assessment
from ghapp.llm import Model, ModelAnswer, ModelLimits
from ghapp.llm_errors import ModelError, NoRoomError
from ghapp.model_cost import cost_of, limit_of, name_of, note_of
from ghapp.model_note import ModelNote
from ghapp.phrases import TEMPLATES
from ghapp.secrets_scan import redacted
from ghapp.settings_model import ModelSettings
from ghapp.shelf import Account, Reading, Shelf, Spent
from ghapp.subject import Subject
from ghapp.tokenizer import counter

#: Tokens that an answer may have, reasoning included.
ANSWER_TOKENS: dict[Depth, int] = {"high": 4000, "medium": 3000, "low": 1500}
#: Two attempts (the second is the repair) stay within a job's time.
LIMITS = ModelLimits(connect=5, first_token=60, idle=30, total=120)
#: Longer than two attempts take.
LEASE_SECONDS = 260
#: While somebody else asks about the same content.
BUSY_SECONDS = 10.0
LONGEST_RETRY_SECONDS = 3600.0

log = logging.getLogger("ghapp.asking")


class _OverBudgetError(Exception):
    """A ceiling of the day is reached."""


@functools.cache
def prompt_texts() -> PromptTexts:
    """The prompt's fixed texts, read once."""
    folder = TEMPLATES / "prompt"
    return PromptTexts(**{path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")})


class Asker:
    """Asks the configured model, and remembers on a shelf.

    Attributes:
        limit: For how many seconds the server takes no more requests, as the last failure says; 0: it did not say how
            long. None: it was no limit of the server's.
    """

    def __init__(self, settings: ModelSettings, shelf: Shelf) -> None:
        """Nothing is sent."""
        self._settings, self._shelf = settings, shelf
        self.limit: float | None = None
        self._count = counter(settings.tokenizer)

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
        kept = self._kept(content, assessment)
        if kept is not None:
            return *kept, None
        if not change.files:
            return assessment, ModelNote("off"), None
        if not may_ask:
            return assessment, self._unread(content, assessment), 0.0
        with self._shelf.asking(content, LEASE_SECONDS) as ours:
            if not ours:
                return assessment, ModelNote("pending", name=self._name(assessment)), BUSY_SECONDS
            # Whoever had the lease until now may have left an answer.
            kept = self._kept(content, assessment)
            return (*kept, None) if kept else self._asked(content, change, assessment, subject)

    def _kept(self, content: str, assessment: Assessment) -> tuple[Assessment, ModelNote] | None:
        """What an answer that is there makes of the assessment; None: there is none."""
        kept = self._shelf.reading(content)
        return (judged(assessment, kept.prose), note_of("cached", kept, self._settings)) if kept else None

    def _asked(
        self, content: str, change: Change, assessment: Assessment, subject: Subject
    ) -> tuple[Assessment, ModelNote, float | None]:
        spent = self._shelf.spent_on(content)
        try:
            reading = self._reading(change, assessment, subject, spent)
        except (_OverBudgetError, ModelError, BadAnswerError) as error:
            self._shelf.put_spent_on(content, spent)
            return assessment, *self._without(content, assessment, error)
        self._shelf.put_reading(content, reading)
        return judged(assessment, reading.prose), note_of("used", reading, self._settings), None

    def _without(self, content: str, assessment: Assessment, error: Exception) -> tuple[ModelNote, float]:
        """What to say about an answer that did not come, and after how many seconds to try again."""
        name, self.limit = self._name(assessment), limit_of(error)
        if isinstance(error, _OverBudgetError):
            return ModelNote("over_budget", name=name), self._shelf.until_tomorrow()
        known = error if isinstance(error, ModelError) else None
        reason = known.reason if known else "bad-answer"
        advice = f"; {known.advice}" if known and known.advice else ""
        log.warning("%s failed: %s%s", self._model(name), known or reason, advice)
        return ModelNote("failed", reason, name), self._failed(content, reason, error)

    def _failed(self, content: str, reason: str, error: Exception) -> float:
        """Count a failure; returns after how many seconds to try again."""
        times = self._shelf.put_failure(content, reason)
        asked = error.seconds if isinstance(error, ModelError) and error.seconds else 0.0
        # What only the operator can mend is looked at less often.
        lasting = 10 if isinstance(error, ModelError) and error.lasting else 1
        doubled = lasting * self._settings.retry * 2 ** min(times - 1, 8)
        return max(asked, min(LONGEST_RETRY_SECONDS, doubled))

    def _unread(self, content: str, assessment: Assessment) -> ModelNote:
        """What to say while there is no answer."""
        failure, name = self._shelf.failure(content), self._name(assessment)
        return ModelNote("failed", failure.reason, name) if failure else ModelNote("pending", name=name)

    def _reading(self, change: Change, assessment: Assessment, subject: Subject, spent: Spent) -> Reading:
        """Ask, and once more with what was wrong when the answer cannot be read; `spent` grows by what it costs."""
        prompt = self._prompt(change, assessment, subject)
        if prompt.ledger.has_no_room:
            raise NoRoomError
        model = self._model(self._name(assessment))
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
        prose, files = checked_answer(answer, change, assessment, prompt.ledger.shown), prompt.ledger.entries
        return Reading(prose, model.name, spent.read, spent.written, prompt.redactions, files, spent.is_estimate)

    def _call(
        self, model: Model, messages: Sequence[Message], prompt: Prompt, subject: Subject, spent: Spent
    ) -> ModelAnswer:
        """One attempt, if both ceilings allow it; what it cost is counted whatever comes of it."""
        most = ANSWER_TOKENS[prompt.depth]
        expected = prompt.tokens + sum(self._count(message["content"]) for message in messages[2:])
        account = Account(
            subject.repository,
            subject.installation,
            self._settings.repository_tokens,
            self._settings.installation_tokens,
        )
        reserved = self._shelf.reserve(account, expected + most)
        if reserved is None:
            raise _OverBudgetError
        cost = Spent(expected, 0, is_estimate=True)
        try:
            answer = model.ask(messages, answer_schema(prompt.depth), most)
        except ModelError as error:
            cost = cost_of(error, expected)
            raise
        else:
            written = answer.completion_tokens or self._count(answer.text)
            is_said = bool(answer.prompt_tokens and answer.completion_tokens)
            cost = Spent(answer.prompt_tokens or expected, written, is_estimate=not is_said)
            return answer
        finally:
            self._shelf.settle(reserved, cost.read, cost.written)
            spent.add(cost)

    def _prompt(self, change: Change, assessment: Assessment, subject: Subject) -> Prompt:
        while True:
            options = PromptOptions(
                boundary=secrets.token_hex(12),
                redact=redacted,
                language=subject.language,
                instructions=subject.instructions,
                budget=budget_for(change, assessment, self._settings.prompt_tokens),
                count=self._count,
            )
            try:
                return prompt_for(change, assessment, prompt_texts(), options)
            except BoundaryError:
                log.info("a boundary occurred in the change: another one is drawn")

    def _name(self, assessment: Assessment) -> str:
        return name_of(self._settings, assessment.importance.level)

    def _model(self, name: str) -> Model:
        return Model(self._settings.base_url, self._settings.api_key, name, LIMITS, self._shelf)

    def _key(self, change: Change, subject: Subject) -> str:
        """The name under which an answer is kept: what it depends on, and not where the change stands.

        An answer may quote what surrounds a change, so it is shown in the repository that it was made for, and in no
        other: not in another organisation's, and not in a public one beside a private one.
        """
        settings = self._settings
        parts = (
            change.content,
            prompt_version(prompt_texts()),
            settings.name,
            settings.name_high or "",
            str(settings.prompt_tokens),
            subject.language,
            subject.instructions,
            str(subject.repository),
        )
        return f"{subject.installation}:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"
