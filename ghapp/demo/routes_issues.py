"""Routes of issues and of labels."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import request

from ghapp.demo import bodies, shapes, shapes_issues
from ghapp.demo.answers import Answer, Refused, invalid, moved, page_of
from ghapp.demo.records import Issue, Label, Versions
from ghapp.demo.repository import Repository
from ghapp.demo.site import Call, Route


def find_issue(one: Repository, number: int) -> Issue:
    """An issue or pull request.

    Raises:
        Refused: 404, there is none; 410, it was deleted, or issues are switched off.
    """
    versions = one.issues.get(number)
    if versions is None or versions.latest.moved_to:
        raise Refused(404)
    item = versions.latest
    if item.deleted:
        raise Refused(410, "This issue was deleted")
    if not one.has_issues and item.pull is None:
        raise Refused(410)
    return item


def _find_or_follow(call: Call, one: Repository, number: int) -> Issue:
    """The same, but one that was transferred to where the token may look is a 301 there.

    GitHub documents that for an issue, its edits and its labels, not for its comments and events.
    https://docs.github.com/rest/issues/issues#get-an-issue
    """
    versions = one.issues.get(number)
    if versions and versions.latest.moved_to and call.token:
        target_id, there = versions.latest.moved_to
        target = call.world.repositories.get(target_id)
        if target and call.world.may_see(call.token, target):
            raise moved(f"{call.world.api_url}/repositories/{target_id}/issues/{there}")
    return find_issue(one, number)


def _issues(call: Call, one: Repository) -> Answer:
    if not one.has_issues:
        raise Refused(410)
    seen = [versions.seen(call.world.behaviour.lag) for versions in list(one.issues.values())]
    found = [item for item in seen if item is not None and not item.gone and _wanted(item)]
    order = "updated_at" if request.args.get("sort") == "updated" else "number"
    newest_first = request.args.get("direction", "desc") == "desc"
    found.sort(key=lambda item: (getattr(item, order), item.number), reverse=newest_first)
    return page_of(found, lambda item: shapes_issues.issue(call.world, one, item))


def _wanted(item: Issue) -> bool:
    args = request.args
    labels = {name.strip().lower() for name in args.get("labels", "").split(",") if name.strip()}
    has_labels = labels <= {name.lower() for name in item.labels}
    return (
        args.get("state", "open") in {"all", item.state}
        and args.get("creator") in {None, item.user}
        and has_labels
        and _since(item)
    )


def _since(item: Issue) -> bool:
    since = request.args.get("since")
    try:
        return since is None or item.updated_at >= datetime.fromisoformat(since)
    except ValueError as error:
        raise Refused(422, "Invalid since") from error


def _create(call: Call, one: Repository) -> Answer:
    if not one.has_issues:
        raise Refused(410)
    body = bodies.read_body(bodies.ISSUE)
    bodies.check_length("Issue", body.get("body"))
    if not str(body["title"]).strip():
        raise invalid("Issue", "title", "missing_field")
    now = call.world.now()
    item = Issue(
        issue_id=call.world.new_id(),
        number=one.take_number(),
        title=str(body["title"]),
        body=body.get("body"),
        user=call.world.app.login,
        created_at=now,
        updated_at=now,
        labels=_label_names(call, one, body.get("labels") or []),
        via_app=True,
        association="NONE",
    )
    one.issues[item.number] = Versions(item)
    shown = shapes_issues.issue(call.world, one, item)
    return Answer(shown, 201, {"Location": shown["url"]})


def _issue(call: Call, one: Repository, number: int) -> Answer:
    return Answer(shapes_issues.issue(call.world, one, _find_or_follow(call, one, number)))


def _edit(call: Call, one: Repository, number: int) -> Answer:
    item = _find_or_follow(call, one, number)
    body = bodies.read_body(bodies.ISSUE_EDIT)
    bodies.check_length("Issue", body.get("body"))
    changes: dict[str, Any] = {name: body[name] for name in ("title", "body") if name in body}
    if body.get("labels") is not None:
        changes["labels"] = _label_names(call, one, body["labels"])
    changes |= _state_changes(call, item, body)
    edited = one.issues[number].write(replace(item, updated_at=call.world.now(), **changes))
    return Answer(shapes_issues.issue(call.world, one, edited))


def _state_changes(call: Call, item: Issue, body: dict[str, Any]) -> dict[str, Any]:
    state = body.get("state", item.state)
    if state not in {"open", "closed"}:
        raise invalid("Issue", "state", "invalid")
    if state == item.state:
        return {}
    if state == "open":
        return {"state": "open", "state_reason": "reopened", "closed_at": None}
    reason = body.get("state_reason") or "completed"
    return {"state": "closed", "state_reason": reason, "closed_at": call.world.now()}


def _label_names(call: Call, one: Repository, labels: list[Any]) -> tuple[str, ...]:
    """Names as the repository spells them; labels that do not exist yet are made, as GitHub does."""
    names = [label if isinstance(label, str) else label["name"] for label in labels]
    for name in names:
        one.labels.setdefault(name.lower(), Label(call.world.new_id(), name))
    return tuple(dict.fromkeys(one.labels[name.lower()].name for name in names))


def _add_labels(call: Call, one: Repository, number: int) -> Answer:
    item = _find_or_follow(call, one, number)
    body = bodies.read_body(bodies.ISSUE_LABELS)
    added = _label_names(call, one, body if isinstance(body, list) else body.get("labels") or [])
    together = tuple(dict.fromkeys(item.labels + added))
    one.issues[number].write(replace(item, labels=together, updated_at=call.world.now()))
    return Answer([shapes.label(call.world, one, one.labels[name.lower()]) for name in together])


def _labels_of(call: Call, one: Repository, number: int) -> Answer:
    names = find_issue(one, number).labels
    return page_of(names, lambda name: shapes.label(call.world, one, one.labels[name.lower()]))


def _labels(call: Call, one: Repository) -> Answer:
    return page_of(list(one.labels.values()), lambda item: shapes.label(call.world, one, item))


def _find_label(one: Repository, name: str) -> Label:
    found = one.labels.get(name.lower())
    if found is None:
        raise Refused(404)
    return found


def _label(call: Call, one: Repository, name: str) -> Answer:
    return Answer(shapes.label(call.world, one, _find_label(one, name)))


def _create_label(call: Call, one: Repository) -> Answer:
    body = bodies.read_body(bodies.LABEL)
    if body["name"].lower() in one.labels:
        raise invalid("Label", "name", "already_exists")
    item = Label(call.world.new_id(), body["name"], _color(body.get("color", "ededed")), body.get("description"))
    one.labels[item.name.lower()] = item
    return Answer(shapes.label(call.world, one, item), 201)


def _edit_label(call: Call, one: Repository, name: str) -> Answer:
    item = _find_label(one, name)
    body = bodies.read_body(bodies.LABEL_EDIT)
    color, description = _color(body.get("color", item.color)), body.get("description", item.description)
    edited = replace(item, color=color, description=description)
    one.labels[name.lower()] = edited
    return Answer(shapes.label(call.world, one, edited))


def _color(text: str) -> str:
    if len(text) != 6 or not all(digit in "0123456789abcdefABCDEF" for digit in text):  # noqa: PLR2004 - rrggbb
        raise invalid("Label", "color", "invalid")
    return text.lower()


_READ, _WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
ISSUE_ROUTES = (
    Route("GET", "/issues", _issues, "issues:read"),
    Route("POST", "/issues", _create, "issues:write"),
    Route("GET", "/issues/<int:number>", _issue, _READ),
    Route("PATCH", "/issues/<int:number>", _edit, _WRITE),
    Route("GET", "/issues/<int:number>/labels", _labels_of, _READ),
    Route("POST", "/issues/<int:number>/labels", _add_labels, _WRITE),
    Route("GET", "/labels", _labels, _READ),
    Route("POST", "/labels", _create_label, _WRITE),
    Route("GET", "/labels/<path:name>", _label, _READ),
    Route("PATCH", "/labels/<path:name>", _edit_label, _WRITE),
)
