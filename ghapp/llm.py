"""The only module that calls a model, through any server that speaks OpenAI's chat completions.

The library sends and parses the stream's events; their JSON is read as it is, because its types accept any shape and
compatible servers send many. Nothing is tried again here but what a server refuses to understand: when and whether to
repeat a call is the caller's decision, who counts what it costs. Prompts, answers and keys are never logged.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from ghapp.llm_dialect import Dialect, Habits, Memory, Question
from ghapp.llm_errors import (
    BadRequestError,
    CutError,
    ModelError,
    ModelTimeoutError,
    NotJsonError,
    UnavailableError,
)
from ghapp.llm_reading import Reading
from ghapp.llm_refusal import Refusal, meaning
from ghapp.settings_model import is_address, is_header

#: After the answer's end only its token counts are still to come; they are not worth more waiting.
_TAIL_SECONDS = 2.0
#: With these no request was sent.
_UNSENT = (httpx2.ConnectError, httpx2.ProxyError, httpx2.UnsupportedProtocol, httpx2.InvalidURL)

log = logging.getLogger("ghapp.llm")


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """Time limits, in seconds.

    Attributes:
        connect: To reach the server.
        first_token: From sending a request to the first token, reasoning included.
        idle: Between two tokens. What keeps a connection open (comments, empty events) is no token.
        total: For all of one `ask`, requests that are refused included.
    """

    connect: float = 5.0
    first_token: float = 120.0
    idle: float = 30.0
    total: float = 300.0


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A whole answer.

    Attributes:
        text: As the model wrote it: JSON, if it did as it was told.
        finish_reason: Why it stopped, in the server's word; never one that means that the answer is not whole.
        prompt_tokens: Tokens read; None: the server did not say.
        completion_tokens: Tokens written; None: the server did not say.
        model: The model's name, as it was asked for.
        mode: How the shape was asked for: one of `llm_dialect.MODES`.
    """

    text: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None
    model: str
    mode: str


