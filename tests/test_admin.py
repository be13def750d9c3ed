"""The admin page: who is let in, what it shows, and that nothing secret stands in it."""

import base64
import hashlib
import os
import re
import socket
import time

import pytest

from ghapp import presence
from ghapp.repair_state import RepairState
from ghapp.roll import Roll
from ghapp.settings import SettingsError, settings_from
from ghapp.web import create_app

TOKEN = "a-token-of-some-length-0123456789"
HTML = {"Accept": "text/html"}


@pytest.fixture
def application(credentials, jobs):
    return create_app(credentials, jobs, admin_token=TOKEN)


@pytest.fixture
def client(application):
    return application.test_client()


@pytest.fixture
def inside(client):
    assert client.post("/admin", data={"token": TOKEN}).status_code == 303
    return client


def bearer(token=TOKEN):
    return {"Authorization": f"Bearer {token}"}


def guarded(answer, style):
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    others = {name: answer.headers[name] for name in ("Referrer-Policy", "Cache-Control", "X-Content-Type-Options")}
    assert others == {
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return policy["style-src"] == f"'sha256-{hashed}'"


def test_without_a_token_there_is_no_such_page(credentials, jobs):
    client = create_app(credentials, jobs).test_client()
    assert [client.get(path).status_code for path in ("/admin", "/admin.json")] == [404, 404]


def test_a_short_token_is_a_fault_of_the_settings():
    with pytest.raises(SettingsError, match="ADMIN_TOKEN has 15 characters") as caught:
        settings_from({"ADMIN_TOKEN": "0123456789abcde"})
    assert "0123456789abcde" not in str(caught.value)
    assert settings_from({"ADMIN_TOKEN": "0123456789abcdef"}).admin_token == "0123456789abcdef"


def test_a_browser_is_asked_for_the_token_and_let_in_with_it(client):
    form = client.get("/admin", headers=HTML)
    assert (form.status_code, "Installations" in form.text, 'type="password"' in form.text) == (200, False, True)
    answer = client.post("/admin", data={"token": TOKEN})
    assert (answer.status_code, answer.location) == (303, "/admin")
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/admin"))
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    page = client.get("/admin", headers=HTML)
    assert "Installations" in page.text
    assert TOKEN not in page.text


def test_over_tls_the_cookie_is_for_tls_alone(client):
    answer = client.post("/admin", data={"token": TOKEN}, base_url="https://ghapp.example")
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/admin", "/admin.json"])
def test_every_answer_has_the_headers_and_the_style_is_the_one_they_allow(inside, path):
    for answer in (inside.get(path, headers=HTML), inside.post("/admin", data={"token": "wrong"})):
        style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
        assert guarded(answer, style[1]) if style else guarded(answer, "") is False


def test_no_session_no_page(client, connection):
    client.set_cookie("ghapp_admin", "made-up", path="/admin")
    assert "Installations" not in client.get("/admin", headers=HTML).text
    assert client.get("/admin", headers={"Accept": "application/json"}).status_code == 401
    assert client.get("/admin.json").status_code == 401
    assert connection.keys("ghapp:admin-session:*") == []


def test_who_logs_out_is_out_also_with_the_old_cookie(inside):
    cookie = inside.get_cookie("ghapp_admin", path="/admin").value
    assert inside.post("/admin/log-out").status_code == 303
    inside.set_cookie("ghapp_admin", cookie, path="/admin")
    assert "Installations" not in inside.get("/admin", headers=HTML).text


def test_another_token_ends_all_sessions(inside, credentials, jobs):
    other = create_app(credentials, jobs, admin_token=TOKEN[::-1]).test_client()
    other.set_cookie("ghapp_admin", inside.get_cookie("ghapp_admin", path="/admin").value, path="/admin")
    assert "Installations" not in other.get("/admin", headers=HTML).text


def test_a_machine_gets_json_with_a_bearer_token(client):
    for path, headers in (("/admin.json", {}), ("/admin", {"Accept": "application/json"})):
        answer = client.get(path, headers=bearer() | headers)
        assert (answer.status_code, answer.json["installations"]) == (200, [])
        assert client.get(path, headers=bearer("wrong") | headers).status_code == 401
    assert client.get(f"/admin.json?token={TOKEN}").status_code == 401


def test_after_five_wrong_tokens_in_a_minute_the_right_one_waits_too(client, connection, caplog):
    caplog.set_level("INFO")
    answers = [client.post("/admin", data={"token": f"wrong-{n}"}).status_code for n in range(5)]
    assert answers == [401] * 5
    refused = client.post("/admin", data={"token": TOKEN})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert client.get("/admin.json", headers=bearer()).status_code == 429
    assert "127.0.0.1" in caplog.text
    assert "wrong-" not in caplog.text
    assert TOKEN not in caplog.text
    # The minute is over.
    assert 0 < connection.ttl("ghapp:admin-failures:127.0.0.1") <= 60
    connection.delete("ghapp:admin-failures:127.0.0.1", "ghapp:admin-failures:all")
    assert client.post("/admin", data={"token": TOKEN}).status_code == 303


def test_right_tokens_are_not_counted(client):
    assert {client.get("/admin.json", headers=bearer()).status_code for _ in range(12)} == {200}


def test_a_form_that_is_too_large_is_not_read(client):
    assert client.post("/admin", data={"token": "x" * 5000}).status_code == 413


@pytest.fixture
def something_of_everything(connection, jobs):
    roll, state = Roll(connection), RepairState(connection)
    roll.note(5, "acme", "active")
    roll.note(6, "<b>umbrella</b>", "suspended")
    roll.refuse(7, "stranger")
    roll.refuse(7, "stranger")
    roll.worked(5, 12, "digest")
    jobs.mark("landing:1", 5)
    jobs.mark("rollover:1:2026-01-08", 5, delay=600)
    jobs.mark("card:2:9", 6)
    connection.zadd("ghapp:limited", {"5": time.time() + 1800})
    connection.hset("ghapp:repository:2", "full_name", "umbrella/parasol")
    state.give_up("card:2:7", "GET /repositories/2/pulls/7: 404")
    state.put_redelivered("guid-1", "push", 2)
    connection.lpush(
        "ghapp:dry-run", '{"at": 1, "installation": 5, "method": "POST", "path": "/there", "fields": ["body"]}'
    )
    heartbeat = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - 120))
    presence.show_clock(connection)
    connection.sadd("rq:workers", "rq:worker:one")
    connection.hset(
        "rq:worker:one", mapping={"hostname": "here", "pid": 42, "state": "idle", "last_heartbeat": heartbeat}
    )


