"""What is done with the return from GitHub: the code becomes credentials, which are stored or shown once."""

import logging
from collections.abc import Callable, Mapping

from flask import Response, request

from ghapp.pages import page
from ghapp.settings import Settings
from ghapp.setup.app_api import NewApp, RefusedError, UnreachableError, convert
from ghapp.setup.form import Wish
from ghapp.stored import store
from ghapp.web_links import GITHUB_API, apps_url, installation_url

log = logging.getLogger("ghapp.setup")


def received(wish: Wish, settings: Settings, repeat: Callable[[], None], end: Callable[[], None]) -> Response:
    """The page for somebody who came back with a good `state`.

    Args:
        wish: What had been asked for.
        settings: Where credentials are stored.
        repeat: Lets the same return be tried again.
        end: Ends the session.
    """
    code = request.args.get("code", "")
    apps = apps_url(wish.api_url, wish.organisation)
    if not code:
        said = request.args.get("error_description", "") or request.args.get("error", "")
        return page("returned", 400, reason="denied", said=said[:200], wish=wish, apps=apps)
    try:
        made = convert(wish.api_url, code)
    except UnreachableError as error:
        repeat()
        log.warning("the App's credentials could not be fetched: %s", error)
        again = request.full_path
        return page("returned", 502, reason="unreachable", said=str(error), wish=wish, again=again, apps=apps)
    except RefusedError as error:
        log.warning("GitHub refused the code of set-up: %d", error.status)
        return page("returned", 400, reason="refused", said=str(error), wish=wish, apps=apps)
    end()
    return _kept(made, wish, settings)


def _kept(made: NewApp, wish: Wish, settings: Settings) -> Response:
    """Store them, or show them: what cannot be stored must not be lost, since GitHub gives it once."""
    variables = {
        "APP_ID": str(made.app_id),
        "WEBHOOK_SECRET": made.webhook_secret,
        "PRIVATE_KEY": made.private_key,
        "GITHUB_API_URL": wish.api_url,
    }
    install = installation_url(wish.api_url, made.slug)
    problem = ""
    if wish.is_kept:
        try:
            store(settings.state_dir, variables)
        except OSError as error:
            problem = type(error).__name__
            log.exception("the App's credentials cannot be stored under %s", settings.state_dir)
        else:
            log.info("the App %s (%d) is set up", made.slug, made.app_id)
            return page("created", slug=made.slug, install=install, missing=[])
    return page("shown", slug=made.slug, install=install, lines=environment_lines(variables), problem=problem)


def environment_lines(variables: Mapping[str, str]) -> str:
    """Variables as the lines of an environment file; the key in one line, as `PRIVATE_KEY` may have it."""
    shown = {name: value for name, value in variables.items() if (name, value) != ("GITHUB_API_URL", GITHUB_API)}
    return "\n".join(f'{name}="{value.strip()}"'.replace("\n", "\\n") for name, value in shown.items())
