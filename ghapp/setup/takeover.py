"""Importing an App that exists: its identity is tried on GitHub before it is stored."""

from collections.abc import Mapping

from flask import Response

from ghapp.manifest import manifest
from ghapp.pages import page
from ghapp.settings import Settings
from ghapp.setup.app_api import FoundApp, RefusedError, UnreachableError, find_app
from ghapp.stored import store
from ghapp.web_links import installation_url

_RANK = {"read": 1, "write": 2, "admin": 3}


def take_over(settings: Settings, api_url: str, typed: Mapping[str, str], key: str) -> Response | str:
    """The page that says that it is stored; else what is wrong, in a sentence.

    Args:
        settings: Where it is stored.
        api_url: Of the GitHub that the App is on.
        typed: The form's `app_id` and `secret`.
        key: The PEM.
    """
    app_id, secret = typed.get("app_id", "").strip(), typed.get("secret", "").strip()
    private_key = key.replace("\r\n", "\n").strip() + "\n"
    problem = _problem(app_id, secret, private_key)
    found = None if problem else _found(api_url, int(app_id), private_key)
    if not isinstance(found, FoundApp):
        return problem or str(found)
    values = {"APP_ID": app_id, "WEBHOOK_SECRET": secret, "PRIVATE_KEY": private_key, "GITHUB_API_URL": api_url}
    try:
        store(settings.state_dir, values)
    except OSError as error:
        return f"It cannot be stored under {settings.state_dir} ({type(error).__name__}): let this user write there."
    return page("created", slug=found.slug, install=installation_url(api_url, found.slug), missing=_missing(found))


def _problem(app_id: str, secret: str, private_key: str) -> str:
    if not (app_id.isascii() and app_id.isdecimal()) or len(app_id) > len("1234567890123"):
        return "Give the App's id: the number on its settings page."
    if not secret:
        return "Give the webhook secret. If nobody knows it, set a new one on the App's settings page."
    if "-----BEGIN" not in private_key:
        return "Give the private key: the text of the .pem file, or the file."
    return ""


def _found(api_url: str, app_id: int, private_key: str) -> FoundApp | str:
    try:
        return find_app(api_url, app_id, private_key)
    except ValueError:
        return "This is no private RSA key as GitHub makes them (a .pem file without a password)."
    except UnreachableError as error:
        return f"GitHub cannot be reached ({error}). Try again."
    except RefusedError as error:
        return (
            f"GitHub refuses this id with this key ({error}): are both of the same App, is the key still in its list,"
            " and is this machine's clock right?"
        )


def _missing(found: FoundApp) -> list[str]:
    """What `app.yml` asks for and this App does not."""
    asked = manifest()
    wanted = asked["default_permissions"].items()
    less = [f"{name}: {level}" for name, level in wanted if _rank(found.permissions.get(name)) < _rank(level)]
    return less + [f"event {name}" for name in asked["default_events"] if name not in found.events]


def _rank(level: str | None) -> int:
    return _RANK.get(level or "", 0)
