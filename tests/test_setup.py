"""Set-up in the browser, over HTTP: the way that works, and everything that is refused on it."""

import json
import re
import stat

import pytest

from ghapp import manifest as manifests
from ghapp.settings import SettingsError, settings_from
from ghapp.setup import link
from ghapp.setup.reasons import EVENTS, PERMISSIONS
from ghapp.stored import credentials_path, has_stored, store, with_stored
from tests.setup_visit import PUBLIC, Visit, fields

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def visit(jobs):
    one = Visit(jobs)
    yield one
    one.close()


@pytest.fixture
def inside(visit):
    visit.open()
    return visit


def test_from_the_link_to_stored_credentials(visit):
    visit.open()
    answer = visit.come_back(visit.create())
    assert answer.status_code == 200
    app = visit.world.app
    assert (app.slug, app.owner) == ("ghapp-acme", "acme")
    assert f'href="{visit.github}/apps/ghapp-acme/installations/new"' in answer.text
    found = visit.settings()
    assert found.credentials.app_id == app.app_id
    assert found.credentials.webhook_secrets == (visit.world.hook.secret.encode(),)
    assert visit.world.hook.url == PUBLIC
    assert found.github_api_url == visit.github
    # The key is the new App's: GitHub takes a token that it signed.
    from ghapp.setup.app_api import find_app

    assert find_app(visit.github, app.app_id, found.credentials.private_keys[0]).slug == "ghapp-acme"


def test_the_files_are_readable_by_their_owner_alone(inside):
    inside.token()
    assert stat.S_IMODE(link.link_path(inside.folder).stat().st_mode) == 0o600
    inside.come_back(inside.create())
    path = credentials_path(inside.folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {one.name for one in path.parent.iterdir()} == {path.name, "setup-token"}


def test_the_manifest_is_app_yml_with_our_addresses(inside):
    action, made = inside.leave()
    kept = manifests.manifest()
    assert action.startswith(f"{inside.github}/organizations/acme/settings/apps/new?state=")
    assert {name: made[name] for name in ("default_permissions", "default_events", "url", "public")} == {
        name: kept[name] for name in ("default_permissions", "default_events", "url", "public")
    }
    assert made["hook_attributes"] == {"url": PUBLIC, "active": True}
    assert made["redirect_url"] == "http://localhost/setup/created"
    assert made["setup_url"] == "https://ghapp.example.com/installed"
    assert (made["name"], made["public"]) == ("ghapp-acme", False)


def test_an_own_account_and_a_name_of_one_s_own(inside):
    action, made = inside.leave(account="own", name="Cards and digests")
    assert action.startswith(f"{inside.github}/settings/apps/new?state=")
    assert made["name"] == "Cards and digests"


def test_credentials_can_be_shown_once_instead(inside):
    query = inside.create(keep="once")
    answer = inside.come_back(query)
    assert answer.status_code == 200
    assert not has_stored(inside.folder)
    text = re.search(r"<pre>(.*?)</pre>", answer.text, re.DOTALL)[1].replace("&#34;", '"')
    environ = dict(line.split("=", 1) for line in text.splitlines())
    environ = {name: value.strip('"') for name, value in environ.items()}
    found = settings_from(environ)
    assert found.credentials.app_id == inside.world.app.app_id
    assert found.github_api_url == inside.github
    assert "no-store" in answer.headers["Cache-Control"]
    assert inside.come_back(query).status_code == 403


def test_each_permission_and_event_has_its_reason_on_the_page(inside):
    kept = manifests.manifest()
    assert list(PERMISSIONS) == list(kept["default_permissions"])
    assert list(EVENTS) == list(kept["default_events"])
    text = inside.browser.get("/setup").text
    for name, level in kept["default_permissions"].items():
        assert f"<dt><code>{name}: {level}</code></dt><dd>{PERMISSIONS[name]}" in text
    for name in kept["default_events"]:
        assert f"<dt><code>{name}</code></dt><dd>{EVENTS[name]}" in text


ROUTES = [
    ("GET", "/setup"),
    ("POST", "/setup"),
    ("GET", "/setup/created?code=c&state=s"),
    ("GET", "/setup/import"),
    ("POST", "/setup/import"),
]


def test_these_are_all_routes(visit):
    found = {
        (method, rule.rule)
        for rule in visit.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/setup")
    }
    assert found == {(method, path.partition("?")[0]) for method, path in ROUTES}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", ["", "wrong", "é", "a" * 43])
def test_no_route_answers_without_its_token(visit, method, path, token):
    right = visit.token()
    sign = "&" if "?" in path else "?"
    answer = visit.browser.open(path + (f"{sign}token={token}" if token else ""), method=method)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert right not in answer.text
    assert not {"csrf", "manifest"} & set(fields(answer.text))
    # A wrong one has not used up the right one.
    assert visit.browser.get(f"/setup?token={right}").status_code == 303


def test_the_link_is_good_once(visit):
    token = visit.token()
    assert visit.browser.get(f"/setup?token={token}").status_code == 303
    other = visit.app.test_client()
    assert other.get(f"/setup?token={token}").status_code == 403
    assert other.get("/setup").status_code == 403
    assert visit.browser.get("/setup").status_code == 200
    assert not link.link_path(visit.folder).exists()


def test_asking_for_the_link_s_headers_does_not_use_it(visit):
    token = visit.token()
    assert visit.browser.head(f"/setup?token={token}").status_code == 403
    assert visit.browser.get(f"/setup?token={token}").status_code == 303


def test_a_new_link_ends_the_session_of_the_old_one(inside):
    other = inside.app.test_client()
    inside.open(other)
    assert other.get("/setup").status_code == 200
    assert inside.browser.get("/setup").status_code == 403


def test_the_cookie_is_for_set_up_alone_and_comes_back_from_github(visit):
    cookie = visit.open().headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/setup"))
    assert "Secure" not in cookie
    visit.browser = visit.app.test_client()
    assert "Secure" in visit.open(base_url="https://ghapp.example.com").headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/setup", "/setup/import"])
@pytest.mark.parametrize("csrf", [None, "", "wrong", "é"])
def test_a_form_needs_its_own_token(inside, path, csrf):
    form = {"account": "own", "webhook": PUBLIC} | ({} if csrf is None else {"csrf": csrf})
    assert inside.browser.post(path, data=form).status_code == 403


def test_a_form_that_is_too_large_is_refused(inside):
    answer = inside.browser.post("/setup", data={"csrf": inside.csrf(), "name": "x" * 100_000})
    assert answer.status_code == 413
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("DELETE", "/setup"), ("GET", "/setup/nothing")])
@pytest.mark.parametrize("is_inside", [True, False])
def test_every_answer_has_its_headers(visit, method, path, is_inside):
    if is_inside:
        visit.open()
    data = {"csrf": visit.csrf()} if is_inside and method == "POST" else None
    headers = visit.browser.open(path, method=method, data=data).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_form_may_go_to_github_only_where_it_does(inside):
    policy = inside.browser.get("/setup").headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self'")
    assert inside.ask().headers["Content-Security-Policy"].endswith(f"form-action 'self' {inside.github}")


