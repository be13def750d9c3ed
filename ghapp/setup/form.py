"""What a person asks for on the set-up page, checked; and the manifest that says so to GitHub."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ghapp.manifest import manifest
from ghapp.setup.addresses import refusal, webhook_url
from ghapp.web_links import GITHUB_API, api_url

#: https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app
MOST_NAME = 34
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,37}[A-Za-z0-9])?\Z")
FIELDS = ("account", "organisation", "server", "webhook", "name", "keep")


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for.

    Attributes:
        organisation: Its login; "": the person's own account.
        api_url: Of the GitHub that the App is made on.
        webhook: Where GitHub sends deliveries.
        name: The App's, at most 34 characters.
        is_kept: Whether the credentials are stored here; else they are shown once.
    """

    organisation: str
    api_url: str
    webhook: str
    name: str
    is_kept: bool


def read_wish(typed: Mapping[str, str], known_api_url: str) -> tuple[Wish, dict[str, str]]:
    """What the form asks for, and what is wrong with it: a sentence for each field that is.

    Args:
        typed: The form's fields, by `FIELDS`.
        known_api_url: `GITHUB_API_URL`; when it names another GitHub than github.com, no other can be chosen.
    """
    text = {name: typed.get(name, "").strip() for name in FIELDS}
    problems: dict[str, str] = {}
    organisation = text["organisation"] if text["account"] != "own" else ""
    if text["account"] != "own" and not _LOGIN.match(organisation):
        problems["organisation"] = (
            "Give the organisation's name as it stands in its address on GitHub: letters, digits and hyphens."
        )
    chosen, problem = chosen_api(text["server"], known_api_url)
    if problem:
        problems["server"] = problem
    hook = webhook_url(text["webhook"])
    if not problem and (refused := refusal(hook, chosen)):
        problems["webhook"] = refused
    name = text["name"] or f"ghapp-{organisation}"[:MOST_NAME].strip("-")
    if len(name) > MOST_NAME:
        problems["name"] = f"Give a name of at most {MOST_NAME} characters."
    return Wish(organisation, chosen, hook, name, text["keep"] != "once"), problems


def chosen_api(server: str, known: str) -> tuple[str, str]:
    """The `GITHUB_API_URL` of the server that was typed, and what is wrong with it.

    Args:
        server: Its address; "": the one of `known`.
        known: What the environment says; when that is not github.com, nothing else can be chosen.
    """
    if known != GITHUB_API or not server:
        return known, ""
    if not _is_server(server):
        return known, "Give your server's address alone, such as https://github.example.com, or nothing for github.com."
    return api_url(server), ""


def _is_server(address: str) -> bool:
    try:
        parts = urlsplit(address)
        # Reading it is what checks it.
        _ = parts.port
    except ValueError:
        return False
    alone = parts.path.rstrip("/") in ("", "/api/v3") and not (parts.query or parts.fragment or parts.username)
    return alone and parts.scheme in ("https", "http") and bool(re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc))


def manifest_text(wish: Wish, base: str) -> str:
    """The manifest as JSON.

    Args:
        wish: What is asked for.
        base: The address at which the person's browser reaches us, without a final slash.
    """
    # Who installs it later comes back to the public address, not to where set-up was done; a forwarder has no pages.
    public = wish.webhook.removesuffix("/webhook") if wish.webhook.endswith("/webhook") else base
    made = manifest() | {
        "name": wish.name,
        "hook_attributes": {"url": wish.webhook, "active": True},
        "redirect_url": f"{base}/setup/created",
        "setup_url": f"{public}/installed",
        "public": False,
    }
    return json.dumps(made, ensure_ascii=False)
