"""Versions of GitHub's REST API, as far as they differ in what is served here."""

from typing import Any

from flask import request

from ghapp.demo.answers import Refused

HEADER = "X-GitHub-Api-Version"
_FIRST, _SECOND = "2022-11-28", "2026-03-10"
# https://docs.github.com/rest/about-the-rest-api/breaking-changes
_REMOVED = frozenset({"merge_commit_sha", "assignee", "has_downloads", "rate"})


def api_version(*, enterprise: bool) -> str:
    """The version that a request asks for; the first one when it does not say. An Enterprise Server knows no other.

    Raises:
        Refused: 400, there is no such version.
    """
    asked = request.headers.get(HEADER, _FIRST)
    if asked not in ({_FIRST} if enterprise else {_FIRST, _SECOND}):
        raise Refused(400, f"The API version {asked} is not supported.")
    return asked


def in_version(body: Any, version: str) -> Any:
    """An answer without the properties that a version no longer has."""
    if version == _FIRST:
        return body
    if isinstance(body, list):
        return [in_version(item, version) for item in body]
    if isinstance(body, dict):
        return {name: in_version(item, version) for name, item in body.items() if name not in _REMOVED}
    return body
