"""The only module that calls GitHub: one installation's reads and writes, over githubkit's raw requests.

Raw requests, because the generated response models reject what GitHub and Enterprise Server really send.
"""

import functools
import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import httpx
import redis
from githubkit import GitHub, Response
from githubkit.cache import RedisCacheStrategy
from githubkit.exception import GitHubException

from ghapp import keys
from ghapp.jobqueue import PostponedError
from ghapp.limits import LIMITED, limit_of
from ghapp.pace import Pace, Rates
from ghapp.refusals import (
    InstallationGoneError,
    LimitedError,
    MissingError,
    RefusedError,
    is_stale_token,
    may_repeat,
    meaning,
    unwrapped,
)
from ghapp.roll import drop_tokens
from ghapp.settings import Credentials, Settings
from ghapp.signing import InstallationAuth, keyring

#: Accepted by github.com and by every supported Enterprise Server; typed calls would send a newer one.
API_VERSION = "2022-11-28"
TIMEOUT = httpx.Timeout(20, connect=5)
#: How often a request is sent whose answer was lost or a fault of the server.
TRIES = 3
#: What a dry run would have written is shown for so many requests.
MOST_NOTES = 100

log = logging.getLogger("ghapp.github")

__all__ = ["GitHubException", "Installation", "InstallationGoneError", "MissingError", "RefusedError", "trusted"]


@functools.cache
def trusted() -> ssl.SSLContext:
    """Whose certificates we trust. Reading them takes longer than a request: a worker does it once, before it forks."""
    return httpx.create_ssl_context()


class Installation:
    """Access as one installation. A context manager: connections live as long as it.

    Attributes:
        app_id: Ours, to recognise what we wrote.
        requests: How many requests were sent, minting of tokens excluded.
        writes: How many of them wrote something, and were told that it is done.
    """

    def __init__(
        self, settings: Settings, credentials: Credentials, connection: redis.Redis, number: int, key: str = ""
    ) -> None:
        """Prepare; nothing is sent. The token is shared between processes through Redis.

        Args:
            settings: Where GitHub is, and how fast it may be written to.
            credentials: The App's.
            connection: Decodes nothing.
            number: The installation's id.
            key: The due key that is worked; it decides whose writes go first.
        """
        self.app_id, self.requests, self.writes = credentials.app_id, 0, 0
        self._number = number
        self._dry_run, self._connection = settings.dry_run, connection
        self._pace = Pace(connection, number, Rates(settings.writes_per_second, settings.writes_per_hour), key)
        self._github = GitHub(
            InstallationAuth(self.app_id, keyring(credentials.private_keys), number),
            base_url=settings.github_api_url,
            timeout=TIMEOUT,
            ssl_verify=trusted(),
            http_cache=False,
            # What is asked for by a repository's id never moves; an issue that people transferred does, and is gone.
            follow_redirects=False,
            # Both are ours: each request that is sent again asks the pace again.
            auto_retry=False,
            event_hooks={"response": [_stop_at_limit]},
            cache_strategy=RedisCacheStrategy(connection, prefix=f"{keys.TOKENS}:{number}:"),
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
            PostponedError: A rate limit, met now or known already.
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

        It has a slot of the installation's pace each time that it is sent, and waits for it up to two seconds;
        what the App asks for itself (`/app/…`) is no content and has none.
        (A POST that is redirected becomes a GET that answers 200, and nothing was written.)

        Returns:
            The answer's JSON; None on a dry run, which sends nothing and takes no slot, and for 204.

        Raises:
            RefusedError: Another status. Also what `get` raises; a `PostponedError` is also raised when there is no
                slot so soon, and then nothing was sent.
        """
        if self._dry_run:
            self._note_down(method, path, sorted(body or {}))
            return None
        admit = self._pace.go_ahead if path.startswith("/app/") else self._pace.use_slot
        response = self._sent(method, path, {"json": body}, admit)
        if response.status_code not in due:
            raise RefusedError(f"{method} {path}: {response.status_code} where {due} was due")
        self.writes += 1
        return response.json() if response.content else None

    def _note_down(self, method: str, path: str, fields: list[str]) -> None:
        """Say what a dry run would have written."""
        log.info("dry run: %s %s %s", method, path, fields)
        note = {"at": time.time(), "installation": self._number, "method": method, "path": path, "fields": fields}
        with self._connection.pipeline() as pipe:
            pipe.lpush(keys.DRY_RUN, json.dumps(note))
            pipe.ltrim(keys.DRY_RUN, 0, MOST_NOTES - 1)
            pipe.execute()

    def clone_token(self, repository: int) -> str:
        """A new token, good for an hour, that can read the contents of one repository and nothing else.

        Raises as `get` does.
        """
        wanted = {"repository_ids": [repository], "permissions": {"contents": "read"}}
        return self.response("POST", f"/app/installations/{self._number}/access_tokens", json=wanted).json()["token"]

    def ready_to_write(self) -> None:
        """Take the slot of the next write now, so that what is done before it is done just before it.

        The slot lapses after a second, and the write then takes another one.

        Raises:
            PostponedError: There is none so soon; nothing was taken.
        """
        if not self._dry_run:
            self._pace.take_slot()

    def response(self, method: str, path: str, **options: Any) -> Response[Any]:
        """A request that writes no content. Raises as `get` does."""
        return self._sent(method, path, options, self._pace.go_ahead)

    def _sent(self, method: str, path: str, options: dict[str, Any], admit: Callable[[], object]) -> Response[Any]:
        """Send it; again after a fault that may pass, and once after a 401, with a new token. Limits are final."""
        options["headers"] = {"X-GitHub-Api-Version": API_VERSION, **(options.get("headers") or {})}
        tried, renewed = 0, False
        while True:
            admit()
            self.requests, tried = self.requests + 1, tried + 1
            try:
                response = self._github.request(method, path, **options)
                if response.raw_response.has_redirect_location:
                    raise MissingError(f"{method} {path}: {response.status_code}, it is elsewhere now")
                return response  # noqa: TRY300 - what is raised above passes the handler
            except GitHubException as error:
                if isinstance(inner := unwrapped(error), LimitedError):
                    raise PostponedError(self._pace.stop(inner.limit.seconds), "GitHub's rate limit") from None
                if is_stale_token(error) and not renewed:
                    renewed = True
                    drop_tokens(self._connection, self._number)
                elif tried < TRIES and may_repeat(error, method):
                    time.sleep(tried - 0.5)
                else:
                    raise meaning(error, method, path) from error

    def is_ours(self, made: dict[str, Any]) -> bool:
        """Whether an issue or comment was written by this App, whatever its text says."""
        app = made.get("performed_via_github_app")
        return isinstance(app, dict) and app.get("id") == self.app_id


def _stop_at_limit(response: httpx.Response) -> None:
    """Raise when GitHub refuses because of a limit, whatever was asked for: the minting of a token, too.

    Before githubkit reads the headers: a `Retry-After` that is a date would be an error of its own there.

    Raises:
        LimitedError: It does.
    """
    if response.status_code not in LIMITED:
        return
    response.read()
    limit = limit_of(response.status_code, response.headers, response.text, time.time())
    if limit is not None:
        raise LimitedError(limit)
