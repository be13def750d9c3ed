import json
import os
import signal
import threading
import time

import pytest
import redis

from ghapp import redis_server
from ghapp.events import ROUTES
from ghapp.jobqueue import JobQueue
from ghapp.roll import Roll
from ghapp.settings import settings_from
from ghapp.web import MAX_BODY_BYTES, create_app
from tests.conftest import SECRET, signed

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"


@pytest.fixture
def client(credentials, jobs):
    return create_app(credentials, jobs).test_client()


def post(client, payload, event="push", guid=GUID, **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return client.post("/webhook", data=body, headers={**signed(body, event, guid), **headers})


def due_keys(connection):
    return sorted(key.decode().removeprefix("ghapp:due:") for key in connection.keys("ghapp:due:*"))


def test_recorded_deliveries_equal_routes(deliveries):
    assert set(deliveries) == {event if action is None else f"{event}.{action}" for event, action in ROUTES}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("pull_request.opened", "card:1296269:42"),
        ("pull_request.reopened", "card:1296269:42"),
        ("pull_request.ready_for_review", "card:1296269:42"),
        ("pull_request.synchronize", "card:1296269:42"),
        ("pull_request.edited", "card:1296269:42"),
        ("pull_request.closed", "landing:1296269"),
        ("push", "landing:1296269"),
        ("issue_comment.created", "command:1296269:99262140"),
        ("repository.edited", "landing:1296269"),
        ("repository.renamed", "landing:1296269"),
        ("repository.transferred", "landing:1296269"),
        ("repository.archived", "landing:1296269"),
        ("repository.unarchived", "landing:1296269"),
        ("repository.publicized", "landing:1296269"),
        ("repository.privatized", "landing:1296269"),
        ("repository.deleted", "roster:4711"),
        ("installation.created", "standing:4711"),
        ("installation.unsuspend", "standing:4711"),
        ("installation.suspend", "standing:4711"),
        ("installation.deleted", "standing:4711"),
        ("installation.new_permissions_accepted", "repair:4711"),
        ("installation_repositories.added", "repair:4711"),
        ("installation_repositories.removed", "roster:4711"),
    ],
)
def test_each_route_marks_its_key(client, connection, jobs, deliveries, name, key):
    answer = post(client, deliveries[name], name.split(".", maxsplit=1)[0])
    assert (answer.status_code, answer.json) == (202, {"status": "queued", "reason": key})
    assert due_keys(connection) == [key]
    assert jobs.tickets.count == 1


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 63,
        "sha256=" + "0" * 64,
        "sha256=" + "0" * 65,
        "sha256=é",
        "sha1=" + "0" * 40,
    ],
    ids=["none", "empty", "no hex", "short", "wrong", "long", "not ASCII", "SHA-1"],
)
def test_a_delivery_that_is_not_authentic_is_refused(client, connection, deliveries, signature):
    body = json.dumps(deliveries["push"]).encode()
    headers = signed(body, "push", GUID)
    del headers["X-Hub-Signature-256"]
    if signature is not None:
        headers["X-Hub-Signature-256"] = signature
    assert client.post("/webhook", data=body, headers=headers).status_code == 401
    assert connection.keys("*") == []


def test_a_sha1_signature_alone_is_refused(client, deliveries):
    import hashlib
    import hmac

    body = json.dumps(deliveries["push"]).encode()
    headers = {"X-Hub-Signature": "sha1=" + hmac.new(SECRET, body, hashlib.sha1).hexdigest(), "X-GitHub-Event": "push"}
    assert client.post("/webhook", data=body, headers=headers).status_code == 401


def test_github_s_published_test_vector():
    from ghapp.delivery import is_authentic

    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_authentic((b"other", b"It's a Secret to Everybody"), b"Hello, World!", expected)


@pytest.mark.parametrize("body", [b"", b"{", b"[1, 2]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_a_json_object_is_400(client, connection, body):
    answer = post(client, body)
    assert answer.status_code == 400
    assert connection.keys("*") == []


@pytest.mark.parametrize("missing", ["X-GitHub-Event", "X-GitHub-Delivery"])
def test_a_missing_header_is_400(client, deliveries, missing):
    body = json.dumps(deliveries["push"]).encode()
    headers = signed(body, "push", GUID)
    del headers[missing]
    assert client.post("/webhook", data=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("pull_request.opened", {"repository": None}),
        ("pull_request.opened", {"installation": None}),
        ("pull_request.opened", {"pull_request": None}),
        ("pull_request.opened", {"pull_request": {"number": "42"}}),
        ("pull_request.closed", {"pull_request": {"merged": True, "base": None}}),
        ("pull_request.edited", {"changes": None}),
        ("pull_request.edited", {"changes": {"body": {"from": ""}}}),
        ("push", {"after": None}),
        ("push", {"after": "not an object name"}),
        ("push", {"ref": "refs/tags/v1"}),
        ("push", {"ref": "refs/heads/gh-readonly-queue/main/pr-1"}),
        ("push", {"deleted": True}),
        ("issue_comment.created", {"comment": {"id": 1, "body": "see /ghapp review"}}),
        ("issue_comment.created", {"comment": {"id": 1, "body": "/ghapp", "performed_via_github_app": {"id": 7}}}),
        ("issue_comment.created", {"sender": {"login": "x[bot]", "type": "Bot"}}),
        ("issue_comment.created", {"issue": {"number": 1}}),
        ("repository.edited", {"changes": {"description": {"from": ""}}}),
        ("repository.renamed", {"installation": None}),
        ("installation.created", {"installation": {}}),
        ("installation.suspend", {"installation": None}),
        ("installation.deleted", {"installation": {"id": "4711"}}),
        ("installation_repositories.removed", {"installation": None}),
    ],
)
def test_what_asks_for_nothing_is_200_with_the_reason(client, connection, deliveries, name, change):
    answer = post(client, deliveries[name] | change, name.split(".", maxsplit=1)[0])
    assert (answer.status_code, answer.json["status"]) == (200, "ignored")
    assert answer.json["reason"]
    assert connection.keys("*") == []


def test_a_deleted_fork_and_a_ghost_user_are_no_obstacle(client, deliveries):
    payload = deliveries["pull_request.synchronize"]
    payload["pull_request"]["head"]["repo"] = None
    payload["pull_request"]["user"] = None
    payload["sender"] = None
    assert post(client, payload, "pull_request").status_code == 202


@pytest.mark.parametrize("event", ["ping", "star", "an_event_of_tomorrow"])
def test_other_events_are_ignored(client, event):
    assert post(client, {"zen": "Design for failure.", "action": "created"}, event).status_code == 200


def test_26_megabytes_are_413(client):
    body = b"{" + b" " * (MAX_BODY_BYTES + 1) + b"}"
    assert post(client, body).status_code == 413


def test_the_same_delivery_five_times_marks_once(client, connection, jobs, deliveries):
    answers = [post(client, deliveries["push"]).status_code for _ in range(5)]
    assert answers == [202, 200, 200, 200, 200]
    assert connection.hget("ghapp:due:landing:1296269", "version") == b"1"
    assert jobs.tickets.count == 1


def test_the_same_delivery_at_once_marks_once(credentials, redis_url, connection, deliveries):
    body = json.dumps(deliveries["push"]).encode()
    answers = []

    def send():
        app = create_app(credentials, JobQueue(redis_server.connect(redis_url)))
        answers.append(app.test_client().post("/webhook", data=body, headers=signed(body, "push", GUID)).status_code)

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200, 200, 200, 202]
    assert connection.hget("ghapp:due:landing:1296269", "version") == b"1"


