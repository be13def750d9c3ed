"""Control routes for what administrators do: install, suspend, rename, archive; and a view of everything."""

from dataclasses import replace
from typing import Any

from ghapp.demo import payloads, shapes, shapes_issues
from ghapp.demo.answers import Answer, Refused
from ghapp.demo.control import Asked, asked, named, sending, sent, when
from ghapp.demo.records import Installation, Issue
from ghapp.demo.repository import Repository
from ghapp.demo.webhooks import deliver, send
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
        "issues": [_issue(world, one, item) for item in latest if not item.gone],
    }


def _issue(world: World, one: Repository, item: Issue) -> dict[str, Any]:
    comments = shapes_issues.comments_of(one, item.number)
    shown = [shapes_issues.comment(world, one, said) for said in comments]
    return shapes_issues.issue(world, one, item) | {"comments": shown}


def _install(world: World) -> Answer:
    """`account` and `action`: created, deleted, suspend, unsuspend or new_permissions_accepted.

    `created` takes `repositories` (some of the account's; else all) and `permissions` (fewer than the App asks for;
    accepting new ones takes `permissions`, too; else all). `created_at` dates the installation, also without an
    action, which then delivers nothing.
    """
    body = asked()
    one = _installed(world, body)
    shown = {"installation_id": one.installation_id}
    if "action" not in body:
        return sent([], **shown)
    payload = {
        "action": body["action"],
        "installation": shapes.installation(world, one),
        "sender": shapes.account(world, one.account),
    }
    if body["action"] not in {"suspend", "unsuspend"}:
        covered = [repo for repo in list(world.repositories.values()) if world.covers(one, repo)]
        payload |= {"repositories": [payloads.short(repo) for repo in covered], "requester": None}
    return sent(send(world, "installation", payload, None, sending()), **shown)


def _installed(world: World, body: Asked) -> Installation:
    with world.lock:
        if body.get("action") == "created":
            one = _new_installation(world, body)
        else:
            one = _installation(world, body["account"])
            _change_installation(world, one, body)
        one.created_at = when(body["created_at"]) if "created_at" in body else one.created_at
        return one


def _new_installation(world: World, body: Asked) -> Installation:
    if any(one.account == body["account"] for one in world.installations.values()):
        raise Refused(422, f"{body['account']} has an installation")
    names = body.get("repositories")
    ids = [repo.repository_id for repo in world.repositories.values() if repo.full_name in (names or ())]
    one = world.install(body["account"], None if names is None else ids)
    one.permissions = body.get("permissions", one.permissions)
    return one


def _installation(world: World, account: str) -> Installation:
    found = [one for one in world.installations.values() if one.account == account]
    if not found:
        raise Refused(404)
    return found[0]


def _change_installation(world: World, one: Installation, body: Asked) -> None:
    action = body.get("action")
    if action == "deleted":
        world.installations.pop(one.installation_id)
    elif action in {"suspend", "unsuspend"}:
        one.suspended_at = world.now() if action == "suspend" else None
    elif action == "new_permissions_accepted":
        one.permissions = body.get("permissions", dict(world.app.permissions))
    elif action is not None:
        raise Refused(422, f"installations cannot be {action}")


def _permissions(world: World) -> Answer:
    """What the App asks for from now on (`permissions`, `events`); installations keep theirs until accepted."""
    body = asked()
    changes = {name: body[name] for name in ("permissions", "events") if name in body}
    world.app = replace(world.app, **changes)
    return Answer(shapes.app(world))


def _select(world: World) -> Answer:
    """`account` with `added` or `removed` repositories; the installation covers selected ones from then on."""
    body = asked()
    one = _installation(world, body["account"])
    changed = {key: [named(world, name) for name in body.get(key, [])] for key in ("added", "removed")}
    with world.lock:
        covered = {repo.repository_id for repo in world.repositories.values() if world.covers(one, repo)}
        covered |= {repo.repository_id for repo in changed["added"]}
        one.repository_ids = covered - {repo.repository_id for repo in changed["removed"]}
    payload = {
        "action": "added" if changed["added"] else "removed",
        "installation": shapes.installation(world, one),
        "repository_selection": "selected",
        "repositories_added": [payloads.short(repo) for repo in changed["added"]],
        "repositories_removed": [payloads.short(repo) for repo in changed["removed"]],
        "requester": None,
        "sender": shapes.account(world, one.account),
    }
    deliveries = send(world, "installation_repositories", payload, None, sending())
    return sent(deliveries, installation_id=one.installation_id)


def _repository(world: World) -> Answer:
    """`repository` and `action`: renamed, transferred, archived, unarchived, privatized, publicized, edited or deleted.

    `renamed` and `transferred` take `full_name`; `edited` sets `default_branch` or `has_issues`.
    """
    body, one = asked(), named(world)
    before = one.full_name
    # Once transferred to an account without the App, it is the old one's installation that hears of it.
    envelope = payloads.envelope(world, one, one.owner)
    with world.lock:
        changes = _change_repository(world, one, body)
    payload = {"action": body["action"]} | envelope | payloads.envelope(world, one, one.owner)
    if changes:
        payload["changes"] = changes
    return sent(send(world, "repository", payload, one, sending()), before=before)


def _change_repository(world: World, one: Repository, body: Asked) -> dict[str, Any]:
    action = body["action"]
    if action in {"renamed", "transferred"}:
        return _move(world, one, body)
    if action == "edited":
        return _edit(one, body)
    if action in {"archived", "unarchived"}:
        one.archived = action == "archived"
    elif action in {"privatized", "publicized"}:
        one.private = action == "privatized"
    elif action == "deleted":
        world.repositories.pop(one.repository_id)
    else:
        raise Refused(422, f"repositories cannot be {action}")
    return {}


def _move(world: World, one: Repository, body: Asked) -> dict[str, Any]:
    """Rename or transfer; what the delivery says of before."""
    owner, name = one.owner, one.name
    world.rename(one, body["full_name"])
    if body["action"] == "renamed":
        return {"repository": {"name": {"from": name}}}
    return {"owner": {"from": {"user": shapes.account(world, owner)}}}


def _edit(one: Repository, body: Asked) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "default_branch" in body:
        if one.head(body["default_branch"]) is None:
            raise Refused(422, f"there is no branch {body['default_branch']}")
        changes["default_branch"] = {"from": one.default_branch}
        one.default_branch = body["default_branch"]
    one.has_issues = body.get("has_issues", one.has_issues)
    return changes


def _deliver(world: World) -> Answer:
    """Any `event` with any `payload`; with `repository`, the usual envelope around it."""
    body = asked()
    one = named(world) if "repository" in body else None
    envelope = payloads.envelope(world, one, one.owner) if one else {}
    return sent(deliver(world, body["event"], envelope | body.get("payload", {}), one, sending()))


ADMIN_ROUTES = (
    ("GET", "/_state", _state),
    ("POST", "/_install", _install),
    ("POST", "/_app", _permissions),
    ("POST", "/_select", _select),
    ("POST", "/_repository", _repository),
    ("POST", "/_deliver", _deliver),
)
