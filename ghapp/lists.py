"""What GitHub lists: where the App is installed, the repositories there, their open pull requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ghapp.github import Installation, MissingError
from ghapp.reads import Pull, Repository, pull_from, repository_from

NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Installed:
    """An installation of the App: on whose account, and whether it is suspended."""

    id: int
    account: str
    suspended: bool


def installations(github: Installation) -> Iterator[Installed]:
    """Everywhere the App is installed; asked as the App, whatever installation `github` is for."""
    for page in github.pages("/app/installations"):
        yield from map(_installed, page)


def installation(github: Installation, number: int) -> Installed | None:
    """One installation, asked as the App; None: the App is not installed there, as two of GitHub's answers say."""
    try:
        return _installed(github.get(f"/app/installations/{number}"))
    except MissingError:
        # What follows from its absence cannot be taken back, so one wrong answer is not enough.
        return next((one for one in installations(github) if one.id == number), None)


def _installed(found: dict[str, Any]) -> Installed:
    account = (found.get("account") or {}).get("login") or ""
    return Installed(found["id"], account, suspended=bool(found.get("suspended_at")))


def repositories(github: Installation) -> Iterator[Repository]:
    """Every repository that the installation may see; one request for each 100."""
    for page in github.pages("/installation/repositories"):
        yield from map(repository_from, page["repositories"])


def open_pulls(github: Installation, number: int, etag: str = "") -> tuple[list[Pull], str] | None:
    """Every open pull request of a repository, the one that changed last first, with the ETag of the first page.

    Whatever changes in any of them moves it to the first page, so that page's ETag stands for all.

    Returns:
        None when `etag` is still right.
    """
    path = f"/repositories/{number}/pulls"
    asked = {"state": "open", "sort": "updated", "direction": "desc", "per_page": 100}
    answer = github.response("GET", path, params=asked, headers={"If-None-Match": etag} if etag else None)
    if answer.status_code == NOT_MODIFIED:
        return None
    fresh, rows = answer.headers.get("etag", ""), list(answer.json())
    while following := answer.raw_response.links.get("next", {}).get("url"):
        answer = github.response("GET", following)
        rows += answer.json()
    return [pull_from(row) for row in rows], fresh
