"""How a call of a model can fail: one exception for each outcome.

Messages are ours and quote nothing: a server's error may repeat the prompt, or the key.
"""

from dataclasses import dataclass
from typing import ClassVar

PAYMENT, TOO_LARGE = 402, 413
#: There is nothing to ask at that address: a redirect, another path, another method.
NO_ADDRESS = (301, 302, 303, 307, 308, 404, 405, 410)
NO_CONNECTION = "look at OPENAI_BASE_URL (host, port, http or https): no connection could be made"


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
        status: The HTTP status that says so; None: it was not one.
        unread: Whether the prompt surely reached no model, so that it cost nothing.
    """

    reason: ClassVar[str] = "failed"
    lasting: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        seconds: float | None = None,
        code: str | None = None,
        usage: Usage | None = None,
        status: int | None = None,
        unread: bool = False,
    ) -> None:
        """Keep what is known; `message` adds to the reason."""
        super().__init__(f"{self.reason}: {message}" if message else self.reason)
        self.seconds, self.code, self.usage = seconds, code, usage or Usage()
        self.status, self.unread = status, unread

    @property
    def advice(self) -> str:
        """Where to look, for the operator: a variable; empty where nothing but waiting helps. Ours alone."""
        return ""


class UnauthorizedError(ModelError):
    """The key is wrong, may not use this model, or its account cannot pay (401, 403, 402)."""

    reason = "unauthorized"
    lasting = True

    @property
    def advice(self) -> str:
        """The key, or its account."""
        unpaid = self.status == PAYMENT or self.code == "insufficient_quota"
        return "the account of OPENAI_API_KEY cannot pay" if unpaid else "look at OPENAI_API_KEY"


class NoSuchModelError(ModelError):
    """The server has no model of that name."""

    reason = "no-such-model"
    lasting = True

    @property
    def advice(self) -> str:
        """The name, as the server spells it."""
        return "look at OPENAI_MODEL and GHAPP_MODEL_HIGH: the server has no model of that name"


class BadRequestError(ModelError):
    """The server refuses the request as it is: the address, the size or a parameter.

    Attributes:
        parameter: The parameter of ours that the refusal is about; None: it names none.
    """

    reason = "bad-request"
    lasting = True

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        parameter: str | None = None,
        status: int | None = None,
        unread: bool = False,
    ) -> None:
        """Keep what was named."""
        super().__init__(message, code=code, status=status, unread=unread)
        self.parameter = parameter

    @property
    def advice(self) -> str:
        """The address, the size, or the model."""
        if self.status in NO_ADDRESS:
            return "look at OPENAI_BASE_URL: it goes up to and without /chat/completions, mostly with /v1 at its end"
        if self.status == TOO_LARGE or self.code == "context_length_exceeded":
            return "look at GHAPP_PROMPT_TOKENS: the request is too large for the model"
        return "look at OPENAI_BASE_URL, OPENAI_MODEL and GHAPP_PROMPT_TOKENS"


class RateLimitedError(ModelError):
    """Too many requests or tokens (429)."""

    reason = "rate-limited"

    @property
    def advice(self) -> str:
        """The account, when waiting does not help."""
        return "the account of OPENAI_API_KEY cannot pay" if self.code == "insufficient_quota" else ""


class UnavailableError(ModelError):
    """The server cannot be reached, breaks off before the answer, or has a fault of its own (5xx)."""

    reason = "unavailable"

    @property
    def advice(self) -> str:
        """The address, when no server was found there."""
        return NO_CONNECTION if self.status is None and self.unread else ""


class ModelTimeoutError(ModelError):
    """A time limit passed.

    Attributes:
        limit: Which: a field's name of `ModelLimits`.
    """

    reason = "timeout"

    def __init__(self, limit: str, *, usage: Usage | None = None) -> None:
        """Keep which limit."""
        super().__init__(limit, usage=usage, unread=limit == "connect")
        self.limit = limit

    @property
    def advice(self) -> str:
        """The address, when the server cannot be reached at all."""
        return NO_CONNECTION if self.limit == "connect" else ""


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

    @property
    def advice(self) -> str:
        """The address."""
        return "look at OPENAI_BASE_URL: what answers there is no OpenAI-compatible server"


class NoRoomError(ModelError):
    """Nothing of the diff has room in a prompt: nothing is sent, because there is nothing to pay for."""

    reason = "no-room"
    lasting = True

    @property
    def advice(self) -> str:
        """The prompt's size."""
        return "look at GHAPP_PROMPT_TOKENS: nothing of the diff has room in a prompt"
