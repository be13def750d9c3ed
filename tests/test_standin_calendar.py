"""The stand-in's calendar runs ahead of the clock; its limits, lags and tokens do not."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from ghapp.calendar import Calendar

START = "2026-01-05T23:00:00Z"


def when(text):
    return datetime.fromisoformat(text)


def test_records_bear_the_calendars_dates(github):
    github.control("/_clock", speed=86_400, start=START)
    first = github.ask("POST", "/issues", json={"title": "x"}).json()
    time.sleep(0.2)  # some five hours
    github.control("/_push", head_sha=github.names[1])
    activity = github.get("/activity").json()[0]
    pushed_at = github.get("").json()["pushed_at"]
    assert when(START) <= when(first["created_at"]) < when(START) + timedelta(days=4)
    assert when(activity["timestamp"]) - when(first["created_at"]) >= timedelta(hours=4)
    assert pushed_at == activity["timestamp"]
    installation = github.control("/_install", account="other", action="created")["installation_id"]
    created_at = github.app("GET", f"/app/installations/{installation}").json()["created_at"]
    assert when(activity["timestamp"]) <= when(created_at) < when(START) + timedelta(days=30)


def test_deliveries_bear_the_calendars_dates(world):
    world.post("/_clock", speed=1440, start=START)
    world.post("/_push", head_sha=world.names[1])
    with world.app() as app:
        (listed, *_) = app.rest.apps.list_webhook_deliveries().parsed_data
    assert when(START) <= listed.delivered_at < when(START) + timedelta(hours=12)


def test_the_product_is_told_the_same_calendar(github):
    answer = github.control("/_clock", speed=1440, start=START)
    calendar = Calendar.read(answer["calendar"])
    assert (calendar.shown, calendar.speed) == (when(START).timestamp(), 1440)
    assert abs(calendar.at(time.time()) - github.world.now().timestamp()) < 1440
    again = Calendar.read(github.stand_in.set_calendar(10, when(START)))
    assert abs(again.at(time.time()) - github.world.now().timestamp()) < 60


def test_a_calendar_from_a_given_moment(github):
    real = time.time() - 100
    assert github.control("/_clock", speed=3600, start="2026-01-05T00:00", real=real)["calendar"].startswith(
        f"{real!r}:"
    )
    assert github.world.now() >= datetime(2026, 1, 9, 4, tzinfo=UTC)


def test_tokens_and_the_primary_limit_keep_to_the_clock(github):
    before = int(github.get("").headers["x-ratelimit-reset"])
    github.control("/_clock", speed=1e6, start=START)
    time.sleep(0.05)  # fourteen hours
    answer = github.get("")
    assert answer.status_code == 200
    assert int(answer.headers["x-ratelimit-reset"]) == before
    token = github.app("POST", f"/app/installations/{github.installation_id}/access_tokens").json()
    assert 3500 < when(token["expires_at"]).timestamp() - time.time() < 3700


def test_the_secondary_limit_keeps_to_the_clock(github):
    github.control("/_behaviour", per_minute=1)
    github.control("/_clock", speed=1e6, start=START)
    assert github.ask("POST", "/issues", json={"title": "x"}).status_code == 201
    time.sleep(0.05)
    refused = github.ask("POST", "/issues", json={"title": "y"})
    assert (refused.status_code, int(refused.headers["retry-after"]) > 50) == (403, True)


def test_minutes_and_hours_of_limits_can_be_shorter(github):
    github.control("/_behaviour", per_minute=1, minute=10, per_hour=2, hour=100)
    issue = {"title": "x"}
    assert github.ask("POST", "/issues", json=issue).status_code == 201
    assert int(github.ask("POST", "/issues", json=issue).headers["retry-after"]) <= 11
    github.control("/_clock", advance=11)
    assert github.ask("POST", "/issues", json=issue).status_code == 201
    github.control("/_clock", advance=11)
    assert 11 < int(github.ask("POST", "/issues", json=issue).headers["retry-after"]) <= 101
    github.control("/_clock", advance=100)
    assert github.ask("POST", "/issues", json=issue).status_code == 201


def test_the_hour_of_the_primary_limit_can_be_shorter(github):
    github.control("/_behaviour", primary=1, hour=100)
    github.control("/_clock", advance=3000)
    assert [github.get("").status_code for _ in range(2)] == [200, 403]
    github.control("/_clock", advance=100)
    assert github.get("").status_code == 200


def test_advancing_moves_calendar_and_clock(github):
    github.control("/_clock", speed=1, start=START)
    github.control("/_clock", advance=3601)
    assert github.world.now() >= when(START) + timedelta(seconds=3601)
    assert github.get("").status_code == 401


@pytest.mark.parametrize("body", [{"speed": 2}, {"speed": 2, "start": "soon"}, {"speed": 2, "start": None}, {}])
def test_a_calendar_that_is_none(github, body):
    assert github.client.post("/_clock", json=body).status_code == 422
