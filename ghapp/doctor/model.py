"""The check of the model: one short question that costs a few tokens, to each model that is named."""

from collections.abc import Iterator

from ghapp.doctor.check import Check, failure, good, warning
from ghapp.llm import Model, ModelLimits
from ghapp.llm_errors import (
    DeclinedError,
    EmptyError,
    FilteredError,
    ModelError,
    ModelTimeoutError,
    RateLimitedError,
    TruncatedError,
)
from ghapp.settings_model import ModelSettings

LIMITS = ModelLimits(connect=5, first_token=10, idle=5, total=10)
#: Some servers refuse fewer.
TOKENS = 64
_SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
_MESSAGES = [{"role": "user", "content": 'Answer with the JSON object {"ok": true}.'}]
#: The model is there and has answered, if not with what was asked for.
_ANSWERED = (TruncatedError, EmptyError, DeclinedError, FilteredError)


def model_checks(settings: ModelSettings) -> Iterator[Check]:
    """Whether each model answers."""
    yield _answer(settings, settings.name, "OPENAI_MODEL")
    if settings.name_high:
        yield _answer(settings, settings.name_high, "GHAPP_MODEL_HIGH")


def _answer(settings: ModelSettings, name: str, variable: str) -> Check:
    model = Model(settings.base_url, settings.api_key, name, LIMITS)
    try:
        model.ask(_MESSAGES, _SCHEMA, TOKENS)
    except _ANSWERED:
        return good("model.answers", variable, name)
    except (ModelTimeoutError, RateLimitedError) as error:
        if not error.advice:
            return warning("model.answers", variable, f"{name}: {error}: work goes on without it until it answers.")
        return _failed(error, variable, name)
    except ModelError as error:
        return _failed(error, variable, name)
    return good("model.answers", variable, name)


def _failed(error: ModelError, variable: str, name: str) -> Check:
    """Named after the variable that the error is about, if it says one."""
    advice = error.advice or "the server has a fault of its own; try again later"
    named = next((one for one in ("OPENAI_BASE_URL", "OPENAI_API_KEY") if one in advice), variable)
    return failure("model.answers", named, f"{name} does not answer ({error}): {advice}.")
