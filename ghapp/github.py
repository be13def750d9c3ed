"""The only module that calls GitHub: one installation's reads and writes, over githubkit's raw requests.

Raw requests, because the generated response models reject what GitHub and Enterprise Server really send.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import httpx
import redis
from githubkit import AppAuthStrategy, GitHub, Response
from githubkit.cache import RedisCacheStrategy
from githubkit.exception import GitHubException, RateLimitExceeded, RequestError, RequestFailed
from githubkit.typing import RetryOption

from ghapp import keys
from ghapp.jobqueue import PostponedError
from ghapp.settings import Credentials, Settings

#: Accepted by github.com and by every supported Enterprise Server; typed calls would send a newer one.
API_VERSION = "2022-11-28"
TIMEOUT = httpx.Timeout(20, connect=5)
#: GitHub asks for at least a minute when a secondary limit names no time.
SECONDARY_SECONDS = 60.0
UNAUTHORIZED, FORBIDDEN, NOT_FOUND, GONE, TOO_MANY, SERVER_ERROR = 401, 403, 404, 410, 429, 500

log = logging.getLogger("ghapp.github")


class MissingError(Exception):
    """GitHub answered 404 or 410: it is gone, or this installation may not see it."""


class InstallationGoneError(Exception):
    """The App is uninstalled or suspended: there is nothing to read or write."""


class RefusedError(Exception):
    """GitHub refused a request that we meant to be right; the message holds status and route, no body."""


class Installation:
    """Access as one installation. A context manager: connections live as long as it.

    Attributes:
        app_id: Ours, to recognise what we wrote.
        requests: How many requests were sent, minting of tokens excluded.
    """

    def __init__(self, settings: Settings, credentials: Credentials, connection: redis.Redis, number: int) -> None:
        """Prepare; nothing is sent. The token is shared between processes through Redis."""
        self.app_id, self.requests = credentials.app_id, 0
        self._dry_run, self._connection, self._prefix = settings.dry_run, connection, f"{keys.TOKENS}:{number}:"
        self._github = GitHub(
            AppAuthStrategy(str(credentials.app_id), credentials.private_key).as_installation(number),
            base_url=settings.github_api_url,
            timeout=TIMEOUT,
            http_cache=False,
            auto_retry=retry,
            cache_strategy=RedisCacheStrategy(connection, prefix=self._prefix),
            user_agent="ghapp",
        )

    def __enter__(self) -> Self:
        """Open the connections."""
        self._github.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._github.__exit__(kind, error, trace)

    def get(self, path: str, params: dict[str, Any] | None = None, headers: dict[str, str] | None = None) -> Any:
        """The JSON of a GET.

        Raises:
            MissingError: 404 or 410.
            PostponedError: A rate limit, primary or secondary.
            InstallationGoneError: No token is given for this installation.
            RefusedError: Any other status that is not a success.
        """
        return self.response("GET", path, params=params, headers=headers).json()

    def pages(self, path: str, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """The JSON of every page, following `Link: rel="next"`."""
        url, query = path, {"per_page": 100, **(params or {})}
        while url:
            response = self.response("GET", url, params=query)
            yield response.json()
            # The next page's URL holds the whole query.
            url, query = response.raw_response.links.get("next", {}).get("url", ""), None

    def write(self, method: str, path: str, body: dict[str, Any] | None, *due: int) -> Any:
        """Send a write and hold GitHub to the status (or one of them) that means it was done.

        (A POST that is redirected becomes a GET that answers 200, and nothing was written.)

        Returns:
            The answer's JSON; None on a dry run, which sends nothing, and for 204.

        Raises:
            RefusedError: Another status. Also what `get` raises.
        """
        if self._dry_run:
            log.info("dry run: %s %s %s", method, path, sorted(body or {}))
            return None
        response = self.response(method, path, json=body)
        if response.status_code not in due:
            raise RefusedError(f"{method} {path}: {response.status_code} where {due} was due")
        return response.json() if response.content else None

    def response(self, method: str, path: str, **options: Any) -> Response[Any]:
        """One request. A 401 drops the shared token and is tried once more. Raises as `get` does."""
        options["headers"] = {"X-GitHub-Api-Version": API_VERSION, **(options.get("headers") or {})}
        self.requests += 1
        try:
            return self._github.request(method, path, **options)
        except GitHubException as error:
            if not _is_stale_token(error):
                raise _meaning(error, method, path) from error
        self._drop_tokens()
        self.requests += 1
        try:
            return self._github.request(method, path, **options)
        except GitHubException as error:
            raise _meaning(error, method, path) from error

    def _drop_tokens(self) -> None:
        for key in self._connection.scan_iter(match=f"{self._prefix}*"):
            self._connection.delete(key)

    def is_ours(self, made: dict[str, Any]) -> bool:
        """Whether an issue or comment was written by this App, whatever its text says."""
        app = made.get("performed_via_github_app")
        return isinstance(app, dict) and app.get("id") == self.app_id


def retry(error: GitHubException, count: int) -> RetryOption:
    """Decide for githubkit: what may safely be sent again, at once; limits go back to the queue."""
    inner = _unwrapped(error)
    if isinstance(inner, RateLimitExceeded) or not _is_transient(inner):
        return RetryOption(do_retry=False)
    # Errors of minting a token arrive wrapped; minting may always be repeated, as may reads and whole writes.
    repeatable = inner is not error or _method(error) in ("GET", "PATCH", "DELETE")
    return RetryOption(do_retry=repeatable and count < 2, retry_after=timedelta(seconds=0.5 + count))  # noqa: PLR2004


def _method(error: GitHubException) -> str:
    for source in (error, getattr(error, "exc", None), error.__cause__):
        request = getattr(source, "_request", None) or getattr(source, "request", None)
        if request is not None:
            return str(request.method)
    return "POST"


def _unwrapped(error: GitHubException) -> BaseException:
    inner = getattr(error, "exc", None)
    return inner if isinstance(inner, GitHubException) else error


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, RequestFailed):
        return error.response.status_code >= SERVER_ERROR
    return isinstance(error, RequestError)


def _is_stale_token(error: GitHubException) -> bool:
    """A 401 for a request, not for the minting of its token (that would be a wrong key)."""
    return isinstance(error, RequestFailed) and error.response.status_code == UNAUTHORIZED


def _meaning(error: GitHubException, method: str, path: str) -> Exception:
    """What a failure means for the job."""
    inner = _unwrapped(error)
    seconds = _limited(inner)
    if seconds is not None:
        return PostponedError(seconds, "GitHub's rate limit")
    if not isinstance(inner, RequestFailed):
        return error
    status = inner.response.status_code
    if inner is not error and status in (FORBIDDEN, NOT_FOUND):
        return InstallationGoneError(f"no token is given: {status}")
    if status in (NOT_FOUND, GONE):
        return MissingError(f"{method} {path}: {status}")
    return RefusedError(f"{method} {path}: {status}")


def _limited(error: BaseException) -> float | None:
    """Seconds to wait when `error` is a rate limit, else None."""
    if isinstance(error, RateLimitExceeded):
        return max(1.0, error.retry_after.total_seconds())
    if not isinstance(error, RequestFailed) or error.response.status_code not in (FORBIDDEN, TOO_MANY):
        return None
    after = error.response.headers.get("retry-after", "")
    if after.isdecimal():
        return max(1.0, float(after))
    if error.response.status_code == TOO_MANY or "rate limit" in error.response.text.lower():
        return SECONDARY_SECONDS
    return None