@pytest.mark.usefixtures("something_of_everything")
def test_what_it_shows(inside):
    seen = inside.get("/admin", headers={"Accept": "application/json"}).json
    rows = {row["known"]["account"]: row for row in seen["installations"]}
    assert {name: row["known"]["state"] for name, row in rows.items()} == {
        "acme": "active",
        "<b>umbrella</b>": "suspended",
        "stranger": "refused",
    }
    assert (rows["stranger"]["known"]["ignored"], rows["acme"]["known"]["requests"]) == (2, 12)
    assert rows["acme"]["known"]["digest_at"] == pytest.approx(time.time(), abs=10)
    assert (rows["acme"]["waiting"]["due"], rows["acme"]["waiting"]["later"]) == (1, 1)
    assert rows["acme"]["limited"] == pytest.approx(1800, abs=10)
    assert {name: one["due"] for name, one in seen["classes"].items() if one["due"]} == {
        "landings and repair": 1,
        "cards and entries": 1,
    }
    (given_up,) = seen["given_up"]
    assert (given_up["key"], given_up["about"]) == ("card:2:7", "umbrella/parasol")
    assert seen["workers"][0]["heartbeat"] == pytest.approx(time.time() - 120, abs=10)
    assert seen["redelivered"][0]["guid"] == "guid-1"
    assert seen["clocks"] == [{"host": socket.gethostname(), "pid": os.getpid()}]
    page = inside.get("/admin", headers=HTML).text
    for text in ("acme", "&lt;b&gt;umbrella", "2 ignored", "limited for 30 min", "POST /there", "2 min ago", "guid-1"):
        assert text in page


def test_an_unreachable_redis_is_503(credentials, tmp_path):
    from ghapp import redis_server
    from ghapp.jobqueue import JobQueue

    lost = JobQueue(redis_server.connect(f"unix://{tmp_path}/none.sock", 1.5))
    client = create_app(credentials, lost, admin_token=TOKEN).test_client()
    assert client.get("/admin.json", headers=bearer()).status_code == 503
    assert client.post("/admin", data={"token": TOKEN}).status_code == 503
