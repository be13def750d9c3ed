"""Requests for completions, checked against the parameter types that the openai package ships, as strict servers do."""

from typing import Any

from openai.types.chat import ChatCompletionMessageParam
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)
from pydantic import TypeAdapter, ValidationError

_PARAMETERS = {
    True: TypeAdapter(CompletionCreateParamsStreaming),
    False: TypeAdapter(CompletionCreateParamsNonStreaming),
}
# The types call messages an iterable, which would be checked as far as somebody reads it.
_MESSAGES = TypeAdapter(list[ChatCompletionMessageParam])
_KNOWN = set(CompletionCreateParamsStreaming.__annotations__) | set(CompletionCreateParamsNonStreaming.__annotations__)


class InvalidRequestError(Exception):
    """The server refuses a request.

    Attributes:
        status: With this HTTP status.
        body: And this JSON.
    """

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None):
        super().__init__(message)
        error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
        self.status, self.body = status, {"error": error}


def check_request(body: dict[str, Any], model: str, refuses: set[str], status: int):
    """Refuse what is not a valid request, names another model, or uses what this server does not know.

    Raises:
        InvalidRequestError: Why.
    """
    for name in set(body) - _KNOWN:
        raise InvalidRequestError(400, f"Unrecognized request argument supplied: {name}", name)
    _check_types(body)
    if body["model"] != model:
        raise InvalidRequestError(404, f"The model `{body['model']}` does not exist", None, "model_not_found")
    kind = (body.get("response_format") or {}).get("type")
    for name, where in [(kind, "response_format"), *((name, name) for name in body)]:
        if name in refuses:
            raise InvalidRequestError(
                status, f"Unsupported parameter: '{where}' ({name}) is not supported here.", where
            )
    _check_format(body, kind)


def _check_types(body: dict[str, Any]):
    try:
        _PARAMETERS[bool(body.get("stream"))].validate_python(body)
        messages = _MESSAGES.validate_python(body["messages"], extra="forbid")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidRequestError(400, f"{place}: {first['msg']}", place) from error
    if not messages:
        raise InvalidRequestError(400, "messages: at least one is needed", "messages")
    if "max_tokens" in body and "max_completion_tokens" in body:
        raise InvalidRequestError(400, "one limit of tokens at a time")


def _check_format(body: dict[str, Any], kind: str | None):
    if kind == "json_object" and "json" not in str(body["messages"]).lower():
        raise InvalidRequestError(400, "'messages' must contain the word 'json' to use 'json_object'.", "messages")
    if kind == "json_schema":
        _check_strict(body["response_format"]["json_schema"]["schema"], "schema")


def _check_strict(schema: Any, place: str):
    """The rules of strict schemas: every property is required and no others are allowed, at every depth."""
    if isinstance(schema, list):
        for number, one in enumerate(schema):
            _check_strict(one, f"{place}.{number}")
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        names = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", [])) != set(names):
            raise InvalidRequestError(400, f"Invalid schema: {place} is not strict", "response_format")
    for name, one in schema.items():
        _check_strict(one, f"{place}.{name}")
