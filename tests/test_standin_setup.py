"""The stand-in makes Apps from manifests, and installs them, as GitHub does."""

import json

import pytest

from ghapp.demo.records import Hook
from tests.setup_visit import fields

MANIFEST = {
    "name": "New App",
    "url": "https://example.com",
    "hook_attributes": {"url": "https://hooks.example.com/webhook"},
    "redirect_url": "http://localhost:3000/back",
    "setup_url": "https://hooks.example.com/installed",
    "default_permissions": {"contents": "read", "issues": "write"},
    "default_events": ["push"],
}


def created(github, manifest=MANIFEST, name="New App"):
    data = {"manifest": json.dumps(manifest), "name": name, "state": "s&t"}
    return github.client.post("/organizations/acme/settings/apps/manifest", data=data)


def code_of(answer):
    return answer.headers["Location"].partition("code=")[2].partition("&")[0]


def converted(github, code):
    return github.client.post(f"/app-manifests/{code}/conversions")


@pytest.mark.parametrize("path", ["/settings/apps/new", "/organizations/acme/settings/apps/new"])
def test_the_manifest_s_page_has_a_button(github, path):
    answer = github.client.post(f"{path}?state=x", data={"manifest": json.dumps(MANIFEST)})
    assert answer.status_code == 200
    assert "Create GitHub App for" in answer.text
    assert fields(answer.text)["state"] == "x"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hook_attributes": {"url": "http://localhost:3000/webhook"}}, "reachable over the public Internet"),
        ({"hook_attributes": {"url": "https://10.0.0.1/webhook"}}, "reachable over the public Internet"),
        ({"hook_attributes": {"url": "x"}}, "Hook url is not a URL"),
        ({"hook_attributes": None}, "Hook url is not a URL"),
        ({"url": ""}, "url is not a URL"),
        ({"redirect_url": None}, "redirect_url is not a URL"),
        ({"name": "n" * 35}, "Name is too long (maximum is 34 characters)"),
        ({"name": "ghapp-demo"}, "Name is already taken"),
        ({"default_permissions": {"everything": "write"}}, "everything is not included in the list"),
        ({"default_permissions": {"contents": "own"}}, "contents is not included in the list"),
        ({"default_events": ["sunrise"]}, "Default events unsupported: sunrise"),
        ({"default_events": ["pull_request"]}, "not supported by permissions: pull_request"),
    ],
)
def test_what_github_does_not_take_is_said_at_once_and_again(github, change, said):
    manifest = MANIFEST | change
    shown = github.client.post("/settings/apps/new", data={"manifest": json.dumps(manifest)})
    pressed = created(github, manifest, manifest["name"])
    assert (shown.status_code, pressed.status_code) == (422, 422)
    assert said in shown.text
    assert said in pressed.text
    assert github.world.registered == {}


def test_local_hooks_can_be_allowed(github):
    github.control("/_behaviour", local_hooks=True)
    assert created(github, MANIFEST | {"hook_attributes": {"url": "http://127.0.0.1:1/webhook"}}).status_code == 302


def test_the_code_gives_the_credentials_once_and_the_app_is_the_new_one(github):
    before = github.world.app
    made = created(github)
    assert made.headers["Location"].startswith("http://localhost:3000/back?code=")
    assert made.headers["Location"].endswith("&state=s%26t")
    answer = converted(github, code_of(made))
    given = answer.json()
    assert answer.status_code == 201
    assert (given["slug"], given["name"], given["owner"]["login"]) == ("new-app", "New App", "acme")
    assert {"id", "pem", "webhook_secret", "client_id", "client_secret", "html_url"} <= set(given)
    assert given["id"] != before.app_id
    assert converted(github, code_of(made)).status_code == 404
    # The old key is nobody's now; the new one is the App's.
    assert github.app("GET", "/app").status_code == 401
    github.stand_in.private_key = given["pem"]
    assert github.app("GET", "/app").json()["slug"] == "new-app"
    assert github.app("GET", "/app/installations").json() == []
    assert github.world.hook == Hook("https://hooks.example.com/webhook", given["webhook_secret"])


def test_a_code_is_good_for_an_hour(github):
    code = code_of(created(github))
    github.control("/_clock", advance=3601)
    assert converted(github, code).status_code == 404
    assert converted(github, "none").status_code == 404


def test_installing_asks_for_repositories_tells_the_app_and_leads_back(world):
    world.world.behaviour.local_hooks = True
    world.world.add_repository("other/tool", world.repository.clone.path, installed=False)
    made = created(world, MANIFEST | {"hook_attributes": {"url": world.receiver.url}})
    assert converted(world, code_of(made)).status_code == 201
    page = world.client.get("/apps/new-app/installations/new?state=q")
    assert "acme/tool" in page.text
    assert "other/tool" not in page.text
    form = {"target": "selected", "repository": ["acme/tool", "other/tool"], "state": "q"}
    answer = world.client.post("/apps/new-app/installations/new", data=form)
    number = world.world.installation_of(world.repository).installation_id
    query = f"installation_id={number}&setup_action=install&state=q"
    assert answer.headers["Location"] == f"https://hooks.example.com/installed?{query}"
    assert world.receiver.events == [("installation", "created")]
    assert [one["full_name"] for one in world.receiver.last()["repositories"]] == ["acme/tool"]
    assert world.client.get("/apps/another/installations/new").status_code == 404
