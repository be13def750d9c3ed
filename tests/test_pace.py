"""Slots and limits, by many threads at once on a real Redis, and through the real client against the stand-in."""

import contextlib
import email.utils
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ghapp import keys
from ghapp.demo.sample import SampleCommit
from ghapp.github import Installation, RefusedError
from ghapp.jobqueue import PostponedError
from ghapp.pace import AHEAD_SECONDS, TURN_SECONDS, Pace, Rates, is_urgent
from tests.client import GitHubSide

DIGEST, CARD = "render:1:2026-01-08", "card:1:1"
LIMITED = keys.LIMITED


@pytest.fixture
def pace(connection):
    """A pace for a due key of an installation."""

    def made(key, rates, installation=5):
        return Pace(connection, installation, rates, key)

    return made


def redis_time(connection):
    seconds, micros = connection.time()
    return seconds + micros / 1e6


def refused(pace):
    """For how long a slot is refused."""
    with pytest.raises(PostponedError) as caught:
        pace.take_slot()
    return caught.value.seconds


def together(*calls):
    """The result (or the error) of each call, all made at once."""
    barrier = threading.Barrier(len(calls))

    def one(call):
        barrier.wait()
        try:
            return call()
        except PostponedError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


# --- slots -------------------------------------------------------------------------------------------------


def test_slots_of_all_are_never_too_near_and_never_too_many_in_an_hour(connection, pace):
    rates = Rates(per_second=100, per_hour=45, hour=2.5)
    end = time.monotonic() + 6
    before_their_time = []

    def asks(number):
        kind = "render:{}:2026-01-08" if number % 3 == 0 else "card:{}:1"
        found = []
        while time.monotonic() < end:
            one = pace(kind.format(number), rates)
            try:
                found.append(one.take_slot())
            except PostponedError as error:
                time.sleep(min(error.seconds, 0.001 * (5 + number)))
                continue
            if redis_time(connection) < found[-1]:
                before_their_time.append(found[-1])
        return found

    with ThreadPoolExecutor(12) as pool:
        slots = sorted(itertools.chain(*pool.map(asks, range(12))))
    assert before_their_time == []
    assert min(after - one for one, after in itertools.pairwise(slots)) >= 0.01 - 1e-5
    # Any hour that begins just after a slot: that slot and the 45th after it may not be less than an hour apart.
    assert min(after - one for one, after in zip(slots, slots[45:], strict=False)) >= 2.5 - 1e-5
    assert len(slots) > 2 * 45 - 6


def test_installations_have_slots_of_their_own(pace):
    rates = Rates(per_second=0.1, per_hour=450)
    first, other = pace(CARD, rates, 5), pace(CARD, rates, 6)
    first.take_slot()
    assert refused(first) == pytest.approx(10, abs=1)
    other.take_slot()


def test_a_slot_that_is_near_is_slept_for_and_one_that_is_not_is_not_reserved(pace, connection):
    rates = Rates(per_second=1, per_hour=450)
    asked = [pace(f"render:{number}:2026-01-08", rates).take_slot for number in range(5)]
    began = redis_time(connection)
    answers = together(*asked)
    slots = sorted(one for one in answers if isinstance(one, float))
    waits = sorted(one.seconds for one in answers if isinstance(one, PostponedError))
    assert [slot - slots[0] for slot in slots] == pytest.approx([0, 1, 2], abs=1e-3) or len(slots) == 2
    assert redis_time(connection) - began >= slots[-1] - slots[0]
    assert min(waits) > AHEAD_SECONDS
    assert connection.zcard(keys.slots(5)) == len(slots)


def test_a_slot_of_a_job_that_died_costs_one_interval(pace):
    rates = Rates(per_second=2, per_hour=450)
    lost = pace(CARD, rates).take_slot()
    assert pace("card:1:2", rates).take_slot() - lost == pytest.approx(0.5, abs=0.2)


def test_what_is_urgent():
    urgent = ("command:1:9", "landing:1", "render:1:2026-01-08", "sweep:app", "repair:1")
    assert all(is_urgent(key) for key in urgent)
    assert not any(is_urgent(key) for key in (CARD, "entry:1:2026-01-08:abc", "reading:1:pull:7", "", "unknown:1"))


