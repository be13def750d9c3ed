"""Importing an App that exists; and which addresses GitHub can reach."""

import io
import stat

import pytest

from ghapp.demo.app_keys import new_private_key
from ghapp.setup.addresses import refusal, webhook_url
from ghapp.stored import credentials_path, has_stored
from ghapp.web_links import api_url, apps_url, installation_url, new_app_url, web_url
from tests.app_key import KEY
from tests.setup_visit import Visit

GITHUB = "https://api.github.com"
ENTERPRISE = "https://ghe.example.com/api/v3"


@pytest.fixture
def visit(jobs):
    one = Visit(jobs)
    one.open()
    yield one
    one.close()


def bring(visit, **typed):
    form = {"csrf": visit.csrf("/setup/import"), "app_id": str(visit.world.app.app_id), "secret": "s3cret", "key": KEY}
    return visit.browser.post("/setup/import", data=form | typed, content_type="multipart/form-data")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_an_app_that_exists_is_imported(visit, line_end):
    answer = bring(visit, key=KEY.replace("\n", line_end))
    assert answer.status_code == 200
    assert "does not ask for all" not in answer.text
    found = visit.settings().credentials
    assert (found.app_id, found.webhook_secrets) == (visit.world.app.app_id, (b"s3cret",))
    assert found.private_keys == (KEY,)
    assert stat.S_IMODE(credentials_path(visit.folder).stat().st_mode) == 0o600
    assert visit.browser.get("/setup").status_code == 404


def test_its_key_may_be_a_file(visit):
    assert bring(visit, key="", key_file=(io.BytesIO(KEY.encode()), "ghapp.pem")).status_code == 200
    assert visit.settings().credentials.private_keys == (KEY,)


