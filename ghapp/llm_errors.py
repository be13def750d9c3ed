"""How a call of a model can fail: one exception for each outcome.

Messages are ours and quote nothing: a server's error may repeat the prompt, or the key.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a call is said to have cost. None: the server did not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ModelError(Exception):
    """A call without a usable answer.

    Attributes:
        reason: The outcome's name, for machines and translations.
        lasting: Whether the same call fails until somebody changes the settings.
        seconds: How long the server asks to be left alone; None: it did not say.
        code: The server's own name for what is wrong (`insufficient_quota`); None: it gave none.
        usage: What the call cost all the same, where the server said it.
    """

    reason: ClassVar[str] = "failed"
    lasting: ClassVar[bool] = False

    def __init__(
        self, message: str = "", *, seconds: float | None = None, code: str | None = None, usage: Usage | None = None
    ) -> None:
        """Keep what is known; `message` adds to the reason."""
        super().__init__(f"{self.reason}: {message}" if message else self.reason)
        self.seconds, self.code, self.usage = seconds, code, usage or Usage()


class UnauthorizedError(ModelError):
    """The key is wrong, may not use this model, or its account cannot pay (401, 403, 402)."""

    reason = "unauthorized"
    lasting = True


class NoSuchModelError(ModelError):
    """The server has no model of that name."""

    reason = "no-such-model"
    lasting = True


class BadRequestError(ModelError):
    """The server refuses the request as it is: the address, the size or a parameter.

    Attributes:
        parameter: The parameter of ours that the refusal is about; None: it names none.
    """

    reason = "bad-request"
    lasting = True

    def __init__(self, message: str, *, code: str | None = None, parameter: str | None = None) -> None:
        """Keep what was named."""
        super().__init__(message, code=code)
        self.parameter = parameter


class RateLimitedError(ModelError):
    """Too many requests or tokens (429)."""

    reason = "rate-limited"


class UnavailableError(ModelError):
    """The server cannot be reached, breaks off before the answer, or has a fault of its own (5xx)."""

    reason = "unavailable"


class ModelTimeoutError(ModelError):
    """A time limit passed.

    Attributes:
        limit: Which: a field's name of `ModelLimits`.
    """

    reason = "timeout"

    def __init__(self, limit: str, *, usage: Usage | None = None) -> None:
        """Keep which limit."""
        super().__init__(limit, usage=usage)
        self.limit = limit


class TruncatedError(ModelError):
    """The answer reached its limit of tokens and is not whole."""

    reason = "truncated"


class FilteredError(ModelError):
    """A content filter took the answer."""

    reason = "filtered"


class DeclinedError(ModelError):
    """The model refuses to answer."""

    reason = "refused"


class EmptyError(ModelError):
    """A complete answer that holds nothing."""

    reason = "empty"


class CutError(ModelError):
    """The answer began and broke off, or ended without saying that it is whole."""

    reason = "cut"


class NotJsonError(ModelError):
    """Success, but not in this API's language: a page, bytes that are no text, JSON of another shape."""

    reason = "not-json"
