"""GitHub's pages for making an App from a manifest and for installing it, and the exchange of the code."""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import request

from ghapp.demo import payloads, shapes
from ghapp.demo.answers import Answer, Refused
from ghapp.demo.app_keys import new_private_key, public_key
from ghapp.demo.manifests import faults_of, faults_of_name, slug_of
from ghapp.demo.records import AppIdentity, Hook, Registered
from ghapp.demo.repository import Repository
from ghapp.demo.site import Call, Route
from ghapp.demo.webhooks import Sending, send
from ghapp.demo.world import World
from ghapp.markdown import template

_HOUR = timedelta(hours=1)
_HTML = {"Content-Type": "text/html; charset=utf-8"}
#: Where the button of the page leads; GitHub's is another one, which no client knows either.
_CREATE = "settings/apps/manifest"


def _new_app(world: World, owner: str = "") -> Answer:
    """The page that shows a manifest, with its button; what is wrong with it is said at once."""
    manifest = _manifest()
    faults = list(faults_of(manifest, local_hooks=world.behaviour.local_hooks))
    faults += faults_of_name(str(manifest.get("name", "")), _taken(world)) if manifest.get("name") else []
    return _new_app_page(owner, manifest, faults)


def _new_app_page(owner: str, manifest: dict[str, Any], faults: list[str]) -> Answer:
    action = f"/organizations/{owner}/{_CREATE}" if owner else f"/{_CREATE}"
    shown = template("new_app.html.j2").render(
        owner=owner or "your account",
        name=manifest.get("name", ""),
        manifest=json.dumps(manifest),
        state=request.values.get("state", ""),
        action=action,
        faults=faults,
    )
    return Answer(shown.encode("utf-8", "replace"), 422 if faults else 200, headers=_HTML)


def _manifest() -> dict[str, Any]:
    try:
        found = json.loads(request.form.get("manifest", ""))
    except ValueError as error:
        raise Refused(422, "the manifest is not JSON") from error
    if not isinstance(found, dict):
        raise Refused(422, "the manifest is not an object")
    return found


def _taken(world: World) -> set[str]:
    return {world.app.slug} | {slug_of(one.name) for one in world.registered.values()}


def _create(world: World, owner: str = "") -> Answer:
    """Make the App, and lead back with the code."""
    manifest, name = _manifest(), request.form.get("name", "")
    faults = list(faults_of(manifest, local_hooks=world.behaviour.local_hooks))
    faults += faults_of_name(name, _taken(world))
    if faults:
        return _new_app_page(owner, manifest | {"name": name}, faults)
    code = secrets.token_hex(20)
    with world.lock:
        world.registered[code] = Registered(name, owner or "somebody", manifest, world.clock() + _HOUR)
    return _to(str(manifest["redirect_url"]), {"code": code, "state": request.form.get("state", "")})


def _to(url: str, query: Mapping[str, str]) -> Answer:
    sign = "&" if urlsplit(url).query else "?"
    given = {name: value for name, value in query.items() if value}
    return Answer(None, 302, {"Location": f"{url}{sign}{urlencode(given)}"})


def _convert(call: Call, code: str) -> Answer:
    """Give the credentials, once; from then on this GitHub's App is the new one, which is installed nowhere."""
    world = call.world
    made = world.registered.pop(code, None)
    if made is None or made.expires_at <= world.clock():
        raise Refused(404)
    private_key, secret = new_private_key(), secrets.token_hex(20)
    world.app = _identity(world, made, dict([public_key(private_key)]))
    hook: Any = made.manifest["hook_attributes"]
    world.hook = Hook(hook["url"] if hook.get("active", True) else None, secret)
    world.installations.clear()
    world.tokens.clear()
    given = {"pem": private_key, "webhook_secret": secret, "client_secret": secrets.token_hex(20)}
    return Answer(shapes.app(world) | given | {"name": made.name}, 201)


def _identity(world: World, made: Registered, public_keys: dict[str, str]) -> AppIdentity:
    asked: Any = made.manifest
    return AppIdentity(
        app_id=100_000 + secrets.randbelow(900_000),
        slug=slug_of(made.name),
        owner=made.owner,
        client_id=f"Iv23{secrets.token_hex(8)}",
        public_keys=public_keys,
        created_at=world.now(),
        permissions={"metadata": "read"} | dict(asked.get("default_permissions") or {}),
        events=list(asked.get("default_events") or []),
        setup_url=str(asked.get("setup_url") or ""),
    )


def _installation_page(world: World, slug: str) -> Answer:
    """The page that asks for the repositories."""
    shown = template("install_app.html.j2").render(
        slug=slug,
        owner=world.app.owner,
        repositories=_of_owner(world, slug),
        permissions=world.app.permissions,
        state=request.args.get("state", ""),
    )
    return Answer(shown.encode(), headers=_HTML)


def _of_owner(world: World, slug: str) -> list[Repository]:
    """The repositories that a private App may be installed on.

    Raises:
        Refused: 404, there is no such App.
    """
    if slug != world.app.slug:
        raise Refused(404)
    return [one for one in list(world.repositories.values()) if one.owner.lower() == world.app.owner.lower()]


def _install(world: World, slug: str) -> Answer:
    """Install it, tell the App, and lead to its setup URL."""
    chosen = set(request.form.getlist("repository"))
    found = [one for one in _of_owner(world, slug) if one.full_name in chosen]
    is_all = request.form.get("target") == "all"
    with world.lock:
        made = world.install(world.app.owner, None if is_all else [one.repository_id for one in found])
    payload = {
        "action": "created",
        "installation": shapes.installation(world, made),
        "repositories": [payloads.short(one) for one in world.repositories.values() if world.covers(made, one)],
        "requester": None,
        "sender": shapes.account(world, world.app.owner),
    }
    send(world, "installation", payload, None, Sending())
    query = {"installation_id": str(made.installation_id), "setup_action": "install"}
    return _to(world.app.setup_url or world.url, query | {"state": request.form.get("state", "")})


#: Pages, which people open without a token.
SETUP_PAGES = (
    ("POST", "/settings/apps/new", _new_app),
    ("POST", "/organizations/<owner>/settings/apps/new", _new_app),
    ("POST", f"/{_CREATE}", _create),
    ("POST", f"/organizations/<owner>/{_CREATE}", _create),
    ("GET", "/apps/<slug>/installations/new", _installation_page),
    ("POST", "/apps/<slug>/installations/new", _install),
)
OPEN_ROUTES = (Route("POST", "/app-manifests/<code>/conversions", _convert),)

__all__ = ["OPEN_ROUTES", "SETUP_PAGES"]