def test_what_the_app_lacks_is_named(visit):
    less = {"permissions": {"metadata": "read", "issues": "read"}, "events": ["push"]}
    assert visit.client.post("/_app", json=less).is_success
    text = bring(visit).text
    for one in ("contents: read", "issues: write", "pull_requests: write", "event pull_request"):
        assert f"<code>{one}</code>" in text
    assert "metadata" not in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"app_id": ""}, "Give the App&#39;s id"),
        ({"app_id": "Iv23abc"}, "Give the App&#39;s id"),
        ({"app_id": "1" * 50}, "Give the App&#39;s id"),
        ({"secret": " "}, "Give the webhook secret"),
        ({"key": ""}, "Give the private key"),
        ({"key": "-----BEGIN nonsense"}, "no private RSA key"),
        ({"key": "-----BEGIN \udcff é"}, "no private RSA key"),
        ({"app_id": "12"}, "GitHub refuses this id with this key (401: Integration not found)"),
        ({"key": new_private_key()}, "GitHub refuses this id with this key"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_stored(visit, typed, said):
    typed = {name: value.encode("utf-8", "replace").decode() for name, value in typed.items()}
    answer = bring(visit, **typed)
    assert answer.status_code == 400
    assert said in answer.text
    assert "s3cret" not in answer.text
    assert "PRIVATE KEY-----\n" not in answer.text
    assert not has_stored(visit.folder)


def test_a_github_that_is_down_can_be_tried_again(visit):
    visit.client.post("/_faults", json={"route": "GET /app", "status": 503})
    assert "GitHub cannot be reached" in bring(visit).text
    assert bring(visit).status_code == 200


def test_neither_key_nor_secret_is_logged(visit, caplog):
    with caplog.at_level("DEBUG"):
        bring(visit, app_id="12")
        bring(visit)
    assert "s3cret" not in caplog.text
    assert KEY.splitlines()[3] not in caplog.text


@pytest.mark.parametrize(
    ("url", "api", "part"),
    [
        ("https://ghapp.example.com/webhook", GITHUB, ""),
        ("https://93.184.216.34/webhook", GITHUB, ""),
        ("https://smee.io/AbC123", GITHUB, ""),
        ("http://ghapp.example.com/webhook", GITHUB, "https://"),
        *((f"https://{host}/webhook", GITHUB, "cannot reach") for host in (
            "localhost", "a.localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "10.1.2.3", "192.168.0.9",
            "172.20.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[::1]", "[fd00::1]", "[fe80::1]",  # noqa: S104
            "[::ffff:127.0.0.1]", "server", "server.local", "ghapp.internal", "localhost.", "LOCALHOST:3000",
        )),
        ("", GITHUB, "complete address"),
        ("ghapp.example.com", GITHUB, "complete address"),
        ("ftp://ghapp.example.com", GITHUB, "complete address"),
        ("javascript:alert(1)", GITHUB, "complete address"),
        ("https://user:pass@ghapp.example.com/webhook", GITHUB, "complete address"),
        ("https://ghapp.example.com:99999/webhook", GITHUB, "complete address"),
        ("https://[::1/webhook", GITHUB, "complete address"),
        ("https://ghapp.example.com/we bhook", GITHUB, "complete address"),
        ("https://ghapp.example.com/webhook#part", GITHUB, "complete address"),
        # A server in the private network reaches the private network, but not our loopback.
        ("http://10.1.2.3:3000/webhook", ENTERPRISE, ""),
        ("https://ghapp.lan/webhook", ENTERPRISE, ""),
        ("https://localhost/webhook", ENTERPRISE, "cannot reach"),
        ("https://[::ffff:127.0.0.1]/webhook", ENTERPRISE, "cannot reach"),
        # A stand-in on this machine reaches this machine.
        ("http://127.0.0.1:3000/webhook", "http://127.0.0.1:4000", ""),
    ],
)  # fmt: skip
def test_which_addresses_github_can_reach(url, api, part):
    found = refusal(url, api)
    assert (found == "") == (part == "")
    assert part in found


def test_a_server_s_address_alone_gets_the_receiver_s_path():
    assert webhook_url(" https://ghapp.example.com/ ") == "https://ghapp.example.com/webhook"
    assert webhook_url("https://ghapp.example.com") == "https://ghapp.example.com/webhook"
    assert webhook_url("https://smee.io/AbC") == "https://smee.io/AbC"


def test_a_local_address_is_explained_with_the_way_around(jobs):
    one = Visit(jobs, GITHUB_API_URL="https://api.github.com")
    try:
        one.open()
        answer = one.ask(webhook="http://localhost:3000/webhook")
        assert answer.status_code == 400
        assert "GitHub cannot reach this address" in answer.text
        assert "<details open>" in answer.text
        assert "smee-client --url https://smee.io/YOUR-CHANNEL --target http://localhost:3000/webhook" in answer.text
        assert "gh webhook forward" in answer.text
        action, made = one.leave(server="https://ghe.example.com/")
        assert action.startswith("https://ghe.example.com/organizations/acme/settings/apps/new?state=")
        assert made["name"] == "ghapp-acme"
        for wrong in (
            "ghe.example.com",
            "https://x/y",
            "https://u@x",
            "https://x?y",
            "https://x y",
            "https://[",
            "ftp://x",
        ):
            answer = one.ask(server=wrong)
            assert answer.status_code == 400, wrong
            assert "Give your server&#39;s address alone" in answer.text
    finally:
        one.close()


@pytest.mark.parametrize(
    ("api", "web", "install"),
    [
        (GITHUB, "https://github.com", "https://github.com/apps/x/installations/new"),
        (ENTERPRISE, "https://ghe.example.com", "https://ghe.example.com/github-apps/x/installations/new"),
        ("https://api.octo.ghe.com", "https://octo.ghe.com", "https://octo.ghe.com/apps/x/installations/new"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000", "http://127.0.0.1:4000/apps/x/installations/new"),
    ],
)
def test_where_github_s_pages_are(api, web, install):
    assert web_url(api) == web
    assert installation_url(api, "x") == install
    assert new_app_url(api, "acme") == f"{web}/organizations/acme/settings/apps/new"
    assert new_app_url(api, "") == f"{web}/settings/apps/new"
    assert apps_url(api, "") == f"{web}/settings/apps"
    if "127.0.0.1" not in api:
        assert api_url(web + "/") == api
