"""What asking a model cost: each attempt in tokens, and an answer with all of its attempts, as cards say it."""

from typing import Literal

from ghapp.llm_errors import ModelError
from ghapp.model_note import ModelNote
from ghapp.settings_model import ModelSettings
from ghapp.shelf import Reading, Spent

#: What is less is not told exactly.
LEAST_COST = 0.0001


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
        redactions=reading.redactions,
        files=reading.files,
        full=sum(file.reading == "full" for file in reading.files),
        part=sum(file.reading == "part" for file in reading.files),
        listed=sum(file.reading in ("listed", "unnamed") for file in reading.files),
        is_estimate=reading.is_estimate,
    )


def _price(reading: Reading, settings: ModelSettings) -> str:
    """What the tokens of all attempts cost, with the currency; empty when the prices are not known."""
    # They are those of the model that is asked by default.
    if reading.name != settings.name:
        return ""
    cost = settings.cost(reading.prompt_tokens, reading.completion_tokens)
    shown = f"{cost:.4f}" if cost >= LEAST_COST else f"< {LEAST_COST}"
    about = "≈ " if reading.is_estimate else ""
    return f"{about}{shown} {settings.currency}" if cost else ""
