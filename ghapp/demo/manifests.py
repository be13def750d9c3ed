"""What GitHub demands of an App's manifest. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ghapp.demo.bodies import PERMISSIONS
from ghapp.setup.addresses import is_local

MOST_NAME = 34
#: Events that Apps may ask for, and the permissions of which one gives them.
EVENTS = {
    "check_run": ("checks",),
    "check_suite": ("checks",),
    "create": ("contents",),
    "delete": ("contents",),
    "issue_comment": ("issues", "pull_requests"),
    "issues": ("issues",),
    "label": ("metadata",),
    "merge_group": ("merge_queues",),
    "pull_request": ("pull_requests",),
    "pull_request_review": ("pull_requests",),
    "push": ("contents",),
    "release": ("contents",),
    "repository": ("metadata",),
    "star": ("metadata",),
    "workflow_run": ("actions",),
}
LEVELS = {"read", "write", "admin"}


def slug_of(name: str) -> str:
    """The name as it stands in addresses."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def faults_of(manifest: Mapping[str, Any], *, local_hooks: bool) -> Iterator[str]:
    """What is wrong with a manifest, in sentences.

    Args:
        manifest: As it was posted.
        local_hooks: Whether its webhook may be of this machine or of a private network.
    """
    for name in ("url", "redirect_url"):
        if not _is_url(manifest.get(name)):
            yield f"{name} is not a URL"
    hook = (manifest.get("hook_attributes") or {}).get("url")
    if not _is_url(hook):
        yield "Hook url is not a URL"
    elif not local_hooks and is_local(urlsplit(str(hook)).hostname or ""):
        yield "Hook url is not supported because it isn't reachable over the public Internet"
    yield from _unknown(manifest)


def faults_of_name(name: str, taken: set[str]) -> Iterator[str]:
    """What is wrong with an App's name; `taken` are the slugs of others."""
    if not slug_of(name):
        yield "Name can't be blank"
    if len(name) > MOST_NAME:
        yield f"Name is too long (maximum is {MOST_NAME} characters)"
    if slug_of(name) in taken:
        yield "Name is already taken"


def _is_url(value: Any) -> bool:
    parts = urlsplit(str(value))
    return parts.scheme in ("https", "http") and bool(parts.hostname)


def _unknown(manifest: Mapping[str, Any]) -> Iterator[str]:
    asked = manifest.get("default_permissions") or {}
    for name, level in asked.items():
        if name not in PERMISSIONS or level not in LEVELS:
            yield f"Default permission records resource {name} is not included in the list"
    for event in manifest.get("default_events") or []:
        if event not in EVENTS:
            yield f"Default events unsupported: {event}"
        elif not set(EVENTS[event]) & set(asked):
            yield f"Default events are not supported by permissions: {event}"
