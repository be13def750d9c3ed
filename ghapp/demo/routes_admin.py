"""Control routes for what administrators do: install, suspend, rename, archive; and a view of everything."""

from typing import Any

from flask import request

from ghapp.demo import payloads, shapes, shapes_issues
from ghapp.demo.answers import Answer, Refused
from ghapp.demo.records import Delivery, Installation, Issue
from ghapp.demo.repository import Repository
from ghapp.demo.webhooks import Sending, send
from ghapp.demo.world import World


def _state(world: World) -> Answer:
    """Repositories with their heads, issues and comments, in their latest version."""
    return Answer({"repositories": [_shown(world, one) for one in list(world.repositories.values())]})


def _shown(world: World, one: Repository) -> dict[str, Any]:
    latest = [versions.latest for versions in list(one.issues.values())]
    found = world.installation_of(one)
    return {
        "id": one.repository_id,
        "full_name": one.full_name,
        "default_branch": one.default_branch,
        "heads": {name: versions.latest for name, versions in list(one.heads.items())},
        "installation_id": found.installation_id if found else None,
        "labels": [label.name for label in list(one.labels.values())],
        "issues": [_issue(world, one, item) for item in latest if not item.deleted],
    }


def _issue(world: World, one: Repository, item: Issue) -> dict[str, Any]:
    comments = shapes_issues.comments_of(one, item.number)
    shown = [shapes_issues.comment(world, one, said) for said in comments]
    return shapes_issues.issue(world, one, item) | {"comments": shown}


def _install(world: World) -> Answer:
    """`account` and `action`: created (with `repositories`: some of them), deleted, suspend or unsuspend."""
    body = request.get_json(force=True)
    one = _installed(world, body)
    payload = {
        "action": body["action"],
        "installation": shapes.installation(world, one),
        "repositories": [_short(repo) for repo in world.repositories.values() if world.covers(one, repo)],
        "sender": shapes.account(world, one.account),
    }
    return _sent(send(world, "installation", payload, None, _sending(body)), one)


def _installed(world: World, body: dict[str, Any]) -> Installation:
    with world.lock:
        if body["action"] == "created":
            names = body.get("repositories")
            ids = [repo.repository_id for repo in world.repositories.values() if repo.full_name in (names or ())]
            return world.install(body["account"], None if names is None else ids)
        found = [one for one in world.installations.values() if one.account == body["account"]]
        if not found:
            raise Refused(404)
        _change_installation(world, found[0], body["action"])
        return found[0]


def _change_installation(world: World, one: Installation, action: str) -> None:
    if action == "deleted":
        world.installations.pop(one.installation_id)
    elif action in {"suspend", "unsuspend"}:
        one.suspended_at = world.now() if action == "suspend" else None
    else:
        raise Refused(422, f"installations cannot be {action}")


def _select(world: World) -> Answer:
    """`account` with `added` or `removed` repositories; the installation covers selected ones from then on."""
    body = request.get_json(force=True)
    one = next(one for one in world.installations.values() if one.account == body["account"])
    changed = {key: [_named(world, name) for name in body.get(key, [])] for key in ("added", "removed")}
    with world.lock:
        covered = {repo.repository_id for repo in world.repositories.values() if world.covers(one, repo)}
        covered |= {repo.repository_id for repo in changed["added"]}
        one.repository_ids = covered - {repo.repository_id for repo in changed["removed"]}
    payload = {
        "action": "added" if changed["added"] else "removed",
        "installation": shapes.installation(world, one),
        "repository_selection": "selected",
        "repositories_added": [_short(repo) for repo in changed["added"]],
        "repositories_removed": [_short(repo) for repo in changed["removed"]],
        "requester": None,
        "sender": shapes.account(world, one.account),
    }
    return _sent(send(world, "installation_repositories", payload, None, _sending(body)), one)


def _repository(world: World) -> Answer:
    """`repository` and `action`: renamed (to `full_name`), archived, unarchived, edited, deleted or transferred.

    `edited` sets `default_branch` or `has_issues`.
    """
    body = request.get_json(force=True)
    one = _named(world, body["repository"])
    before = one.full_name
    envelope = payloads.envelope(world, one, one.owner)
    with world.lock:
        changes = _change_repository(world, one, body)
    payload = envelope | {"action": body["action"], "repository": shapes.repository(world, one)}
    if changes:
        payload["changes"] = changes
    return _sent(send(world, "repository", payload, one, _sending(body)), None, before=before)


def _change_repository(world: World, one: Repository, body: dict[str, Any]) -> dict[str, Any]:
    action, before = body["action"], one.name
    if action in {"renamed", "transferred"}:
        world.rename(one, body["full_name"])
        return {"repository": {"name": {"from": before}}} if action == "renamed" else {}
    if action in {"archived", "unarchived"}:
        one.archived = action == "archived"
    elif action == "deleted":
        world.repositories.pop(one.repository_id)
    elif action == "edited":
        return _edit(one, body)
    else:
        raise Refused(422, f"repositories cannot be {action}")
    return {}


def _edit(one: Repository, body: dict[str, Any]) -> dict[str, Any]:
    changes = {"default_branch": {"from": one.default_branch}} if "default_branch" in body else {}
    one.default_branch = body.get("default_branch", one.default_branch)
    one.has_issues = body.get("has_issues", one.has_issues)
    return changes


def _deliver(world: World) -> Answer:
    """Any `event` with any `payload`; with `repository`, the usual envelope around it."""
    body = request.get_json(force=True)
    one = _named(world, body["repository"]) if "repository" in body else None
    envelope = payloads.envelope(world, one, one.owner) if one else {}
    return _sent(send(world, body["event"], envelope | body.get("payload", {}), one, _sending(body)), None)


def _named(world: World, full_name: str) -> Repository:
    found = world.repository(full_name)
    if found is None:
        raise Refused(404)
    return found


def _short(one: Repository) -> dict[str, Any]:
    shown = {"id": one.repository_id, "name": one.name, "full_name": one.full_name}
    return shown | {"node_id": f"R_{one.repository_id}", "private": one.private}


def _sending(body: dict[str, Any]) -> Sending:
    return Sending.read(body.get("deliver", True))


def _sent(deliveries: list[Delivery], one: Installation | None, **more: Any) -> Answer:
    shown = [{"guid": sent.guid, "status": sent.status, "status_code": sent.status_code} for sent in deliveries]
    installation = {"installation_id": one.installation_id} if one else {}
    return Answer({"deliveries": shown} | installation | more)


ADMIN_ROUTES = (
    ("GET", "/_state", _state),
    ("POST", "/_install", _install),
    ("POST", "/_select", _select),
    ("POST", "/_repository", _repository),
    ("POST", "/_deliver", _deliver),
)