def test_the_style_is_the_one_that_the_policy_names(inside):
    import base64
    import hashlib

    answer = inside.browser.get("/setup")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "state", ["", "wrong", "é", "../ghapp:setup-session"], ids=["none", "wrong", "not ASCII", "another key"]
)
def test_a_return_without_its_state_is_refused(inside, state):
    query = inside.create()
    answer = inside.come_back({"code": query["code"], "state": state})
    assert answer.status_code == 400
    assert not has_stored(inside.folder)
    # The right one is as good as before.
    assert inside.come_back(query).status_code == 200


def test_a_state_is_good_once_and_for_the_browser_that_left_with_it(inside, connection):
    query = inside.create()
    stranger = inside.app.test_client()
    stranger.set_cookie("ghapp_setup", "x" * 43, path="/setup")
    assert inside.come_back(query, stranger).status_code == 403
    # Another session, begun with a newer link, does not get what this one asked for.
    inside.open(stranger)
    answer = inside.come_back(query, stranger)
    assert (answer.status_code, has_stored(inside.folder)) == (400, False)
    assert inside.come_back(query).status_code == 403


def test_a_state_is_forgotten_after_an_hour(inside, connection):
    query = inside.create()
    key = f"ghapp:setup-return:{query['state']}"
    assert 3_500 < connection.ttl(key) <= 3_600
    connection.pexpire(key, 0)
    assert inside.come_back(query).status_code == 400


def test_a_return_that_is_repeated_says_so(inside):
    query = inside.create(keep="once")
    inside.browser.set_cookie("ghapp_other", "1")
    taken = inside.come_back({"state": query["state"]})
    assert "the App was not created" in taken.text
    again = inside.come_back(query)
    assert again.status_code == 400
    assert "was used already" in again.text


def test_who_says_no_on_github_is_told_that_nothing_was_created(inside):
    query = inside.create()
    answer = inside.come_back({"state": query["state"], "error": "access_denied", "error_description": HOSTILE})
    assert answer.status_code == 400
    assert "the App was not created" in answer.text
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert not has_stored(inside.folder)


def test_a_code_of_more_than_an_hour_ago_is_explained(inside):
    query = inside.create()
    inside.world.move_clock(3601)
    answer = inside.come_back(query)
    assert answer.status_code == 400
    assert "older than an hour" in answer.text
    assert f'href="{inside.github}/organizations/acme/settings/apps"' in answer.text


@pytest.mark.parametrize("fault", [{"status": 502}, {"reset": True}], ids=["502", "reset"])
def test_a_github_that_is_down_can_be_tried_again(inside, fault):
    query = inside.create()
    inside.client.post("/_faults", json={"route": "POST /app-manifests/{}/conversions", **fault})
    answer = inside.come_back(query)
    assert answer.status_code == 502
    assert not has_stored(inside.folder)
    again = re.search(r'href="(/setup/created\?[^"]*)"', answer.text)[1].replace("&amp;", "&")
    assert inside.browser.get(again).status_code == 200
    assert has_stored(inside.folder)


