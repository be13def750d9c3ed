"""Installations of the stand-in, and what administrators do to them and to repositories."""

import json

import pytest
from githubkit.compat import type_validate_python
from githubkit.exception import RequestError, RequestFailed
from githubkit_schemas.latest import models, webhooks

from tests.standin import valid

WORDS = {
    "installation": webhooks.InstallationEvent,
    "installation_repositories": webhooks.InstallationRepositoriesEvent,
    "repository": webhooks.RepositoryEvent,
}


def last(world, event):
    """The newest delivery, which is of this event and as GitHub describes it."""
    headers, raw = world.receiver.got[-1]
    assert headers["X-GitHub-Event"] == event
    type_validate_python(WORDS[event], json.loads(raw))
    return json.loads(raw)


# --- installations -----------------------------------------------------------------------------------------


def test_a_suspended_installation_gets_nothing_until_it_is_unsuspended(world):
    world.post("/_install", account="acme", action="suspend")
    assert last(world, "installation")["installation"]["suspended_at"]
    with world.app() as app, pytest.raises(RequestFailed) as refused:
        app.rest.apps.create_installation_access_token(world.installation_id)
    assert refused.value.response.status_code == 403
    with world.app() as app:
        assert app.rest.apps.list_installations().parsed_data[0].suspended_at
    world.post("/_push", head_sha=world.names[1])
    assert len(world.receiver.got) == 1
    world.post("/_install", account="acme", action="unsuspend")
    assert last(world, "installation")["installation"]["suspended_at"] is None
    world.post("/_push", head_sha=world.names[2])
    assert world.receiver.events[-1] == ("push", None)
    with world.github() as github:
        assert github.rest.repos.get("acme", "tool").parsed_data.full_name == "acme/tool"


def test_an_installation_that_is_deleted_and_made_again(world):
    world.post("/_install", account="acme", action="deleted")
    payload = last(world, "installation")
    assert [one["full_name"] for one in payload["repositories"]] == ["acme/tool"]
    world.post("/_push", head_sha=world.names[1])
    assert len(world.receiver.got) == 1
    with world.github() as github, pytest.raises(RequestError):
        github.rest.repos.get("acme", "tool")
    created = world.post("/_install", account="acme", action="created")
    assert created["installation_id"] != world.installation_id
    assert last(world, "installation")["installation"]["id"] == created["installation_id"]
    again = world.client.post("/_install", json={"account": "acme", "action": "created"})
    assert again.status_code == 422


def test_a_token_outlives_neither_uninstalling_nor_suspending(github):
    github.control("/_install", account="acme", action="suspend")
    assert github.get("").status_code == 403
    github.control("/_install", account="acme", action="unsuspend")
    assert github.get("").status_code == 200
    github.control("/_install", account="acme", action="deleted")
    assert github.get("").status_code == 401


def test_when_an_installation_was_made(github):
    path = f"/app/installations/{github.installation_id}"
    answer = github.control("/_install", account="acme", created_at="2026-01-05T10:00:00Z")
    assert answer == {"deliveries": [], "installation_id": github.installation_id}
    assert github.app("GET", path).json()["created_at"] == "2026-01-05T10:00:00Z"
    made = github.control("/_install", account="bob", action="created", created_at="2025-12-31T23:00:00+02:00")
    shown = github.app("GET", f"/app/installations/{made['installation_id']}").json()
    assert shown["created_at"] == "2025-12-31T21:00:00Z"


def test_permissions_wait_until_they_are_accepted(github):
    fewer = {"metadata": "read", "contents": "read", "issues": "read"}
    github.control("/_install", account="acme", action="new_permissions_accepted", permissions=fewer)
    refused = github.ask("POST", "/issues", json={"title": "x"}, token=github.mint())
    assert (refused.status_code, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "issues=write")
    github.control("/_install", account="acme", action="new_permissions_accepted")
    assert github.ask("POST", "/issues", json={"title": "x"}, token=github.mint()).status_code == 201


def test_accepted_permissions_are_told(world):
    world.post("/_install", account="acme", action="new_permissions_accepted")
    assert last(world, "installation")["installation"]["permissions"]["issues"] == "write"


def test_what_the_app_asks_for_later_waits_too(github):
    more = dict(github.world.app.permissions) | {"checks": "write"}
    assert github.control("/_app", permissions=more)["permissions"]["checks"] == "write"
    assert "checks" not in github.app("GET", f"/app/installations/{github.installation_id}").json()["permissions"]
    github.control("/_install", account="acme", action="new_permissions_accepted")
    assert github.app("GET", f"/app/installations/{github.installation_id}").json()["permissions"]["checks"] == "write"


def test_selected_repositories(world):
    world.post("/_select", account="acme", removed=["acme/tool"])
    payload = last(world, "installation_repositories")
    assert (payload["action"], payload["repositories_removed"][0]["full_name"]) == ("removed", "acme/tool")
    world.post("/_push", head_sha=world.names[1])
    assert len(world.receiver.got) == 1
    world.post("/_select", account="acme", added=["acme/tool"])
    assert last(world, "installation_repositories")["action"] == "added"
    world.post("/_push", head_sha=world.names[2])
    assert world.receiver.events[-1] == ("push", None)


def test_installations_in_pages(github):
    for number in range(4):
        github.world.install(f"account-{number}")
    first = github.app("GET", "/app/installations?per_page=3")
    rest = github.app("GET", "/app/installations?per_page=3&page=2")
    assert [len(valid(list[models.Installation], page)) for page in (first, rest)] == [3, 2]
    assert first.links["next"]["url"].endswith("per_page=3&page=2")
    assert "next" not in rest.links


# --- repositories ------------------------------------------------------------------------------------------


def test_a_transfer_to_an_account_that_has_the_app(world):
    bob = world.post("/_install", account="bob", action="created")["installation_id"]
    world.post("/_repository", action="transferred", full_name="bob/kit")
    payload = last(world, "repository")
    assert payload["changes"]["owner"]["from"]["user"]["login"] == "acme"
    assert (payload["repository"]["full_name"], payload["installation"]["id"]) == ("bob/kit", bob)
    with world.github() as github, pytest.raises(RequestFailed) as refused:
        github.rest.repos.get("acme", "tool")
    assert refused.value.response.status_code == 404


def test_a_transfer_to_an_account_without_the_app(world):
    world.post("/_repository", action="transferred", full_name="bob/kit")
    assert last(world, "repository")["installation"]["id"] == world.installation_id
    world.post("/_push", repository="bob/kit", head_sha=world.names[1])
    assert len(world.receiver.got) == 1


@pytest.mark.parametrize("action", ["archived", "unarchived", "privatized", "publicized", "deleted"])
def test_what_befalls_a_repository(world, action):
    world.post("/_repository", action=action)
    payload = last(world, "repository")
    assert (payload["action"], payload["installation"]["id"]) == (action, world.installation_id)
    assert payload["repository"]["archived"] is (action == "archived")
    assert payload["repository"]["private"] is (action == "privatized")


def test_another_default_branch(world):
    world.post("/_push", branch="next", head_sha=world.names[1], deliver=False)
    world.post("/_repository", action="edited", default_branch="next")
    payload = last(world, "repository")
    assert payload["changes"] == {"default_branch": {"from": "main"}}
    assert payload["repository"]["default_branch"] == "next"
    nowhere = {"repository": "acme/tool", "action": "edited", "default_branch": "nowhere"}
    assert world.client.post("/_repository", json=nowhere).status_code == 422
