"""Reads one answer from the events of its stream, whatever shape they have.

Reasoning is a sign of life and nothing else: it is neither kept nor shown.
"""

from typing import Any, cast

from ghapp.llm_errors import (
    CutError,
    DeclinedError,
    EmptyError,
    FilteredError,
    ModelError,
    NotJsonError,
    TruncatedError,
    UnavailableError,
    Usage,
)

#: Other words for the same in servers that translate another API's.
_LENGTH = ("length", "max_tokens", "model_length")
_FILTER = ("content_filter", "safety", "recitation")
_SIGNS = ("content", "refusal", "reasoning_content", "reasoning", "tool_calls")
#: A token of whitespace or of one repeated character can be this long; a longer answer keeps no limit of ours.
_TOKEN_CHARACTERS = 128


class Reading:
    """What has arrived of one answer.

    Attributes:
        alive: Whether a token of any kind has arrived.
        finish_reason: Why the model stopped, in the server's word; None: it has not.
        usage: What the server said last.
        streamed: Whether the response called itself a stream of events.
    """

    def __init__(self, max_tokens: int) -> None:
        """Nothing yet; the answer may have so many tokens."""
        self.alive, self.finish_reason, self.usage = False, None, Usage()
        self.streamed = True
        self._room, self._parts = max_tokens * _TOKEN_CHARACTERS, list[str]()
        self._events = self._shaped = self._choices = 0
        self._declined = False

    @property
    def text(self) -> str:
        """The answer so far: text that every encoding of Unicode can hold."""
        # A character outside the basic plane may come as two halves in two tokens; a half alone cannot be written.
        return "".join(self._parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def take(self, event: object) -> bool:
        """Add one event (or a whole completion); whether it was a token.

        Raises:
            TruncatedError: Longer than its tokens can be.
        """
        fields = _mapping(event)
        choices = fields.get("choices")
        choice = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
        delta = _mapping(choice.get("delta") or choice.get("message"))
        self._events, self._shaped = self._events + 1, self._shaped + isinstance(choices, list)
        self._choices += bool(choice)
        self.usage = _usage(fields.get("usage")) or self.usage
        self.finish_reason = _word(choice.get("finish_reason")) or self.finish_reason
        self._declined |= bool(_word(delta.get("refusal")))
        self._add(_content(delta.get("content")))
        token = any(delta.get(sign) for sign in _SIGNS)
        self.alive |= token
        return token

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._room -= len(text)
        if self._room < 0:
            raise TruncatedError("no end", usage=self.usage)

    def failure(self) -> ModelError | None:
        """What is wrong with the answer now that it has ended; None: it is whole."""
        reason = (self.finish_reason or "").lower()
        if self._declined:
            return DeclinedError(usage=self.usage)
        if reason in _FILTER:
            return FilteredError(usage=self.usage)
        if reason in _LENGTH:
            return TruncatedError(usage=self.usage)
        if reason == "error":
            return UnavailableError("in the answer", usage=self.usage)
        if not reason:
            return self._unfinished()
        return None if self.text.strip() else EmptyError(usage=self.usage)

    def _unfinished(self) -> ModelError:
        if self._choices or (self.streamed and not self._events):
            return CutError(usage=self.usage)
        return EmptyError("no choice", usage=self.usage) if self._shaped else NotJsonError("another shape")


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _content(value: object) -> str:
    """Text of a delta: a string, or the text parts of a list of them."""
    if isinstance(value, list):
        parts = [_mapping(part) for part in cast("list[object]", value)]
        return "".join(_word(part.get("text")) or "" for part in parts if part.get("type") == "text")
    return _word(value) or ""


def _usage(value: object) -> Usage | None:
    fields = _mapping(value)
    return Usage(_count(fields.get("prompt_tokens")), _count(fields.get("completion_tokens"))) if fields else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
