"""Who is asking: App JWTs, installation tokens, and what each may see."""

import secrets
import time
from datetime import timedelta
from typing import Any

import jwt
from flask import request

from ghapp.demo.answers import Refused
from ghapp.demo.records import Installation, Token
from ghapp.demo.world import World

_LIFETIME = timedelta(hours=1)
_UNDECODED = "A JSON web token could not be decoded"
_RANK = {"read": 1, "write": 2, "admin": 3}


def check_app(world: World) -> None:
    """Let the App itself in: RS256, `iss`, and at most ten minutes to `exp`.

    Raises:
        Refused: 401, with GitHub's reason.
    """
    claims = _claims(_credentials() or "", list(world.app.public_keys.values()))
    if str(claims["iss"]) not in {str(world.app.app_id), world.app.client_id}:
        raise Refused(401, "Integration not found")
    now = time.time() + world.behaviour.skew
    if claims["exp"] <= now:
        raise Refused(401, "'Expiration time' claim ('exp') must be a numeric value in the future")
    if claims["exp"] > now + 600:
        raise Refused(401, "'Expiration time' claim ('exp') is too far in the future")
    if claims["iat"] > now:
        raise Refused(401, "'Issued at' claim ('iat') must be an Integer representing the time of the assertion")


def _claims(text: str, public_keys: list[str]) -> dict[str, Any]:
    """What one of the App's keys signed."""
    unchecked = ("aud", "iss", "exp", "iat", "nbf")
    options: Any = {"require": ["exp", "iat", "iss"], **{f"verify_{name}": False for name in unchecked}}
    for key in public_keys:
        try:
            return jwt.decode(text, key, algorithms=["RS256"], options=options)
        except jwt.InvalidTokenError:
            continue
    raise Refused(401, _UNDECODED)


def token_of_request(world: World) -> Token:
    """The installation token that was sent.

    Raises:
        Refused: 401 without one or with a wrong, expired or revoked one; 403 when suspended.
    """
    text = _credentials()
    if text is None:
        raise Refused(401, "Requires authentication")
    return installation_token(world, text)


def installation_token(world: World, text: str) -> Token:
    """The installation token with this text.

    Raises:
        Refused: 401, it is wrong, expired or revoked; 403, suspended.
    """
    token = world.tokens.get(text)
    if token is None or token.expires_at <= world.clock():
        raise Refused(401)
    installation = world.installations.get(token.installation_id)
    if installation is None:
        raise Refused(401)
    if installation.suspended_at:
        raise Refused(403, "This installation has been suspended")
    return token


def mint(world: World, token: Token) -> str:
    """Remember a new token and return its text; it is longer than 40 characters, as newer ones are."""
    text = f"ghs_{world.app.app_id}_{secrets.token_urlsafe(60)}"
    world.tokens[text] = token
    return text


def new_token(world: World, installation: Installation, body: dict[str, Any]) -> Token:
    """The token that a request for one describes.

    Raises:
        Refused: 422, it asks for repositories or permissions that the installation does not have.
    """
    permissions = body.get("permissions") or installation.permissions
    for name, level in permissions.items():
        if _RANK[level] > _RANK.get(installation.permissions.get(name, ""), 0):
            message = "The permissions requested are not granted to this installation."
            raise Refused(422, message)
    wanted = _repository_ids(world, installation, body)
    return Token(installation.installation_id, world.clock() + _LIFETIME, dict(permissions), wanted)


def check_permission(token: Token, need: str) -> None:
    """Check a need such as `issues:write`; `|` separates needs of which one is enough.

    Raises:
        Refused: 403.
    """
    for one in need.split("|"):
        name, _, level = one.partition(":")
        if _RANK.get(token.permissions.get(name, ""), 0) >= _RANK[level]:
            return
    raise Refused(403, headers={"X-Accepted-GitHub-Permissions": need.replace(":", "=").replace("|", "; ")})


def _credentials() -> str | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() in {"bearer", "token"} else None


def _repository_ids(world: World, installation: Installation, body: dict[str, Any]) -> frozenset[int] | None:
    ids, names = body.get("repository_ids"), body.get("repositories")
    if ids is None and names is None:
        return None
    seen = [one for one in world.repositories.values() if world.covers(installation, one)]
    wanted = {one.repository_id for one in seen if one.name in (names or ()) or one.repository_id in (ids or ())}
    if len(wanted) < len(set(ids or ())) + len(set(names or ())):
        message = "There is at least one repository that does not exist or is not accessible"
        raise Refused(422, f"{message} to the parent installation.")
    return frozenset(wanted)