def test_what_cannot_be_stored_is_shown_and_not_lost(inside):
    query = inside.create()
    # Root may write anywhere; a directory in the file's place stops it, too.
    credentials_path(inside.folder).parent.joinpath("setup-token").unlink(missing_ok=True)
    credentials_path(inside.folder).parent.rmdir()
    credentials_path(inside.folder).parent.write_text("a file")
    answer = inside.come_back(query)
    assert "could not be stored" in answer.text
    assert f"APP_ID=&#34;{inside.world.app.app_id}&#34;" in answer.text


def test_once_set_up_there_is_no_set_up(inside):
    inside.come_back(inside.create())
    # The process that has not been replaced yet, and the one that replaces it.
    for app in (inside.app, inside.started()):
        browser = app.test_client()
        token = inside.token()
        for method, path in [*ROUTES, ("GET", f"/setup?token={token}")]:
            answer = browser.open(path, method=method)
            assert answer.status_code == 404
            assert "csrf" not in answer.text
            assert answer.headers["X-Frame-Options"] == "DENY"
    live = inside.started()
    assert "setup" not in live.blueprints
    assert live.test_client().get("/installed?installation_id=1").status_code == 200


@pytest.mark.parametrize("name", ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"])
def test_credentials_of_the_environment_go_before_stored_ones(tmp_path, name):
    store(tmp_path, {"APP_ID": "1", "PRIVATE_KEY": "-----BEGIN", "WEBHOOK_SECRET": "s"})
    environ = {"GHAPP_STATE_DIR": str(tmp_path), name: "9"}
    assert with_stored(environ) == environ


def test_what_is_stored_is_not_replaced(tmp_path):
    store(tmp_path, {"APP_ID": "1"})
    with pytest.raises(FileExistsError):
        store(tmp_path, {"APP_ID": "2"})
    assert json.loads(credentials_path(tmp_path).read_text())["APP_ID"] == "1"


def test_a_store_that_cannot_be_read_is_said_by_its_name(tmp_path):
    store(tmp_path, {"APP_ID": "1"})
    credentials_path(tmp_path).write_text("{")
    with pytest.raises(SettingsError, match=r"credentials\.json cannot be read"):
        with_stored({"GHAPP_STATE_DIR": str(tmp_path)})


PEM = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"


def test_the_environment_s_github_goes_before_the_stored_one(tmp_path):
    values = {"APP_ID": "1", "PRIVATE_KEY": PEM, "WEBHOOK_SECRET": "s", "GITHUB_API_URL": "https://g/api/v3"}
    store(tmp_path, values)
    environ = {"GHAPP_STATE_DIR": str(tmp_path)}
    assert settings_from(with_stored(environ)).github_api_url == "https://g/api/v3"
    environ["GITHUB_API_URL"] = "https://h/api/v3"
    assert settings_from(with_stored(environ)).github_api_url == "https://h/api/v3"


@pytest.mark.parametrize(
    "typed",
    [
        {"organisation": HOSTILE},
        {"webhook": HOSTILE},
        {"webhook": f"https://localhost/{HOSTILE}"},
        {"name": HOSTILE * 3},
        {"organisation": "../../x"},
        {"organisation": ""},
        {"organisation": "a" * 40},
        {"account": HOSTILE, "organisation": HOSTILE},
    ],
)
def test_what_people_typed_is_refused_and_shown_escaped(inside, typed):
    answer = inside.ask(**typed)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<script>" not in answer.text
    for name in set(typed) - {"account"}:
        assert f'name="{name}"' in answer.text
        assert f'value="{escaped(typed[name])}"' in answer.text


def escaped(text):
    for plain, shown in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;")):
        text = text.replace(plain, shown)
    return text


def test_hostile_names_that_are_allowed_are_escaped(inside):
    answer = inside.ask(name="<b>'\"&")
    assert answer.status_code == 200
    assert "<b>" not in answer.text
    assert "<dd>" + escaped("<b>'") in answer.text
    assert json.loads(fields(answer.text)["manifest"])["name"] == "<b>'\"&"


def test_behind_a_proxy_that_is_trusted_its_addresses_come_out(jobs):
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "cards.example.com", "X-Forwarded-For": "9.9.9.9"}
    for trusted, base in (("1", "https://cards.example.com"), ("0", "http://localhost")):
        one = Visit(jobs, GHAPP_TRUST_PROXY=trusted)
        try:
            one.browser.environ_base.update({f"HTTP_{k.upper().replace('-', '_')}": v for k, v in forwarded.items()})
            cookie = one.open().headers["Set-Cookie"]
            assert ("Secure" in cookie) == (trusted == "1")
            # The test client goes by its own address; a browser would send the cookie.
            one.browser.set_cookie("ghapp_setup", re.search("ghapp_setup=([^;]*)", cookie)[1], path="/setup")
            page = one.browser.get("/setup").text
            assert ('value="https://cards.example.com/webhook"' in page) == (trusted == "1")
            assert one.leave()[1]["redirect_url"] == f"{base}/setup/created"
        finally:
            one.close()