def test_either_of_two_secrets_is_right(jobs, deliveries):
    from ghapp.settings import Credentials

    client = create_app(Credentials(7, ("-----BEGIN",), (b"new", b"old")), jobs).test_client()
    body = json.dumps(deliveries["push"]).encode()
    for number, secret in enumerate((b"new", b"old", b"older")):
        headers = signed(body, "push", f"guid-{number}", secret)
        assert client.post("/webhook", data=body, headers=headers).status_code == (401 if secret == b"older" else 202)


def test_set_up_mode_answers_503(jobs, deliveries):
    client = create_app(None, jobs).test_client()
    assert post(client, deliveries["push"]).status_code == 503
    assert client.get("/healthz").status_code == 200


def test_an_unreachable_redis_is_503(credentials, tmp_path, deliveries):
    lost = JobQueue(redis_server.connect(f"unix://{tmp_path}/none.sock", 1.5))
    client = create_app(credentials, lost).test_client()
    assert post(client, deliveries["push"]).status_code == 503
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_a_redis_that_hangs_is_503_within_two_seconds(credentials, tmp_path_factory, deliveries):
    import shutil
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp(prefix="ghapp-"))
    process, url = redis_server.start(folder, persistent=False)
    try:
        client = create_app(credentials, JobQueue(redis_server.connect(url, 1.5))).test_client()
        assert post(client, deliveries["push"]).status_code == 202
        os.kill(process.pid, signal.SIGSTOP)
        began = time.monotonic()
        assert post(client, deliveries["push"], guid="another").status_code == 503
        assert time.monotonic() - began < 2
        os.kill(process.pid, signal.SIGCONT)
        # What was refused is not lost: the redelivery of the same GUID is taken or known.
        assert post(client, deliveries["push"], guid="another").status_code in (202, 200)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def test_readyz_when_all_is_well(client):
    assert client.get("/readyz").status_code == 200
    with pytest.raises(redis.RedisError):
        redis_server.connect("unix:///nowhere.sock").ping()


def test_what_comes_of_an_account_that_is_not_allowed_is_ignored_and_counted(
    credentials, connection, jobs, deliveries, redis_url
):
    settings = settings_from({"GHAPP_ALLOWED_ACCOUNTS": "acme"})
    client = create_app(credentials, jobs, settings.serves).test_client()
    for number, name in enumerate(("push", "pull_request.opened", "installation.created")):
        answer = post(client, deliveries[name], name.split(".", maxsplit=1)[0], f"guid-{number}")
        assert (answer.status_code, answer.json["status"]) == (200, "ignored")
    assert due_keys(connection) == []
    (known,) = Roll(connection).all()
    assert (known.id, known.state, known.ignored) == (4711, "refused", 3)
    allowed = settings_from({"GHAPP_ALLOWED_ACCOUNTS": f"acme, {known.account.upper()}"})
    client = create_app(credentials, jobs, allowed.serves).test_client()
    assert post(client, deliveries["push"], guid="guid-9").status_code == 202


def test_an_installation_that_is_suspended_or_deleted_is_left_alone_from_the_delivery_on(
    client, connection, jobs, deliveries
):
    connection.set("ghapp:token:4711::auth", "a token")
    connection.set("ghapp:token:47::auth", "another one's")
    jobs.mark("card:1:1", 4711)
    jobs.mark("card:2:1", 47)
    assert post(client, deliveries["installation.suspend"], "installation").status_code == 202
    assert connection.keys("ghapp:token:*") == [b"ghapp:token:47::auth"]
    taken = []
    for _ in range(3):
        with jobs.taken() as lease:
            taken.append(lease and (lease.key, lease.installation))
    # The key that asks GitHub whether it is so, as the App; and the other's.
    assert taken == [("standing:4711", 0), ("card:2:1", 47), None]
