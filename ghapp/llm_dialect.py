"""What an OpenAI-compatible server understands: requests in its dialect, and the memory of what it refused."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

#: How the answer's shape is asked for, best first.
MODES = ("json_schema", "json_object", "plain")
#: Parameter -> how often it can be refused before there is nothing left to do without.
_STEPS = {"response_format": len(MODES) - 1, "stream_options": 1, "max_tokens": 1, "temperature": 1}
_SHAPE = {
    "json_object": "Answer with one JSON object and nothing else. It must satisfy this JSON Schema:\n{schema}",
    "plain": "Answer with one JSON object in a fenced block (```json) and nothing else. "
    "It must satisfy this JSON Schema:\n{schema}",
}


class Memory(Protocol):
    """Where dialects are remembered; a `dict` is one. Whoever gives it decides how long it remembers."""

    def get(self, key: str, /) -> str | None:
        """What was stored; None: nothing."""
        ...

    def __setitem__(self, key: str, value: str, /) -> None:
        """Store."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, in no dialect yet.

    Attributes:
        model: The model's name.
        messages: The conversation, `role` and `content` each; at least one.
        schema: JSON Schema of the answer; its `title` names it.
        max_tokens: Tokens that the answer may have.
    """

    model: str
    messages: Sequence[Mapping[str, str]]
    schema: dict[str, Any]
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server of a model is known to refuse; nothing, to begin with.

    Attributes:
        refused: Parameters in the order of their refusals.
    """

    refused: tuple[str, ...] = ()

    @property
    def mode(self) -> str:
        """How the answer's shape is asked for: one of `MODES`."""
        return MODES[self.refused.count("response_format")]

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is done without, each once, in words for people."""
        shapes = tuple(f"response_format {mode}" for mode in MODES[: MODES.index(self.mode)])
        return shapes + tuple(name for name in self.refused if name != "response_format")

    def without(self, parameter: str | None) -> Self | None:
        """The next lesser dialect after a refusal; None: there is none."""
        if self.refused.count(parameter or "") >= _STEPS.get(parameter or "", 0):
            return None
        return type(self)((*self.refused, parameter or ""))

    def request(self, question: Question) -> dict[str, Any]:
        """The JSON of a streamed completion."""
        limit = "max_completion_tokens" if "max_tokens" in self.refused else "max_tokens"
        body: dict[str, Any] = {"model": question.model, "stream": True, limit: question.max_tokens}
        if "temperature" not in self.refused:
            body["temperature"] = 0
        if "stream_options" not in self.refused:
            body["stream_options"] = {"include_usage": True}
        if self.mode == "json_schema":
            name = re.sub(r"[^A-Za-z0-9_-]", "-", str(question.schema.get("title", "answer")))[:64] or "answer"
            shape = {"name": name, "strict": True, "schema": question.schema}
            return {
                **body,
                "messages": list(question.messages),
                "response_format": {"type": "json_schema", "json_schema": shape},
            }
        if self.mode == "json_object":
            body["response_format"] = {"type": "json_object"}
        return {
            **body,
            "messages": _told(question.messages, _SHAPE[self.mode].format(schema=json.dumps(question.schema))),
        }


def _told(messages: Sequence[Mapping[str, str]], shape: str) -> list[dict[str, str]]:
    """The messages with the shape of the answer in the system's, where no text of others can stand."""
    first, rest = dict(messages[0]), [dict(message) for message in messages[1:]]
    if first["role"] != "system":
        return [{"role": "system", "content": shape}, first, *rest]
    return [{**first, "content": f"{first['content']}\n\n{shape}"}, *rest]


class Habits:
    """One server's dialect for one model, read from and kept in a memory."""

    def __init__(self, memory: Memory, base_url: str, model: str) -> None:
        # Hashed: an address may hold a password.
        self._memory, self._key = memory, hashlib.sha256(f"{base_url}\n{model}".encode()).hexdigest()

    def dialect(self) -> Dialect:
        """What is known; entries that this version does not know are passed over."""
        found = Dialect()
        for parameter in (self._memory.get(self._key) or "").split():
            found = found.without(parameter) or found
        return found

    def keep(self, dialect: Dialect) -> bool:
        """Remember what worked; whether that is news."""
        if dialect == self.dialect():
            return False
        self._memory[self._key] = " ".join(dialect.refused)
        return True
