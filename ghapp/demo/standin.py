"""Starts the stand-in GitHub: in a thread for tests, or as a process of its own (`python -m ghapp.demo.standin`)."""

import itertools
import json
import logging
import secrets
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from werkzeug.serving import BaseWSGIServer, make_server

from ghapp.demo.app_keys import KEY_ROUTES, new_private_key, public_key
from ghapp.demo.records import AppIdentity, Hook
from ghapp.demo.routes_activity import ACTIVITY_ROUTES
from ghapp.demo.routes_admin import ADMIN_ROUTES
from ghapp.demo.routes_app import APP_ROUTES, INSTALLATION_ROUTES
from ghapp.demo.routes_clone import CLONE_ROUTES
from ghapp.demo.routes_comments import COMMENT_ROUTES
from ghapp.demo.routes_control import CONTROL_ROUTES
from ghapp.demo.routes_git import GIT_ROUTES
from ghapp.demo.routes_issues import ISSUE_ROUTES
from ghapp.demo.routes_pages import PAGE_ROUTES
from ghapp.demo.routes_people import PEOPLE_ROUTES
from ghapp.demo.routes_pulls import PULL_ROUTES
from ghapp.demo.routes_setup import OPEN_ROUTES, SETUP_PAGES
from ghapp.demo.site import Site
from ghapp.demo.wire import dated
from ghapp.demo.world import World

_PERMISSIONS = {"metadata": "read", "contents": "read", "issues": "write", "pull_requests": "write"}
_EVENTS = ["issue_comment", "pull_request", "push", "repository"]

__all__ = ["StandIn", "application", "new_private_key", "write_key"]


class StandIn:
    """A stand-in GitHub with an App of its own; not listening before `start`.

    Args:
        webhook_url: Where deliveries go; None: nowhere until the control route `/_hook` says so.
        secret: Signs deliveries; None: a new one.
        private_key: PEM of the App's key; None: a new one.
        prefix: Path of the API, with pages and control routes beside it: `/api/v3` makes it an Enterprise Server.

    Attributes:
        world: Its state.
        private_key: PEM of the App's first private key.
    """

    def __init__(
        self,
        webhook_url: str | None = None,
        secret: str | None = None,
        private_key: str | None = None,
        *,
        prefix: str = "",
    ) -> None:
        self.private_key = private_key or new_private_key()
        hook = Hook(webhook_url, secret or secrets.token_hex(20))
        self.world = World(_identity(public_key(self.private_key)), hook)
        self.world.prefix = prefix
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Listen (port 0: a free one), answer in a thread, and return the address."""
        url = self.listen(port, host)
        self.serve()
        return url

    def listen(self, port: int = 0, host: str = "127.0.0.1") -> str:
        """Take the port and return the address; who connects waits until `serve` is called."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(
            host, port, application(self.world).flask, threaded=True, request_handler=dated(self.world)
        )
        self.world.url = f"http://{host}:{self._server.server_port}"
        return self.world.url

    def serve(self) -> None:
        """Answer from now on, in a thread."""
        if self._server is None:
            raise RuntimeError("listen() comes first")
        # Asked often whether to stop, so that stopping takes no time.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def set_calendar(self, speed: float, start: datetime) -> str:
        """Let dates run `speed` times as fast, from `start` on; returns the product's `GHAPP_CALENDAR` for that."""
        return self.world.set_calendar(speed, start)

    def stop(self) -> None:
        """Stop listening."""
        if self._server is None:
            return
        if self._thread is not None:
            # Without a thread this would wait for ever.
            self._server.shutdown()
        self._server.server_close()


def application(world: World) -> Site:
    """The site with every route, serving a world."""
    site = Site(world)
    site.add_app_routes(APP_ROUTES)
    site.add_installation_routes(INSTALLATION_ROUTES)
    for routes in (GIT_ROUTES, ACTIVITY_ROUTES, PULL_ROUTES, ISSUE_ROUTES, COMMENT_ROUTES):
        site.add_repository_routes(routes)
    site.add_open_routes(OPEN_ROUTES)
    plain = (CONTROL_ROUTES, KEY_ROUTES, PEOPLE_ROUTES, ADMIN_ROUTES, PAGE_ROUTES, CLONE_ROUTES, SETUP_PAGES)
    for method, rule, view in itertools.chain(*plain):
        site.add_plain_route(method, rule, view)
    return site


def write_key(stand_in: StandIn, path: Path) -> None:
    """Write the App's private key to a new file that only its owner can read.

    Raises:
        FileExistsError: the file is there already.
    """
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(stand_in.private_key, encoding="ascii")


def _identity(key: tuple[str, str]) -> AppIdentity:
    now = datetime.now(UTC)
    # A new one each time: clients remember tokens by the App's number, also across two stand-ins in one process.
    app_id = 100_000 + secrets.randbelow(900_000)
    return AppIdentity(app_id, "ghapp-demo", "demo", "Iv23demo", dict([key]), now, dict(_PERMISSIONS), list(_EVENTS))


@click.command()
@click.option("--repo", "repositories", multiple=True, required=True, metavar="OWNER/NAME=PATH")
@click.option("--port", default=0, show_default="a free one", type=int)
@click.option("--webhook-url", help="Where deliveries go.")
@click.option("--webhook-secret", help="Signs deliveries; a new one when absent.")
@click.option("--private-key-path", type=click.Path(path_type=Path), help="Write the App's key here.")
def main(
    repositories: Sequence[str],
    port: int,
    webhook_url: str | None,
    webhook_secret: str | None,
    private_key_path: Path | None,
) -> None:
    """Serve git repositories as GitHub does; prints one line of JSON when ready."""
    stand_in = StandIn(webhook_url, webhook_secret)
    for repository in repositories:
        full_name, _, path = repository.partition("=")
        stand_in.world.add_repository(full_name, path)
    if private_key_path:
        write_key(stand_in, private_key_path)
    ready = {
        "url": stand_in.start(port),
        "app_id": stand_in.world.app.app_id,
        "webhook_secret": stand_in.world.hook.secret,
        "private_key": None if private_key_path else stand_in.private_key,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
