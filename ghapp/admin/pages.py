"""The admin page's routes: the form that asks for the token, the page, and the same as JSON."""

import dataclasses
import logging
from pathlib import Path

import redis
from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request

from ghapp.admin.door import MINUTE, Door, Outcome
from ghapp.admin.overview import overview
from ghapp.page_headers import protect

COOKIE = "ghapp_admin"
#: No form of ours is larger.
MOST_BYTES = 4096
TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "admin"
#: What is said to those who are not let in, by what came of their token.
SAID = {
    "none": "Send Authorization: Bearer and the value of ADMIN_TOKEN.",
    "wrong": "That is not the value of ADMIN_TOKEN.",
    "too many": "Too many wrong tokens: wait a minute.",
}
STEPS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))

log = logging.getLogger("ghapp.admin")


def admin_pages(token: str, connection: redis.Redis) -> Blueprint:
    """The routes under `/admin`, for the receiver's application.

    Args:
        token: ADMIN_TOKEN.
        connection: Decodes nothing.
    """
    pages, door = Blueprint("admin", __name__, template_folder=str(TEMPLATES)), Door(token, connection)
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")

    @pages.get("/admin")
    def show() -> Response:  # pyright: ignore[reportUnusedFunction] - registered
        known = door.knows(request.cookies.get(COOKIE, ""))
        if not known and (_wants_json() or "Authorization" in request.headers):
            return _as_json(door, connection)
        if not known:
            return _page("log_in.html", style)
        seen = overview(connection)
        return jsonify(dataclasses.asdict(seen)) if _wants_json() else _page("overview.html", style, seen=seen, age=age)

    @pages.get("/admin.json")
    def show_json() -> Response:  # pyright: ignore[reportUnusedFunction] - registered
        return _as_json(door, connection)

    @pages.post("/admin")
    def log_in() -> Response:  # pyright: ignore[reportUnusedFunction] - registered
        request.max_content_length = MOST_BYTES
        outcome = _tried(door, request.form.get("token", ""))
        if outcome != "right":
            return _refused(_page("log_in.html", style, said=SAID[outcome]), outcome)
        response = make_response(redirect("/admin", 303))
        # Without `secure` where there is no TLS, else nobody could log in there.
        response.set_cookie(
            COOKIE, door.begin(), httponly=True, samesite="Strict", secure=request.is_secure, path="/admin"
        )
        return response

    @pages.post("/admin/log-out")
    def log_out() -> Response:  # pyright: ignore[reportUnusedFunction] - registered
        door.end(request.cookies.get(COOKIE, ""))
        response = make_response(redirect("/admin", 303))
        response.delete_cookie(COOKIE, path="/admin")
        return response

    pages.after_request(lambda response: protect(response, form_action="'self'", style=style))
    return pages


def _as_json(door: Door, connection: redis.Redis) -> Response:
    """The overview for whoever sends `Authorization: Bearer <ADMIN_TOKEN>`."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    # Without one nobody tried a token.
    outcome = _tried(door, given.strip()) if scheme.lower() == "bearer" else "none"
    if outcome != "right":
        return _refused(jsonify({"error": SAID[outcome]}), outcome)
    return jsonify(dataclasses.asdict(overview(connection)))


def _tried(door: Door, token: str) -> Outcome:
    outcome = door.tried(token, request.remote_addr or "")
    if outcome != "right":
        log.warning("a log-in from %s is refused: %s", request.remote_addr, outcome)
    return outcome


def _refused(response: Response, outcome: str) -> Response:
    if outcome == "too many":
        response.status_code, response.headers["Retry-After"] = 429, str(MINUTE)
    else:
        response.status_code, response.headers["WWW-Authenticate"] = 401, "Bearer"
    return response


def _page(name: str, style: str, **values: object) -> Response:
    return make_response(render_template(name, style=style, **values))


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def age(seconds: float) -> str:
    """How long that is, in one unit: `3 min`."""
    for size, unit in STEPS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return "0 s"