def test_a_card_gets_no_slot_while_a_digest_waits_for_its_turn(pace):
    rates = Rates(per_second=0.4, per_hour=450)
    digest, card = pace(DIGEST, rates), pace(CARD, rates)
    pace("render:2:2026-01-08", rates).take_slot()
    wait = refused(digest)
    assert wait == pytest.approx(2.5, abs=0.3)
    assert refused(card) == pytest.approx(5, abs=0.3)
    time.sleep(wait)
    # The slot is free, and the digest was not quite as quick.
    assert refused(card) > 0
    digest.take_slot()
    assert refused(card) == pytest.approx(2.5, abs=0.5)


def test_a_digest_that_does_not_come_back_loses_its_turn(pace, connection):
    rates = Rates(per_second=0.4, per_hour=450)
    pace("render:2:2026-01-08", rates).take_slot()
    refused(pace(DIGEST, rates))
    past = redis_time(connection) - TURN_SECONDS
    connection.zadd(keys.turns(5), {f"u:{DIGEST}": past})
    connection.delete(keys.slots(5))
    pace(CARD, rates).take_slot()


def test_cards_leave_room_for_a_digest_that_asks_next(pace):
    rates = Rates(per_second=1, per_hour=450)
    ready = threading.Event()

    def digest():
        ready.wait()
        return pace(DIGEST, rates).take_slot()

    with ThreadPoolExecutor(7) as pool:
        late = pool.submit(digest)
        cards = [pool.submit(pace(f"card:1:{number}", rates).take_slot) for number in range(6)]
        time.sleep(0.3)
        ready.set()
        # It would be refused if the cards held every slot of the next two seconds.
        at = late.result()
    had = [one.result() for one in cards if one.exception() is None]
    assert 1 <= len(had) <= 2
    assert at > max(had)


def test_the_last_part_of_an_hour_is_for_digests(pace):
    rates = Rates(per_second=1000, per_hour=45)
    assert rates.kept == 6
    for number in range(39):
        pace(f"card:1:{number}", rates).take_slot()
    assert refused(pace("card:1:39", rates)) == pytest.approx(3600, abs=5)
    for number in range(6):
        pace(f"render:{number}:2026-01-08", rates).take_slot()
    assert refused(pace("render:6:2026-01-08", rates)) == pytest.approx(3600, abs=5)


def test_those_who_wait_are_told_different_times_and_come_before_new_ones(pace):
    rates = Rates(per_second=5, per_hour=3, hour=3.0)
    for number in range(3):
        pace(f"card:1:{number}", rates).take_slot()
    waits = [refused(pace(f"card:1:{number}", rates)) for number in (3, 4, 5)]
    assert all(later - one >= 0.15 for one, later in itertools.pairwise(waits))
    time.sleep(waits[0])
    # It is refused although there is a slot, as the others were first.
    assert refused(pace("card:1:6", rates)) > 0
    pace("card:1:3", rates).take_slot()


def test_many_who_ask_at_once_are_not_told_to_come_back_at_once(pace):
    """Each time that a card is put back it reads everything again, and that is limited, too."""
    rates = Rates(per_second=0.4, per_hour=450)
    answers = together(*(pace(f"card:1:{number}", rates).take_slot for number in range(30)))
    waits = sorted(one.seconds for one in answers if isinstance(one, PostponedError))
    assert len(waits) == 29
    assert waits == pytest.approx([2.5 * place for place in range(1, 30)], abs=1)


# --- limits ------------------------------------------------------------------------------------------------

RATES = Rates(per_second=1000, per_hour=100_000)


def test_a_limit_stops_one_installation_until_it_is_over(pace):
    limited, other = pace(DIGEST, RATES, 5), pace(DIGEST, RATES, 6)
    assert limited.stop(1.0) == pytest.approx(1, abs=0.1)
    for asks in (limited.go_ahead, limited.take_slot, pace(CARD, RATES, 5).go_ahead):
        with pytest.raises(PostponedError) as caught:
            asks()
        assert 0 < caught.value.seconds <= 1
    other.go_ahead()
    other.take_slot()
    time.sleep(1.01)
    limited.go_ahead()
    limited.take_slot()


