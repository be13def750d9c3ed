"""The stand-in's list of deliveries, and its conditional requests."""

import time
from datetime import datetime

import pytest
from githubkit.exception import RequestFailed


@pytest.mark.parametrize("path", ["/pulls?state=open", "/installation/repositories"])
def test_lists_are_revalidated_for_free(github, path):
    first = github.get(path)
    again = github.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"]
    github.control("/_clock", advance=60)
    github.control("/_push", head_sha=github.names[1])
    github.open_pull(head=2, base=1)
    changed = github.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def deliveries(world, query=""):
    with world.app() as app:
        return app.request("GET", f"/app/hook/deliveries{query}").json()


def test_deliveries_are_kept_for_three_days(world):
    world.post("/_push", head_sha=world.names[1], deliver="lost")
    (lost,) = deliveries(world)
    world.client.post("/_clock", json={"advance": 3 * 86_400 - 60})
    assert deliveries(world) == [lost]
    world.client.post("/_clock", json={"advance": 120})
    assert deliveries(world) == []
    with world.app() as app, pytest.raises(RequestFailed) as refused:
        app.rest.apps.redeliver_webhook_delivery(lost["id"])
    assert refused.value.response.status_code == 404


def test_a_redelivery_is_listed_besides_what_it_repeats(world):
    world.post("/_push", head_sha=world.names[1], deliver="lost")
    (lost,) = deliveries(world)
    with world.app() as app:
        assert app.rest.apps.redeliver_webhook_delivery(lost["id"]).status_code == 202
    world.receiver.wait(1)
    rows = wait_for(lambda: deliveries(world), 2)
    assert [(row["guid"], row["redelivery"], row["status"]) for row in rows] == [
        (lost["guid"], True, "OK"),
        (lost["guid"], False, "timed out"),
    ]
    assert world.receiver.got[0][0]["X-GitHub-Delivery"] == lost["guid"]
    assert datetime.fromisoformat(rows[0]["delivered_at"])


def wait_for(read, count):
    """What `read` gives once it has so many; a delivery is listed a moment after it arrived."""
    deadline = time.monotonic() + 5
    while len(read()) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return read()


def test_failed_deliveries_can_be_asked_for_alone(world):
    world.post("/_push", head_sha=world.names[1], deliver="lost")
    world.post("/_push", head_sha=world.names[2])
    assert [row["status"] for row in deliveries(world, "?status=failure")] == ["timed out"]
    assert [row["status"] for row in deliveries(world, "?status=success")] == ["OK"]


def test_a_cursor_that_is_none_is_refused(world):
    with world.app() as app, pytest.raises(RequestFailed) as refused:
        app.request("GET", "/app/hook/deliveries?cursor=nope")
    assert refused.value.response.status_code == 422
