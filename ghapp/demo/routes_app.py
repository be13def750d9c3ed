"""Routes of the App itself, its hook, its installations, and what an installation token may ask at once."""

from datetime import timedelta
from typing import Any

from flask import request

from ghapp.demo import bodies, shapes
from ghapp.demo.access import mint, new_token
from ghapp.demo.answers import Answer, Refused, cursor_links, number, page_of
from ghapp.demo.records import Delivery, Installation
from ghapp.demo.site import Call, Route
from ghapp.demo.webhooks import redeliver
from ghapp.demo.world import World

#: https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
_KEPT = timedelta(days=3)


def _app(call: Call) -> Answer:
    return Answer(shapes.app(call.world) | {"installations_count": len(call.world.installations)})


def _installations(call: Call) -> Answer:
    found = list(call.world.installations.values())
    return page_of(found, lambda one: shapes.installation(call.world, one))


def _find(call: Call, installation_id: int) -> Installation:
    found = call.world.installations.get(installation_id)
    if found is None:
        raise Refused(404)
    return found


def _installation(call: Call, installation_id: int) -> Answer:
    return Answer(shapes.installation(call.world, _find(call, installation_id)))


def _access_token(call: Call, installation_id: int) -> Answer:
    found = _find(call, installation_id)
    body = bodies.read_body(bodies.TOKEN, optional=True)
    if found.suspended_at:
        raise Refused(403, "This installation has been suspended")
    token = new_token(call.world, found, body)
    answer: dict[str, Any] = {
        "token": mint(call.world, token),
        "expires_at": shapes.stamp(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "selected" if token.repository_ids or found.repository_ids else "all",
    }
    if token.repository_ids is not None:
        seen = call.world.visible(token)
        answer["repositories"] = [shapes.repository(call.world, one) for one in seen]
    return Answer(answer, 201)


def _hook_config(call: Call) -> Answer:
    hook = call.world.hook
    same = {"content_type": hook.content_type, "insecure_ssl": hook.insecure_ssl}
    return Answer(same | {"secret": "********", "url": hook.url or ""})


def _deliveries(call: Call) -> Answer:
    size, cursor = number("per_page", 30, 100), request.args.get("cursor", "")
    newest_first = _kept(call.world)[::-1]
    if cursor:
        if not (cursor.startswith("v1_") and cursor[3:].isdecimal()):
            raise Refused(422, "Invalid cursor")
        newest_first = [one for one in newest_first if one.delivery_id < int(cursor[3:])]
    newest_first = [one for one in newest_first if _has_status(one, request.args.get("status"))]
    shown = newest_first[:size]
    more = {"next": {"cursor": f"v1_{shown[-1].delivery_id}"}} if len(newest_first) > size else {}
    return Answer([_delivery_item(one) for one in shown], headers=cursor_links(more))


def _kept(world: World) -> list[Delivery]:
    """The deliveries that GitHub still shows and can repeat: those of three days."""
    since = world.now() - _KEPT
    return [one for one in list(world.deliveries) if one.delivered_at >= since]


def _has_status(one: Delivery, wanted: str | None) -> bool:
    return wanted is None or (wanted == "success") == (one.status == "OK")


def _find_delivery(call: Call, delivery_id: int) -> Delivery:
    found = [one for one in _kept(call.world) if one.delivery_id == delivery_id]
    if not found:
        raise Refused(404)
    return found[0]


def _delivery(call: Call, delivery_id: int) -> Answer:
    one = _find_delivery(call, delivery_id)
    asked = {"headers": one.headers, "payload": one.payload}
    answer = {"headers": {}, "payload": one.answer}
    return Answer(_delivery_item(one) | {"url": call.world.hook.url, "request": asked, "response": answer})


def _attempt(call: Call, delivery_id: int) -> Answer:
    redeliver(call.world, _find_delivery(call, delivery_id))
    return Answer({}, 202)


def _delivery_item(one: Delivery) -> dict[str, Any]:
    same = "guid redelivery duration status status_code event action installation_id repository_id"
    shown = {name: getattr(one, name) for name in same.split()}
    return {"id": one.delivery_id, "delivered_at": shapes.stamp(one.delivered_at), "throttled_at": None} | shown


def _repositories(call: Call) -> Answer:
    assert call.token is not None  # noqa: S101 - a route of an installation
    seen = call.world.visible(call.token)
    found = call.world.installations[call.token.installation_id]
    answer = page_of(seen, lambda one: shapes.repository(call.world, one), key="repositories")
    selection = "all" if found.repository_ids is None else "selected"
    return Answer(answer.body | {"repository_selection": selection}, headers=answer.headers)


def _revoke(call: Call) -> Answer:
    text = request.headers["Authorization"].partition(" ")[2].strip()
    call.world.tokens.pop(text, None)
    return Answer(None, 204)


def _rate_limit(call: Call) -> Answer:
    assert call.token is not None  # noqa: S101 - a route of an installation
    quota = call.world.limits.count(call.token.installation_id, call.world.clock(), -1)  # asking is free
    core = {"limit": quota.limit, "used": quota.used, "remaining": quota.remaining, "reset": quota.reset}
    search = core | {"limit": 30, "used": 0, "remaining": 30}
    return Answer({"resources": {"core": core, "search": search}, "rate": core})


APP_ROUTES = (
    Route("GET", "/app", _app),
    Route("GET", "/app/installations", _installations),
    Route("GET", "/app/installations/<int:installation_id>", _installation),
    Route("POST", "/app/installations/<int:installation_id>/access_tokens", _access_token),
    Route("GET", "/app/hook/config", _hook_config),
    Route("GET", "/app/hook/deliveries", _deliveries),
    Route("GET", "/app/hook/deliveries/<int:delivery_id>", _delivery),
    Route("POST", "/app/hook/deliveries/<int:delivery_id>/attempts", _attempt),
)
INSTALLATION_ROUTES = (
    Route("GET", "/installation/repositories", _repositories),
    Route("DELETE", "/installation/token", _revoke),
    Route("GET", "/rate_limit", _rate_limit),
)

__all__ = ["APP_ROUTES", "INSTALLATION_ROUTES"]