def test_a_longer_limit_stays_and_absurd_ones_are_cut(pace):
    one = pace(CARD, RATES)
    assert one.stop(600) == pytest.approx(600, abs=1)
    assert one.stop(5) == pytest.approx(600, abs=1)
    assert one.stop(1e9) == pytest.approx(3660, abs=1)


def test_a_limit_without_a_time_lasts_a_minute_and_doubles_while_it_is_met_again(pace, connection):
    one = pace(CARD, RATES)
    for waited in (60, 120, 240, 480, 960, 1920, 3660, 3660):
        assert one.stop(None) == pytest.approx(waited, abs=1)
        # Another request was under way and is refused, too: that is no second time.
        assert pace(DIGEST, RATES).stop(None) == pytest.approx(waited, abs=1)
        assert waited <= connection.ttl(keys.backoff(5)) <= 2 * waited
        connection.zrem(LIMITED, 5)
    assert pace(CARD, RATES, 6).stop(None) == pytest.approx(60, abs=1)
    # It is forgotten by itself; here and now at once.
    connection.delete(keys.backoff(5))
    assert one.stop(None) == pytest.approx(60, abs=1)


def test_no_job_of_a_limited_installation_is_started_and_no_ticket_made_for_it(jobs, connection, pace):
    for number in range(3):
        jobs.mark(f"card:1:{number}", 5)
    jobs.mark("card:2:1", 6)
    pace(CARD, RATES, 5).stop(1.0)
    jobs.tickets.empty()
    assert jobs.top_up() == 1
    with jobs.taken() as lease, jobs.taken() as second:
        assert (lease.key, second) == ("card:2:1", None)
    jobs.tickets.empty()
    assert jobs.top_up() == 0
    time.sleep(1.01)
    assert jobs.top_up() == 3
    with jobs.taken() as lease:
        assert lease.installation == 5


def test_a_limited_installation_takes_no_share_of_the_workers(jobs, connection, pace):
    connection.sadd("rq:workers", "rq:worker:1", "rq:worker:2")
    jobs.mark("card:1:1", 5)
    for number in range(2):
        jobs.mark(f"card:2:{number}", 6)
    pace(CARD, RATES, 5).stop(30)
    with jobs.taken() as first, jobs.taken() as second:
        assert {first.key, second.key} == {"card:2:0", "card:2:1"}


# --- the client --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def side(redis_url, tmp_path_factory):
    with GitHubSide(redis_url, tmp_path_factory.mktemp("served")) as made:
        made.served = made.serve("paced", [SampleCommit("Begin", {"a": "1\n"})])
        yield made


@pytest.fixture
def client(side):
    """The client with nothing known of a pace or a limit, towards a GitHub that works."""
    side.connection.delete(LIMITED, keys.slots(side.installation), keys.backoff(side.installation))
    side.control("/_faults", "DELETE")
    side.writes()
    return side.client


LABELS = "POST /repos/{}/labels"
ISSUES = "GET /repos/{}/issues"


def a_label(side, client, name):
    path = f"/repositories/{side.served.id}/labels"
    return client.write("POST", path, {"name": name, "color": "1d76db"}, 201)


def slots(side):
    return side.connection.zcard(keys.slots(side.installation))


def limited_for(side):
    ends = side.connection.zscore(LIMITED, side.installation)
    return None if ends is None else ends - redis_time(side.connection)


