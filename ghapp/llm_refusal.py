"""What a server means that answers an error instead of a completion.

Servers share the statuses, but neither the shape of the body nor its words: names are looked for in the places that
OpenAI, vLLM, llama.cpp, Ollama and the gateways in front of them use, and nothing is taken from the text but those.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, cast

from ghapp.llm_errors import (
    BadRequestError,
    ModelError,
    NoSuchModelError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)

BAD, UNAUTHORIZED, PAYMENT, FORBIDDEN, MISSING, UNPROCESSABLE = 400, 401, 402, 403, 404, 422
TIMED_OUT, CONFLICT, EARLY, TOO_MANY, SERVER_ERROR, UNKNOWN_FEATURE = 408, 409, 425, 429, 500, 501

#: A word in a refusal -> the parameter of ours that it is about, those first that cost least to do without.
_PARAMETERS = {
    "stream_options": "stream_options",
    "include_usage": "stream_options",
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "response_format": "response_format",
    "json_schema": "response_format",
    "json_object": "response_format",
    "structured output": "response_format",
}
#: What an error inside a stream calls itself -> the status that it would have had.
_KINDS = {
    "rate_limit": TOO_MANY,
    "quota": TOO_MANY,
    "authentication": UNAUTHORIZED,
    "invalid": BAD,
    "context_length": BAD,
}
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_MODEL_MISSING = re.compile(
    r"\bmodel\b.{0,200}?(not exist|not found|not a valid|invalid|unknown)|(invalid|unknown|no such|not a valid) model",
    re.DOTALL,
)
#: Faults of a server, or of a gateway before it, after which a model may have read the prompt all the same.
_READ_ALL_THE_SAME = (TIMED_OUT, SERVER_ERROR, 502, 504, 520, 522, 524)
#: Error texts may repeat a whole prompt.
_READ = 10_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as it came.

    Attributes:
        status: HTTP status; None: it came inside a stream that had begun.
        headers: The response's, names in lower case.
        body: Its JSON, or what that holds under `error`, or its text.
    """

    status: int | None
    headers: Mapping[str, str]
    body: object


def meaning(refusal: Refusal, now: datetime | None = None) -> ModelError:
    """The outcome that a refusal stands for.

    Args:
        refusal: What the server answered.
        now: What a date in `Retry-After` is compared with; None: the clock.
    """
    code = _code(refusal.body)
    status = _kind(refusal.body) if refusal.status is None else refusal.status
    seconds = _seconds(refusal.headers.get("retry-after", "").strip(), now or datetime.now(UTC))
    named = _named(refusal.body) if status in (BAD, MISSING, UNPROCESSABLE, UNKNOWN_FEATURE) else None
    said = _Said(str(status), code, refusal.status, refusal.status not in (None, *_READ_ALL_THE_SAME))
    if named:
        return said.as_bad_request(named)
    if status in (UNAUTHORIZED, PAYMENT, FORBIDDEN):
        return said.as_error(UnauthorizedError)
    if status == TOO_MANY:
        return said.as_error(RateLimitedError, seconds)
    if status >= SERVER_ERROR or status in (TIMED_OUT, CONFLICT, EARLY):
        return said.as_error(UnavailableError, seconds)
    if _is_about_model(status, code, refusal.body):
        return said.as_error(NoSuchModelError)
    return said.as_bad_request()


class _Said(NamedTuple):
    """What every outcome of a refusal keeps of it."""

    message: str
    code: str | None
    status: int | None
    unread: bool

    def as_error(self, kind: type[ModelError], seconds: float | None = None) -> ModelError:
        return kind(self.message, seconds=seconds, code=self.code, status=self.status, unread=self.unread)

    def as_bad_request(self, parameter: str | None = None) -> ModelError:
        return BadRequestError(
            self.message, code=self.code, parameter=parameter, status=self.status, unread=self.unread
        )


def _fields(body: object) -> dict[str, Any]:
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    inner = fields.get("error")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else fields


def _text(body: object) -> str:
    """The message, in lower case, where there is one, else everything."""
    message = _fields(body).get("message")
    return str(message if isinstance(message, str) else body).lower()[:_READ]


def _code(body: object) -> str | None:
    """The server's name for the error, if it looks like a name and cannot be a sentence."""
    fields = _fields(body)
    found = str(fields.get("code") or fields.get("type") or "")
    return found if _CODE.fullmatch(found) else None


def _kind(body: object) -> int:
    """The status that an error inside a stream would have had; a fault of the server's when it does not say."""
    fields = _fields(body)
    code = str(fields.get("code"))
    if re.fullmatch(r"[45]\d\d", code):
        return int(code)
    named = f"{code} {fields.get('type')}".lower()
    return next((status for word, status in _KINDS.items() if word in named), SERVER_ERROR)


def _named(body: object) -> str | None:
    """The parameter of ours that a refusal is about; None: it names none.

    Where a field says it, the text is not read: some servers repeat the whole request in it.
    """
    fields = _fields(body)
    exact = [fields.get("param"), *_locations(fields.get("detail"))]
    for word in exact:
        if isinstance(word, str) and (found := _first(word.lower())):
            return found
    return _first(_text(body))


def _locations(detail: object) -> list[Any]:
    """The last part of each place that a validator found wrong (`["body", "stream_options"]`)."""
    rows = cast("list[Any]", detail) if isinstance(detail, list) else []
    places = [row.get("loc") for row in rows if isinstance(row, dict)]
    return [part for place in places if isinstance(place, list) for part in place[1:2]]


def _first(text: str) -> str | None:
    return next((parameter for word, parameter in _PARAMETERS.items() if word in text), None)


def _is_about_model(status: int, code: str | None, body: object) -> bool:
    if code == "model_not_found":
        return True
    text = _text(body)
    return "model" in text if status == MISSING else bool(_MODEL_MISSING.search(text))


def _seconds(after: str, now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or as a date (RFC 9110, section 10.2.3); None: neither."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", after):
        return float(after)
    try:
        moment = parsedate_to_datetime(after)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
