"""JSON of accounts, Apps, installations, repositories and labels, in GitHub's shape."""

import zlib
from datetime import datetime
from typing import Any

from ghapp.demo.records import Installation, Label
from ghapp.demo.repository import Repository
from ghapp.demo.world import World

# Addresses that GitHub spells out for each repository and that nothing here answers.
_REPOSITORY_URLS = """archive assignees blobs branches collaborators comments commits compare contents contributors
deployments downloads events forks git_commits git_refs git_tags issue_comment issue_events issues keys labels languages
merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees hooks"""
_ACCOUNT_URLS = """followers following gists starred subscriptions organizations repos events received_events"""


def stamp(when: datetime) -> str:
    """A time as GitHub writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(when: datetime | None) -> str | None:
    """A time as GitHub writes it, or null."""
    return stamp(when) if when else None


def account(world: World, login: str | None) -> dict[str, Any] | None:
    """A user, an organisation or the App's own account; null for a deleted one."""
    if login is None:
        return None
    url, bot = f"{world.api_url}/users/{login}", login.endswith("[bot]")
    links = {f"{name}_url": f"{url}/{name}" for name in _ACCOUNT_URLS.split()}
    return {
        "login": login,
        "id": zlib.crc32(login.lower().encode()),
        "node_id": f"U_{login}",
        "avatar_url": f"{world.url}/avatars/{login}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{world.url}/apps/{world.app.slug}" if bot else f"{world.url}/{login}",
        **links,
        "type": "Bot" if bot else "User",
        "site_admin": False,
    }


def app(world: World) -> dict[str, Any]:
    """The App itself."""
    identity = world.app
    return {
        "id": identity.app_id,
        "slug": identity.slug,
        "client_id": identity.client_id,
        "node_id": f"A_{identity.app_id}",
        "owner": account(world, identity.owner),
        "name": identity.slug,
        "description": "",
        "external_url": "https://example.com",
        "html_url": f"{world.url}/apps/{identity.slug}",
        "created_at": stamp(identity.created_at),
        "updated_at": stamp(identity.created_at),
        "permissions": identity.permissions,
        "events": identity.events,
    }


def installation(world: World, one: Installation) -> dict[str, Any]:
    """An installation of the App."""
    url = f"{world.api_url}/app/installations/{one.installation_id}"
    owner = account(world, one.account)
    assert owner is not None  # noqa: S101 - an installation has an account
    return {
        "id": one.installation_id,
        "account": owner,
        "repository_selection": "all" if one.repository_ids is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{world.api_url}/installation/repositories",
        "html_url": f"{world.url}/organizations/{one.account}/settings/installations/{one.installation_id}",
        "app_id": world.app.app_id,
        "app_slug": world.app.slug,
        "client_id": world.app.client_id,
        "target_id": owner["id"],
        "target_type": owner["type"],
        "permissions": one.permissions,
        "events": one.events,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "single_file_name": None,
        "suspended_by": account(world, one.account) if one.suspended_at else None,
        "suspended_at": stamp_or_none(one.suspended_at),
    }


def repository(world: World, one: Repository) -> dict[str, Any]:
    """A repository, complete."""
    url, html = f"{world.api_url}/repos/{one.full_name}", f"{world.url}/{one.full_name}"
    links = {f"{name}_url": f"{url}/{name}" for name in _REPOSITORY_URLS.split()}
    return {
        "id": one.repository_id,
        "node_id": f"R_{one.repository_id}",
        "name": one.name,
        "full_name": one.full_name,
        "owner": account(world, one.owner),
        "private": one.private,
        "visibility": "private" if one.private else "public",
        "html_url": html,
        "description": None,
        "fork": False,
        "url": url,
        **links,
        "git_url": f"git://{html.partition('://')[2]}.git",
        "ssh_url": f"git@localhost:{one.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "topics": [],
        "size": 0 if one.empty else 1,
        "default_branch": one.default_branch,
        "archived": one.archived,
        "disabled": False,
        "pushed_at": stamp(one.pushed_at),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.pushed_at),
        "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
        **_features(one),
        **_counts(one),
    }


def _features(one: Repository) -> dict[str, bool]:
    absent = ("projects", "wiki", "pages", "discussions", "downloads")
    return {"has_issues": one.has_issues} | {f"has_{name}": False for name in absent}


def _counts(one: Repository) -> dict[str, int]:
    names = "forks_count stargazers_count watchers_count subscribers_count network_count forks watchers"
    opened = sum(versions.latest.state == "open" and not versions.latest.gone for versions in list(one.issues.values()))
    return dict.fromkeys(names.split(), 0) | {"open_issues_count": opened, "open_issues": opened}


def label(world: World, one: Repository, item: Label) -> dict[str, Any]:
    """A label."""
    return {
        "id": item.label_id,
        "node_id": f"LA_{item.label_id}",
        "url": f"{world.api_url}/repos/{one.full_name}/labels/{item.name}",
        "name": item.name,
        "description": item.description,
        "color": item.color,
        "default": False,
        "archived_at": None,
        "archived_by": None,
    }