REFUSALS = {
    "seconds": ({"status": 403, "headers": {"retry-after": "20"}}, 20),
    "date": ({"status": 429, "headers": {"retry-after": email.utils.formatdate(time.time() + 600, usegmt=True)}}, None),
    "primary": ({"status": 403, "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}}, 1),
    "unnamed": ({"status": 403, "body": {"message": "You have exceeded a secondary rate limit."}}, 60),
    "nonsense": ({"status": 429, "headers": {"retry-after": "in a while"}}, 60),
    "absurd": ({"status": 403, "headers": {"retry-after": "999999999"}}, 3660),
}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("write", [False, True])
def test_a_refusal_puts_back_stops_the_installation_and_is_not_tried_again(side, client, name, write):
    fault, seconds = REFUSALS[name]
    side.control("/_faults", route=LABELS if write else ISSUES, **fault, times=None)
    with pytest.raises(PostponedError) as caught:
        a_label(side, client, name) if write else client.get(f"/repositories/{side.served.id}/issues")
    if seconds is None:
        assert 0 < caught.value.seconds <= 600
    else:
        assert caught.value.seconds == pytest.approx(seconds, abs=1)
    assert limited_for(side) == pytest.approx(caught.value.seconds, abs=1)
    counted = side.control("/_requests", "GET")["by_route"]
    assert counted[LABELS if write else ISSUES] == 1


def test_nothing_is_sent_while_it_is_limited(side, client):
    side.control("/_faults", route=ISSUES, status=403, headers={"retry-after": "20"})
    other = Installation(side.settings, side.settings.credentials, side.connection, side.installation, DIGEST)
    with other, contextlib.suppress(PostponedError):
        client.get(f"/repositories/{side.served.id}/issues")
    side.writes()
    with other:
        for asks in (
            lambda: other.get(f"/repositories/{side.served.id}/issues"),
            lambda: a_label(side, other, "refused"),
            lambda: client.get(f"/repositories/{side.served.id}"),
        ):
            with pytest.raises(PostponedError):
                asks()
    assert side.control("/_requests", "GET")["total"] == 0
    assert slots(side) == 0


def test_a_limit_on_minting_a_token_is_one(side, client):
    side.control("/_tokens", "DELETE")
    for key in side.connection.scan_iter(match=f"{keys.TOKENS}:{side.installation}:*"):
        side.connection.delete(key)
    side.control(
        "/_faults", route="POST /app/installations/{}/access_tokens", status=403, headers={"retry-after": "20"}
    )
    with pytest.raises(PostponedError) as caught:
        client.get(f"/repositories/{side.served.id}")
    assert caught.value.seconds == pytest.approx(20, abs=1)


def test_a_refusal_for_want_of_a_permission_is_no_limit(side, client):
    side.control("/_faults", route=LABELS, status=403)
    with pytest.raises(RefusedError):
        a_label(side, client, "forbidden")
    assert limited_for(side) is None


def test_each_write_has_a_slot_also_when_it_is_sent_again(side, client):
    a_label(side, client, "one")
    made = client.write("POST", f"/repositories/{side.served.id}/issues", {"title": "t"}, 201)
    assert slots(side) == 2
    side.control("/_faults", route="PATCH /repos/{}/issues/{}", status=502)
    client.write("PATCH", f"/repositories/{side.served.id}/issues/{made['number']}", {"title": "u"}, 200)
    assert slots(side) == 4
    assert side.writes() == 4


def test_reads_and_dry_runs_take_no_slot(side, client):
    client.get(f"/repositories/{side.served.id}/issues")
    settings = replace(side.settings, dry_run=True)
    with Installation(settings, settings.credentials, side.connection, side.installation, DIGEST) as dry:
        dry.ready_to_write()
        assert a_label(side, dry, "dry") is None
    assert slots(side) == 0


def test_a_slot_that_was_taken_before_is_used_once_and_lapses(side, client):
    client.ready_to_write()
    a_label(side, client, "ready")
    assert slots(side) == 1
    a_label(side, client, "and another")
    assert slots(side) == 2
    client.ready_to_write()
    time.sleep(1.01)
    a_label(side, client, "too late")
    assert slots(side) == 4


def test_a_slot_that_is_too_far_sends_nothing(side, client):
    settings = replace(side.settings, writes_per_second=0.05)
    with Installation(settings, settings.credentials, side.connection, side.installation, DIGEST) as slow:
        a_label(side, slow, "first")
        with pytest.raises(PostponedError):
            a_label(side, slow, "second")
    assert side.writes() == 1
