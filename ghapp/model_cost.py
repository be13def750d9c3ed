"""What asking a model cost: each attempt in tokens, and an answer with all of its attempts, as cards say it."""

from typing import Literal

from analysis.prose import Depth
from ghapp.llm_errors import ModelError, RateLimitedError, UnavailableError
from ghapp.model_note import ModelNote
from ghapp.model_text import cost_text
from ghapp.settings_model import ModelSettings
from ghapp.shelf import Reading, Spent


def name_of(settings: ModelSettings, depth: Depth) -> str:
    """Which model reads changes at that depth."""
    return (settings.name_high or settings.name) if depth == "high" else settings.name


def limit_of(error: Exception) -> float | None:
    """For how many seconds the server takes no more requests; 0: it does not say. None: the failure is another one."""
    if isinstance(error, RateLimitedError) and error.code != "insufficient_quota":
        return error.seconds or 0.0
    return error.seconds if isinstance(error, UnavailableError) and error.status is not None else None


def cost_of(error: ModelError, expected: int) -> Spent:
    """What a failed attempt cost: what its server says; else the prompt, unless it surely reached no model.

    Args:
        error: How it failed.
        expected: Tokens of the prompt.
    """
    usage = error.usage
    if usage.prompt_tokens is None and not error.unread:
        return Spent(expected, usage.completion_tokens or 0, is_estimate=True)
    return Spent(usage.prompt_tokens or 0, usage.completion_tokens or 0)


def note_of(status: Literal["used", "cached"], reading: Reading, settings: ModelSettings) -> ModelNote:
    """What to say about an answer."""
    return ModelNote(
        status=status,
        name=reading.name,
        prompt_tokens=reading.prompt_tokens,
        completion_tokens=reading.completion_tokens,
        cost=_price(reading, settings),
        amount=_amount(reading, settings),
        currency=settings.currency,
        dropped=reading.prose.counts.findings_dropped,
        redactions=reading.redactions,
        files=reading.files,
        full=sum(file.reading == "full" for file in reading.files),
        part=sum(file.reading == "part" for file in reading.files),
        listed=sum(file.reading in ("listed", "unnamed") for file in reading.files),
        is_estimate=reading.is_estimate,
    )


def _amount(reading: Reading, settings: ModelSettings) -> float:
    """What the tokens of all attempts cost; 0: the prices are not known."""
    # They are those of the model that is asked by default.
    known = reading.name == settings.name
    return settings.cost(reading.prompt_tokens, reading.completion_tokens) if known else 0.0


def _price(reading: Reading, settings: ModelSettings) -> str:
    """The same as text, with the currency; empty when the prices are not known."""
    cost = _amount(reading, settings)
    return cost_text(cost, settings.currency, "≈ " if reading.is_estimate else "") if cost else ""
