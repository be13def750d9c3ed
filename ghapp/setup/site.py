"""The routes of set-up: the link, the form, the way to GitHub and back, and importing an App that exists."""

import hmac
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from ghapp import pages
from ghapp.manifest import manifest
from ghapp.settings import Settings
from ghapp.setup import link
from ghapp.setup.addresses import is_local
from ghapp.setup.form import FIELDS, chosen_api, manifest_text, read_wish
from ghapp.setup.reasons import EVENTS, PERMISSIONS
from ghapp.setup.receipt import received
from ghapp.setup.session import Sessions, csrf_token
from ghapp.setup.takeover import take_over
from ghapp.stored import has_stored
from ghapp.web_links import GITHUB_API, new_app_url, web_url

COOKIE = "ghapp_setup"
#: Forms are small; a private key has some 3,000 characters.
MAX_FORM_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """What the routes work with."""

    settings: Settings
    sessions: Sessions

    @property
    def state_dir(self) -> Path:
        """Where credentials are stored."""
        return self.settings.state_dir


def setup_pages(settings: Settings, sessions: Sessions) -> Blueprint:
    """The blueprint; to be registered only while there are no credentials."""
    place = Place(settings, sessions)
    made = Blueprint("setup", __name__, url_prefix="/setup")
    routes = (
        ("GET", "", _start),
        ("POST", "", _confirm),
        ("GET", "/created", _created),
        ("GET", "/import", _import_form),
        ("POST", "/import", _import),
    )
    for method, rule, view in routes:
        made.add_url_rule(rule, f"{method} {view.__name__}", lambda view=view: view(place), methods=[method])
    made.before_request(lambda: _admit(place))
    return made


def _admit(place: Place) -> BaseResponse | None:
    """Let in who has the session's cookie, or brings the link; forms only with their token."""
    request.max_content_length = MAX_FORM_BYTES
    if has_stored(place.state_dir):
        # Another process has stored them, and this one is about to end.
        return pages.page("locked", 404)
    if request.method == "GET" and "token" in request.args:
        return _let_in(place)
    cookie = request.cookies.get(COOKIE, "")
    if not place.sessions.is_open(cookie):
        return pages.page("closed", 403)
    sent = request.form.get("csrf", "") if request.method == "POST" else csrf_token(cookie)
    if not hmac.compare_digest(csrf_token(cookie).encode(), sent.encode("utf-8", "replace")):
        return pages.page("closed", 403)
    return None


def _let_in(place: Place) -> BaseResponse:
    """Make the link the session's cookie; without the token in the address from then on."""
    if not link.use(place.state_dir, request.args["token"]):
        return pages.page("closed", 403)
    answer = redirect("/setup", 303)
    # Lax: the browser that GitHub sends back must bring it.
    answer.set_cookie(
        COOKIE, place.sessions.begin(), path="/setup", httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


def _csrf() -> str:
    return csrf_token(request.cookies[COOKIE])


def _base() -> str:
    return request.url_root.rstrip("/")


def _start(place: Place) -> Response:
    return _form(place, {"account": "organisation", "keep": "server", "webhook": _public_webhook()}, {})


def _public_webhook() -> str:
    """The receiver's address as this browser sees it, when others may see it, too."""
    return "" if is_local(urlsplit(request.url_root).hostname or "") else f"{_base()}/webhook"


def _form(place: Place, typed: dict[str, str], problems: dict[str, str]) -> Response:
    asked = manifest()
    return pages.page(
        "start",
        400 if problems else 200,
        csrf=_csrf(),
        typed={name: typed.get(name, "") for name in FIELDS},
        problems=problems,
        permissions=[(name, level, PERMISSIONS[name]) for name, level in asked["default_permissions"].items()],
        events=[(name, EVENTS[name]) for name in asked["default_events"]],
        github=_github(place),
        port=place.settings.port,
    )


def _confirm(place: Place) -> Response:
    wish, problems = read_wish(request.form, place.settings.github_api_url)
    if problems:
        return _form(place, dict(request.form), problems)
    state = place.sessions.leave_with(wish, request.cookies[COOKIE])
    github = web_url(wish.api_url)
    return pages.page(
        "confirm",
        form_target=_origin(github),
        action=f"{new_app_url(wish.api_url, wish.organisation)}?state={state}",
        manifest=manifest_text(wish, _base()),
        wish=wish,
        github=github,
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _created(place: Place) -> Response:
    cookie, state = request.cookies[COOKIE], request.args.get("state", "")
    came = place.sessions.come_back(state, cookie)
    if came is None:
        return pages.page("returned", 400, reason="unknown", wish=None)
    return received(came.wish, place.settings, lambda: place.sessions.repeat(state, cookie, came), place.sessions.end)


def _import_form(place: Place, status: int = 200, problem: str = "") -> Response:
    typed = {name: request.form.get(name, "") for name in ("app_id", "server")}
    return pages.page("import", status, csrf=_csrf(), typed=typed, github=_github(place), problem=problem)


def _github(place: Place) -> str | None:
    """The GitHub that the environment names, when no other can be chosen."""
    known = place.settings.github_api_url
    return None if known == GITHUB_API else web_url(known)


def _import(place: Place) -> Response:
    upload = request.files.get("key_file")
    key = (upload.read().decode("ascii", "replace") if upload else "") or request.form.get("key", "")
    api, problem = chosen_api(request.form.get("server", "").strip(), place.settings.github_api_url)
    done = problem or take_over(place.settings, api, request.form, key)
    if isinstance(done, str):
        return _import_form(place, 400, done)
    place.sessions.end()
    return done
