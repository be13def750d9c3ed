"""The life of one request to the stand-in: fault, identity, limits, the route's view, ETag, log."""

import hashlib
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ghapp.demo.access import check_app, check_permission, token_of_request
from ghapp.demo.answers import Answer, Refused, moved
from ghapp.demo.api_version import api_version, in_version
from ghapp.demo.records import Token
from ghapp.demo.repository import Repository
from ghapp.demo.wire import cut, fail, response
from ghapp.demo.world import World

_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """What a view gets besides the values in its path.

    Attributes:
        world: The stand-in's state.
        token: Of an installation; None on the App's own routes.
    """

    world: World
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One route of GitHub.

    Attributes:
        method: HTTP method.
        rule: Path in Flask's syntax; of a repository's routes the part after the repository.
        view: Answers it: (call, values of the path) or (call, repository, values of the path).
        need: Permission, such as `issues:write`; `|` between ones of which either will do.
    """

    method: str
    rule: str
    view: Callable[..., Answer]
    need: str = "metadata:read"

    @property
    def writes(self) -> bool:
        """Whether it counts as a content write."""
        return self.method != "GET"


class Site:
    """Binds routes to a Flask application and a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.flask = Flask(__name__, static_folder=None, template_folder=None)
        self._names: dict[str, str] = {}
        self.flask.before_request(self._begin)
        self.flask.after_request(self._finish)
        self.flask.register_error_handler(Refused, lambda refused: response(refused.answer))
        self.flask.register_error_handler(HTTPException, _http_error)

    def add_app_routes(self, routes: Iterable[Route]) -> None:
        """Routes that the App calls as itself, with its JWT."""
        for route in routes:
            self._add(route.method, route.rule, route.rule, self._as_app(route))

    def add_installation_routes(self, routes: Iterable[Route]) -> None:
        """Routes of an installation that name no repository."""
        for route in routes:
            self._add(route.method, route.rule, route.rule, self._as_installation(route))

    def add_repository_routes(self, routes: Iterable[Route]) -> None:
        """Routes under a repository, by name and by id."""
        for route in routes:
            shown = "/repos/{}" + route.rule
            self._add(route.method, "/repos/<owner>/<repo>" + route.rule, shown, self._by_name(route))
            self._add(route.method, "/repositories/<int:repository_id>" + route.rule, shown, self._by_id(route))

    def add_open_routes(self, routes: Iterable[Route]) -> None:
        """Routes of GitHub's API that need no token."""
        for route in routes:
            self._add(route.method, route.rule, route.rule, self._as_anybody(route))

    def add_plain_route(self, method: str, rule: str, view: Callable[..., Answer]) -> None:
        """A route that is not GitHub's: neither counted, nor limited, nor in need of a token."""

        def answer(**values: Any) -> Response:
            return response(view(self.world, **values))

        self.flask.add_url_rule(rule, f"{method} {rule}", answer, methods=[method])

    def _add(self, method: str, rule: str, shown: str, view: Callable[..., Response]) -> None:
        endpoint = f"{method} {rule}"
        self._names[endpoint] = f"{method} {re.sub(r'<[^>]*>', '{}', shown)}"
        self.flask.add_url_rule(self.world.prefix + rule, endpoint, view, methods=[method])

    def _as_app(self, route: Route) -> Callable[..., Response]:
        def view(**values: Any) -> Response:
            check_app(self.world)
            return self._run(route, Call(self.world), **values)

        return view

    def _as_anybody(self, route: Route) -> Callable[..., Response]:
        def view(**values: Any) -> Response:
            return self._run(route, Call(self.world), **values)

        return view

    def _as_installation(self, route: Route) -> Callable[..., Response]:
        def view(**values: Any) -> Response:
            return self._run(route, Call(self.world, self._admit()), **values)

        return view

    def _by_name(self, route: Route) -> Callable[..., Response]:
        def view(owner: str, repo: str, **values: Any) -> Response:
            token = self._admit()
            one = self.world.repository(f"{owner}/{repo}")
            if one is None:
                raise self._moved(token, f"{owner}/{repo}".lower())
            return self._in_repository(route, token, one, values)

        return view

    def _moved(self, token: Token, old_name: str) -> Refused:
        """The answer to a name that no repository has: the address by id, if it had another name before."""
        moved_id = self.world.old_names.get(old_name, 0)
        one = self.world.repositories.get(moved_id)
        if one is None or not self.world.may_see(token, one):
            return Refused(404)
        path = request.path.removeprefix(self.world.prefix)
        location = "/".join([self.world.api_url, "repositories", str(moved_id), *path.split("/", 4)[4:]])
        query = request.query_string.decode("ascii", "replace")
        return moved(location + (f"?{query}" if query else ""))

    def _by_id(self, route: Route) -> Callable[..., Response]:
        def view(repository_id: int, **values: Any) -> Response:
            token = self._admit()
            return self._in_repository(route, token, self.world.repositories.get(repository_id), values)

        return view

    def _in_repository(self, route: Route, token: Token, one: Repository | None, values: dict[str, Any]) -> Response:
        if one is None or not self.world.may_see(token, one):
            raise Refused(404)
        check_permission(token, route.need)
        if route.writes:
            self._check_write(token, one)
        return self._run(route, Call(self.world, token), one, **values)

    def _admit(self) -> Token:
        token = token_of_request(self.world)
        g.installation_id = token.installation_id
        g.quota = self.world.limits.count(token.installation_id, self.world.clock())
        # Asking for the limit is free on GitHub, also when there is nothing left of it.
        if g.quota.exceeded and request.path != "/rate_limit":
            raise Refused(403, f"API rate limit exceeded for installation ID {token.installation_id}.")
        return token

    def _check_write(self, token: Token, one: Repository) -> None:
        if one.archived:
            raise Refused(403, "Repository was archived so is read-only.")
        wait = self.world.limits.wait_before_write(token.installation_id, self.world.clock())
        if wait is not None:
            message = "You have exceeded a secondary rate limit and have been temporarily blocked from content"
            message += " creation. Please retry your request again later."
            raise Refused(403, message, headers={"retry-after": str(wait)})

    def _run(self, route: Route, *args: Any, **values: Any) -> Response:
        version = api_version(enterprise=bool(self.world.prefix))
        if not route.writes:
            answer = route.view(*args, **values)
        else:
            with self.world.lock:
                answer = route.view(*args, **values)
        return response(replace(answer, body=in_version(answer.body, version)))

    def _begin(self) -> Response | None:
        g.started = time.monotonic()
        g.route = self._names.get(request.endpoint or "", None if request.endpoint else _UNKNOWN)
        if g.route is None:
            return None
        if not request.headers.get("User-Agent"):
            message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent"
            raise Refused(403, message + " header.")
        g.fault = self.world.faults.take(g.route)
        return fail(g.fault) if g.fault else None

    def _finish(self, response: Response) -> Response:
        if g.get("route") is None:
            return response
        if g.get("quota"):
            response.headers.update(g.quota.headers())
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        if request.method == "GET" and response.status_code == 200:  # noqa: PLR2004 - HTTP
            self._revalidate(response)
        self._log(response)
        if g.get("fault") and g.fault.lose:
            cut()
        return response

    def _revalidate(self, response: Response) -> None:
        # GitHub's ETags depend on the token as well as on the answer.
        seed = request.headers.get("Authorization", "").encode() + response.get_data()
        tag = f'W/"{hashlib.sha256(seed).hexdigest()}"'
        response.headers["ETag"] = tag
        if request.headers.get("If-None-Match") == tag:
            response.status_code = 304
            response.set_data(b"")
            if "installation_id" in g:  # a 304 is free
                quota = self.world.limits.count(g.installation_id, self.world.clock(), -1)
                response.headers.update(quota.headers())

    def _log(self, response: Response) -> None:
        entry = {
            "method": request.method,
            "path": request.path,
            "query": request.query_string.decode("ascii", "replace"),
            "status": response.status_code,
            "installation_id": g.get("installation_id"),
            "user_agent": request.headers.get("User-Agent"),
            "milliseconds": round((time.monotonic() - g.started) * 1000, 1),
        }
        self.world.requests.add(None if g.route == _UNKNOWN else g.route, entry)


def _http_error(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    # GitHub answers 404 to a method that it does not have at an address, too.
    return response(Refused(404 if status == 405 else status).answer)  # noqa: PLR2004 - HTTP