class Model:
    """One model on one server. Safe to share between threads; not to be called inside an event loop.

    Args:
        base_url: Up to and without `/chat/completions`, e.g. `https://api.openai.com/v1`.
        api_key: None: the server asks for none.
        name: As the server spells it.
        limits: Time limits.
        memory: Remembers what the server refused; None: as long as this value lives.

    Raises:
        ValueError: The address is none, or the key cannot stand in a header.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        name: str,
        limits: ModelLimits | None = None,
        memory: Memory | None = None,
    ) -> None:
        if not is_address(base_url):
            raise ValueError("the model's address must begin with http:// or https:// and name a host")
        if api_key and not is_header(api_key):
            raise ValueError("the model's key has characters that no header may hold")
        self.name, self._base_url, self._api_key = name, base_url, api_key
        self._limits = limits or ModelLimits()
        self._habits = Habits({} if memory is None else memory, base_url, name)

    def __repr__(self) -> str:
        """Name and host: no key, and no password from the address."""
        return f"Model({self.name!r} at {urlsplit(self._base_url).hostname})"

    def __str__(self) -> str:
        """The same for people, with the port."""
        parts = urlsplit(self._base_url)
        return f"model {self.name} at {parts.hostname}{f':{parts.port}' if parts.port else ''}"

    def ask(self, messages: Sequence[Mapping[str, str]], schema: dict[str, Any], max_tokens: int) -> ModelAnswer:
        """One completion.

        Args:
            messages: At least one, `role` and `content` each. Where the server knows no schemas, it is told them in
                the system's message.
            schema: JSON Schema of the answer, in the strict form (every property required, no others).
            max_tokens: Tokens that the answer may have, reasoning included.

        Raises:
            ModelError: Each failure is one of its subclasses.
        """
        return asyncio.run(self._ask(messages, schema, max_tokens))

    async def _ask(self, messages: Sequence[Mapping[str, str]], schema: dict[str, Any], most: int) -> ModelAnswer:
        question = Question(self.name, messages, schema, most)
        try:
            async with asyncio.timeout(self._limits.total), self._client() as client:
                dialect, reading = await self._understood(client, question)
        except TimeoutError:
            raise ModelTimeoutError("total") from None
        if reading.alive and self._habits.keep(dialect):
            log.warning("%s does not understand %s: asked without, for a day", self, ", ".join(dialect.lacks))
        failure = reading.failure()
        if failure is not None:
            raise failure
        usage = reading.usage
        return ModelAnswer(
            reading.text,
            reading.finish_reason or "",
            usage.prompt_tokens,
            usage.completion_tokens,
            self.name,
            dialect.mode,
        )

    def _client(self) -> openai.AsyncOpenAI:
        """A client of one loop: its connections cannot outlive it."""
        return openai.AsyncOpenAI(
            base_url=self._base_url,
            # Without one the library sends nothing, or an administrator's from the environment.
            api_key=self._api_key or "none",
            max_retries=0,
            # The other limits are kept here: the library's count from packet to packet, whatever is in them.
            timeout=httpx2.Timeout(None, connect=self._limits.connect),
        )

    async def _understood(self, client: openai.AsyncOpenAI, question: Question) -> tuple[Dialect, Reading]:
        """Ask in ever simpler dialects until the server understands one; that, and what came."""
        dialect = self._habits.dialect()
        while True:
            reading = Reading(question.max_tokens)
            try:
                await self._exchange(client, dialect.request(question), reading)
            except BadRequestError as error:
                lesser = dialect.without(error.parameter)
                if lesser is None:
                    raise
                dialect = lesser
            else:
                return dialect, reading

    async def _exchange(self, client: openai.AsyncOpenAI, body: dict[str, Any], reading: Reading) -> None:
        """Send one request and read what comes. An answer that has ended needs no proper end of its connection."""
        try:
            async with asyncio.timeout(self._limits.first_token) as patience:
                await self._receive(client, body, reading, patience)
        except TimeoutError:
            failure = ModelTimeoutError("idle" if reading.alive else "first_token", usage=reading.usage)
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
            failure = _failure(error, reading)
        else:
            return
        if reading.finish_reason is None:
            # Outside of the except clauses: the library's errors quote what was sent and answered, so that they
            # may not even be the context of ours in a traceback.
            raise failure

    async def _receive(
        self, client: openai.AsyncOpenAI, body: dict[str, Any], reading: Reading, patience: asyncio.Timeout
    ) -> None:
        stream = await client.post(
            "/chat/completions",
            body=body,
            cast_to=object,
            stream=True,
            stream_cls=openai.AsyncStream[object],
            # A prompt goes to the server that was named, not to where that one points.
            options={"follow_redirects": False},
        )
        clock = asyncio.get_running_loop()
        async with stream:
            kind = stream.response.headers.get("content-type", "").lower()
            reading.streamed = "event-stream" in kind
            if kind.startswith("application/json"):
                # Some gateways do not stream, whatever they are asked.
                reading.take(json.loads(await stream.response.aread()))
                return
            async for event in stream:
                if reading.take(event):
                    patience.reschedule(clock.time() + self._limits.idle)
                if reading.finish_reason:
                    patience.reschedule(clock.time() + _TAIL_SECONDS)


def _failure(error: Exception, reading: Reading) -> ModelError:
    """What an error of the library, of its transport or of a decoder means."""
    if isinstance(error, openai.APIStatusError):
        body = error.response.text if error.body is None else error.body
        return meaning(Refusal(error.status_code, error.response.headers, body))
    if isinstance(error, openai.APITimeoutError):
        return ModelTimeoutError("connect")
    if isinstance(error, (ValueError, RecursionError)):
        return NotJsonError("cannot be read", usage=reading.usage)
    if isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError):
        return meaning(Refusal(None, {}, error.body))
    # The library wraps most of its transport's errors, not all of them.
    cause = error if isinstance(error, httpx2.HTTPError) else error.__cause__ or error
    if isinstance(cause, httpx2.DecodingError):
        return NotJsonError("cannot be decompressed", usage=reading.usage)
    lost = type(cause).__name__
    return CutError(lost, usage=reading.usage) if reading.alive else UnavailableError(lost, unread=_is_unsent(cause))


def _is_unsent(cause: BaseException | None) -> bool:
    return isinstance(cause, _UNSENT)
