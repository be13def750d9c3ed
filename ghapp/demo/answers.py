"""Answers of the stand-in GitHub: JSON, pages with Link headers, and refusals in GitHub's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

DOCUMENTATION = "https://docs.github.com/rest"
TOO_LONG = "Body is too long (maximum is 65536 characters)"

T = TypeVar("T")

_MESSAGES = {
    400: "Problems parsing JSON",
    401: "Bad credentials",
    403: "Resource not accessible by integration",
    404: "Not Found",
    410: "Issues are disabled for this repo",
    422: "Validation Failed",
    500: "Server Error",
    502: "Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answers; a `body` of bytes is sent as it is, None is an empty body."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """GitHub says no.

    Attributes:
        answer: What it says.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Any] = (),
        url: str | None = None,
    ) -> None:
        super().__init__(status, message)
        body: dict[str, Any] = {"message": message or _MESSAGES.get(status, "Error")}
        if errors:
            body["errors"] = list(errors)
        if url:
            body["url"] = url
        body |= {"documentation_url": DOCUMENTATION, "status": str(status)}
        self.answer = Answer(body, status, headers or {})


def moved(location: str) -> Refused:
    """GitHub's permanent redirect; it answers 301 to writes, too."""
    return Refused(301, "Moved Permanently", headers={"Location": location}, url=location)


def invalid(resource: str, name: str, code: str, message: str | None = None) -> Refused:
    """A 422 about one field, as GitHub words it."""
    error = {"resource": resource, "code": code, "field": name}
    return Refused(422, errors=[error | ({"message": message} if message else {})])


def number(name: str, default: int, most: int | None = None) -> int:
    """A positive number of the query string; nonsense is the default, as on GitHub."""
    value = request.args.get(name, "")
    found = int(value) if value.isascii() and value.isdecimal() and int(value) > 0 else default
    return found if most is None else min(found, most)


def page_of(
    items: Sequence[T],
    shape: Callable[[T], Any],
    *,
    key: str | None = None,
    per_page: int = 30,
    most: int = 100,
    limit: int | None = None,
) -> Answer:
    """The page of a list that the query string asks for, with its Link header.

    Args:
        items: The whole list.
        shape: An item's JSON; called for the page's items alone.
        key: Name of the list in an object with `total_count`; None: the answer is the list itself.
        per_page: GitHub's default for this list.
        most: GitHub's largest page.
        limit: Items that GitHub gives at most, over all pages.
    """
    shown = items[:limit]
    size, at = number("per_page", per_page, most), number("page", 1)
    body: Any = [shape(item) for item in shown[(at - 1) * size : at * size]]
    if key is not None:
        body = {"total_count": len(items), key: body}
    return Answer(body, headers=link(at, -(-len(shown) // size)))


def link(at: int, last: int) -> dict[str, str]:
    """The Link header for a page of so many; empty when there is but one."""
    targets = {"prev": at - 1, "next": at + 1, "last": last, "first": 1}
    shown = {rel: page for rel, page in targets.items() if 1 <= page <= last}
    if at >= last:
        shown.pop("last", None)
    if at <= 1:
        shown.pop("first", None)
    parts = [f'<{_address(page=str(page))}>; rel="{rel}"' for rel, page in shown.items()]
    return {"Link": ", ".join(parts)} if parts else {}


def cursor_links(pages: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The Link header of lists that are paged by cursor.

    Args:
        pages: By relation (`next`, `prev`) the cursor: its name in the query string and its value.
    """
    others = {name: value for name, value in request.args.items() if name not in {"after", "before", "cursor"}}
    parts = [f'<{request.base_url}?{urlencode(others | dict(cursor))}>; rel="{rel}"' for rel, cursor in pages.items()]
    return {"Link": ", ".join(parts)} if parts else {}


def _address(**changes: str) -> str:
    return f"{request.base_url}?{urlencode(request.args.to_dict() | changes)}"
