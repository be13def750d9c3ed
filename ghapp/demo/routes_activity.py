"""The route of a repository's activity: what moved its branches, by whom, and when.

https://docs.github.com/rest/repos/repos#list-repository-activities
"""

from datetime import timedelta

from flask import request

from ghapp.demo import shapes_git
from ghapp.demo.answers import Answer, Refused, cursor_links, number
from ghapp.demo.records import Activity
from ghapp.demo.repository import Repository
from ghapp.demo.site import Call, Route

_KINDS = {"push", "force_push", "branch_creation", "branch_deletion", "pr_merge", "merge_queue_merge"}
_PERIODS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}


def _activity(call: Call, one: Repository) -> Answer:
    descending = _choice("direction", {"asc", "desc"}, "desc") == "desc"
    found = [item for item in _seen(call, one) if _wanted(item)]
    found.sort(key=lambda item: item.activity_id, reverse=descending)
    shown, links = _page(found, number("per_page", 30, 100))
    return Answer([shapes_git.activity(call.world, item) for item in shown], headers=links)


def _seen(call: Call, one: Repository) -> list[Activity]:
    """What the list shows by now, of the period that was asked for."""
    period = _choice("time_period", set(_PERIODS), None)
    since = call.world.now() - timedelta(days=_PERIODS[period]) if period else None
    seen = [versions.seen(call.world.behaviour.lag) for versions in list(one.activities)]
    return [item for item in seen if item and (since is None or item.timestamp >= since)]


def _wanted(item: Activity) -> bool:
    ref = request.args.get("ref", "").removeprefix("refs/heads/")
    kind = _choice("activity_type", _KINDS, None)
    actor = request.args.get("actor")
    return ref in {"", item.branch} and kind in {None, item.kind} and actor in {None, item.actor}


def _choice(name: str, known: set[str], default: str | None) -> str | None:
    value = request.args.get(name, default)
    if value is not None and value not in known:
        raise Refused(422, f"Invalid {name}: {value}")
    return value


def _page(found: list[Activity], size: int) -> tuple[list[Activity], dict[str, str]]:
    """The page that the cursors ask for, and its Link header: `after` goes on, `before` goes back."""
    after, before = (_position(name, found) for name in ("after", "before"))
    if before is not None:
        start = max(0, before - size)
        shown = found[start:before]
    else:
        start = 0 if after is None else after + 1
        shown = found[start : start + size]
    links = {"next": {"after": _cursor(shown[-1])}} if shown and start + len(shown) < len(found) else {}
    if shown and start > 0:
        links["prev"] = {"before": _cursor(shown[0])}
    return shown, cursor_links(links)


def _position(name: str, found: list[Activity]) -> int | None:
    """Where in the list a cursor points to; None when there is no such cursor."""
    cursor = request.args.get(name)
    if cursor is None:
        return None
    places = [at for at, item in enumerate(found) if _cursor(item) == cursor]
    if not places:
        raise Refused(422, f"Invalid {name} cursor")
    return places[0]


def _cursor(item: Activity) -> str:
    return f"cursor{item.activity_id}"


ACTIVITY_ROUTES = (Route("GET", "/activity", _activity, "contents:read"),)
