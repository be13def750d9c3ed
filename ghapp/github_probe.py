"""Asks GitHub one question at a time and takes the answer as it is: for finding out what is wrong, and nothing else.

`github.Installation` is for work: it needs Redis, waits, tries again, and has one exception for many refusals. Here
nothing is repeated, nothing is written, and the status, the headers and the reason are what is asked for.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import jwt
from githubkit import AppAuthStrategy, GitHub, UnauthAuthStrategy
from githubkit.cache import MemCacheStrategy
from githubkit.exception import GitHubException, RequestFailed

from ghapp.github import API_VERSION, trusted

#: The longest that one answer is waited for, in seconds.
SECONDS = 10.0

Trouble = Literal["name", "connection", "certificate", "proxy", "silence", "time", "other"]


class UnreachableError(Exception):
    """There was no answer.

    Attributes:
        trouble: `name` has no address, the `connection` is refused or breaks, the `certificate` is not trusted or TLS
            is not spoken there, the `proxy` refuses, `silence`, or there was no `time` left to ask at all.
    """

    def __init__(self, trouble: Trouble) -> None:
        """Keep what it was."""
        super().__init__(trouble)
        self.trouble: Trouble = trouble


@dataclass(frozen=True, slots=True)
class Said:
    """An answer.

    Attributes:
        status: HTTP status.
        body: Its JSON; None: it has none.
        headers: In whatever case they are asked for.
        ahead: Seconds by which GitHub's clock is ahead of ours; None: it did not say.
    """

    status: int
    body: Any
    headers: Mapping[str, str]
    ahead: float | None

    @property
    def is_api(self) -> bool:
        """Whether GitHub's REST API says so: only that sends this header."""
        return "x-github-media-type" in self.headers

    @property
    def is_good(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP

    @property
    def message(self) -> str:
        """GitHub's reason, where it gave one."""
        return str(self.body.get("message", "")) if isinstance(self.body, dict) else ""


class Probe:
    """Asks as the App."""

    def __init__(self, base_url: str, identity: tuple[int, str] | None, until: float) -> None:
        """Prepare; nothing is sent.

        Args:
            base_url: Of the REST API.
            identity: The App's id and its private key (PEM); None: nobody in particular.
            until: When the last question must have been answered, by `time.monotonic`.
        """
        self._until, self._url = until, base_url
        self._app = AppAuthStrategy(str(identity[0]), identity[1]) if identity else None
        # Not the one that all of a process share: another key is asked with, too.
        self._tokens = MemCacheStrategy()

    def get(self, path: str, params: dict[str, Any] | None = None, installation: int | None = None) -> Said:
        """The answer to a GET, as the App or as one of its installations.

        Raises:
            UnreachableError: There is none.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise UnreachableError("time")
        began = time.time()
        try:
            raw = self._client(min(SECONDS, left), installation).request(
                "GET", path, params=params, headers={"X-GitHub-Api-Version": API_VERSION}
            )
        except GitHubException as error:
            found = _refusal(error)
            if found is None:
                raise UnreachableError(_trouble(error)) from None
            return _said(found, began)
        return _said(raw.raw_response, began)

    def _client(self, seconds: float, installation: int | None) -> GitHub[Any]:
        auth = self._app or UnauthAuthStrategy()
        if self._app is not None and installation is not None:
            auth = self._app.as_installation(installation)
        return GitHub(
            auth,
            base_url=self._url,
            timeout=seconds,
            ssl_verify=trusted(),
            http_cache=False,
            follow_redirects=False,
            auto_retry=False,
            cache_strategy=self._tokens,
            user_agent="ghapp",
        )


def key_fault(private_key: str) -> str:
    """What is wrong with a private key (PEM); "" when it can sign."""
    try:
        jwt.encode({}, private_key, algorithm="RS256")
    except TypeError:
        return "it is protected by a passphrase, or no private key"
    except (jwt.PyJWTError, ValueError, AttributeError):
        return "it is no RSA private key, or not all of one"
    return ""


def _refusal(error: GitHubException) -> httpx.Response | None:
    """The answer that githubkit made an error of: to the request, or to that for its token."""
    inner = error if isinstance(error, RequestFailed) else getattr(error, "exc", None)
    return inner.response.raw_response if isinstance(inner, RequestFailed) else None


def _said(response: httpx.Response, began: float) -> Said:
    try:
        body = response.json()
    except ValueError:
        body = None
    return Said(response.status_code, body, response.headers, _ahead(response.headers.get("date", ""), began))


def _ahead(date: str, began: float) -> float | None:
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    # It names whole seconds: half of one is what it left out, on average.
    return theirs + 0.5 - (began + time.time()) / 2


def _trouble(error: BaseException) -> Trouble:
    """Why there is no answer, from whichever error of the chain says it."""
    chain = list(_chain(error))
    kinds: list[tuple[type[BaseException] | tuple[type[BaseException], ...], Trouble]] = [
        (socket.gaierror, "name"),
        (ssl.SSLError, "certificate"),
        (httpx.ProxyError, "proxy"),
        ((httpx.TimeoutException, TimeoutError), "silence"),
        ((httpx.TransportError, OSError), "connection"),
    ]
    for kind, trouble in kinds:
        if any(isinstance(one, kind) for one in chain):
            return trouble
    return "other"


def _chain(error: BaseException | None) -> list[BaseException]:
    """The error and what it came from."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = getattr(error, "exc", None) or error.__cause__ or error.__context__
    return found
