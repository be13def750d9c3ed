"""Routes of comments and reactions."""

from dataclasses import replace
from datetime import datetime

from flask import request

from ghapp.demo import bodies, shapes_issues
from ghapp.demo.answers import Answer, Refused, invalid, page_of
from ghapp.demo.records import Comment, Versions
from ghapp.demo.repository import Repository
from ghapp.demo.routes_issues import find_issue
from ghapp.demo.site import Call, Route

_LOCKED = "Unable to create comment because issue is locked."


def _find(one: Repository, comment_id: int) -> Comment:
    versions = one.comments.get(comment_id)
    # With an issue go its comments.
    if versions is None or versions.latest.deleted or one.issues[versions.latest.number].latest.gone:
        raise Refused(404)
    return versions.latest


def _comments(call: Call, one: Repository, number: int) -> Answer:
    find_issue(one, number)
    found = shapes_issues.comments_of(one, number, call.world.behaviour.lag)
    since = request.args.get("since")
    if since:
        found = [item for item in found if item.updated_at >= datetime.fromisoformat(since)]
    return page_of(found, lambda item: shapes_issues.comment(call.world, one, item))


def _create(call: Call, one: Repository, number: int) -> Answer:
    issue = find_issue(one, number)
    body = bodies.read_body(bodies.COMMENT)
    _check_body(body["body"])
    if issue.locked or issue.discussion:
        # Apps, too: https://github.com/renovatebot/renovate/issues/6215
        raise Refused(403, _LOCKED)
    now = call.world.now()
    item = Comment(
        comment_id=call.world.new_id(),
        number=number,
        body=body["body"],
        user=call.world.app.login,
        created_at=now,
        updated_at=now,
        via_app=True,
        association="NONE",
    )
    one.comments[item.comment_id] = Versions(item)
    one.issues[number].write(replace(issue, updated_at=now))
    shown = shapes_issues.comment(call.world, one, item)
    return Answer(shown, 201, {"Location": shown["url"]})


def _check_body(text: str) -> None:
    if not text.strip():
        raise invalid("IssueComment", "body", "missing_field", "body can't be blank")
    bodies.check_length("IssueComment", text)


def _comment(call: Call, one: Repository, comment_id: int) -> Answer:
    return Answer(shapes_issues.comment(call.world, one, _find(one, comment_id)))


def _edit(call: Call, one: Repository, comment_id: int) -> Answer:
    item = _find(one, comment_id)
    if one.issues[item.number].latest.locked and not call.world.behaviour.locked_edits:
        raise Refused(403, _LOCKED)
    body = bodies.read_body(bodies.COMMENT_EDIT)
    _check_body(body["body"])
    edited = replace(item, body=body["body"], updated_at=call.world.now())
    return Answer(shapes_issues.comment(call.world, one, one.comments[comment_id].write(edited)))


def _delete(_: Call, one: Repository, comment_id: int) -> Answer:
    one.comments[comment_id].write(replace(_find(one, comment_id), deleted=True))
    return Answer(None, 204)


def _react(call: Call, one: Repository, comment_id: int) -> Answer:
    _find(one, comment_id)
    body = bodies.read_body(bodies.REACTION)
    key = (comment_id, call.world.app.login, body["content"])
    status = 200 if key in one.reactions else 201
    reaction_id = one.reactions.setdefault(key, call.world.new_id())
    return Answer(shapes_issues.reaction(call.world, key, reaction_id), status)


_READ, _WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
COMMENT_ROUTES = (
    Route("GET", "/issues/<int:number>/comments", _comments, _READ),
    Route("POST", "/issues/<int:number>/comments", _create, _WRITE),
    Route("GET", "/issues/comments/<int:comment_id>", _comment, _READ),
    Route("PATCH", "/issues/comments/<int:comment_id>", _edit, _WRITE),
    Route("DELETE", "/issues/comments/<int:comment_id>", _delete, _WRITE),
    Route("POST", "/issues/comments/<int:comment_id>/reactions", _react, _WRITE),
)
