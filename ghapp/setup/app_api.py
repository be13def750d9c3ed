"""The two requests that set-up makes of GitHub, before there is an App that could make others."""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import jwt

API_VERSION = "2022-11-28"
TIMEOUT = httpx.Timeout(20, connect=5)
NOT_FOUND = 404


class UnreachableError(Exception):
    """GitHub did not answer, or not as GitHub does; it may be tried again. The message says what happened."""


class RefusedError(Exception):
    """GitHub refused.

    Attributes:
        status: HTTP status.
        reason: GitHub's words; untrusted.
    """

    def __init__(self, status: int, reason: str) -> None:
        """Keep both."""
        super().__init__(f"{status}: {reason}")
        self.status, self.reason = status, reason


@dataclass(frozen=True, slots=True, repr=False)
class NewApp:
    """What a manifest became. Never printed: there is no repr."""

    app_id: int
    slug: str
    private_key: str
    webhook_secret: str


@dataclass(frozen=True, slots=True)
class FoundApp:
    """An App that exists; `permissions` and `events` are what it asks for."""

    slug: str
    permissions: dict[str, str] = field(default_factory=dict[str, str])
    events: tuple[str, ...] = ()


def convert(api_url: str, code: str) -> NewApp:
    """Exchange the code that a browser brought for the App's credentials; GitHub gives them once, within the hour.

    Raises:
        UnreachableError: GitHub cannot be reached; the code is still good.
        RefusedError: It was used before, is older than an hour, or none (404).
    """
    found = _asked("POST", f"{api_url}/app-manifests/{quote(code, safe='')}/conversions")
    try:
        return NewApp(int(found["id"]), str(found["slug"]), str(found["pem"]), str(found["webhook_secret"] or ""))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreachableError(f"GitHub's answer has no {error}") from error


def find_app(api_url: str, app_id: int, private_key: str) -> FoundApp:
    """The App that a key is of.

    Raises:
        ValueError: The key is no private RSA key.
        UnreachableError: GitHub cannot be reached.
        RefusedError: It is not this App's key (401, 404).
    """
    now = int(time.time())
    try:
        # A minute back, as GitHub advises, for clocks that run fast.
        token = jwt.encode({"iat": now - 60, "exp": now + 300, "iss": str(app_id)}, private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise ValueError("no private RSA key") from error
    found = _asked("GET", f"{api_url}/app", {"Authorization": f"Bearer {token}"})
    return FoundApp(str(found.get("slug", "")), dict(found.get("permissions") or {}), tuple(found.get("events") or ()))


def _asked(method: str, url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    sent = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION, "User-Agent": "ghapp"}
    try:
        answer = httpx.request(method, url, headers=sent | (headers or {}), timeout=TIMEOUT)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise UnreachableError(type(error).__name__) from error
    if answer.is_server_error:
        raise UnreachableError(f"it answered {answer.status_code}")
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not answer.is_success:
        reason = found.get("message", "") if isinstance(found, dict) else ""
        raise RefusedError(answer.status_code, str(reason)[:200])
    if not isinstance(found, dict):
        raise UnreachableError("what answered is not GitHub's API")
    return found
