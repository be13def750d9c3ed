"""What no delivery told of: found on the clock, at start-up, by installation events, and by asking for deliveries."""

import threading
import time
from collections import Counter, defaultdict
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ghapp import redeliveries, redis_server
from ghapp.clock import keep_time
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.jobqueue import JobQueue
from ghapp.repair_state import RepairState
from ghapp.waiting import waiting
from tests.client import GitHubSide
from tests.installation import System, commits

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def system():
    """With a sweep every two seconds, and one at the start."""
    with System(GHAPP_REPAIR_INTERVAL="2") as made:
        yield made


@pytest.fixture
def quiet():
    """Without sweeps but the one at the start."""
    with System(GHAPP_REPAIR_INTERVAL="86400") as made:
        yield made


def cards(project, number):
    return [said for said in project.comments() if said.number == number and said.body.startswith("<!-- ghapp:card")]


def shows(project, number, head):
    """Whether the one card of a pull request is of this head."""
    return [project.names[head][:7] in card.body for card in cards(project, number)] == [True]


def attempts(system):
    """GUID -> the status codes of the attempts at that delivery, oldest first."""
    found = defaultdict(list)
    for one in list(system.world.deliveries):
        found[one.guid].append(one.status_code)
    return found


def sweeps(system):
    return system.requests()["by_route"].get("GET /app/hook/deliveries", 0)


def swept(system, times=1):
    """Wait until so many more sweeps have begun, and what they asked for is done."""
    before = sweeps(system)
    system.wait(lambda: sweeps(system) >= before + times)
    time.sleep(1)


def test_landings_and_pull_requests_that_no_delivery_told_of(system):
    # A head that the base holds is merged: heads are made of later commits than landings.
    project = system.repository("unheard", commits(14), 1)
    project.push(2)
    system.wait(lambda: project.is_whole(1, 2))
    first, second = project.pull(2, 10), project.pull(2, 11, deliver=False)
    project.push(6, deliver=False)
    project.push(9, deliver=False)
    system.wait(lambda: shows(project, first, 10) and shows(project, second, 11))
    changed = {"repository": project.full_name, "number": first}
    system.control("/_pull/update", **changed, head_sha=project.names[12], deliver=False)
    system.wait(lambda: project.is_whole(1, 9) and shows(project, first, 12))
    before = cards(project, first)[0].body
    system.control("/_pull/update", **changed, title="feat!: drop what was there", deliver=False)
    system.wait(lambda: cards(project, first)[0].body != before)
    assert (len(project.digests()), len(cards(project, first)), len(cards(project, second))) == (1, 1, 1)


def test_drafts_are_looked_at_as_soon_as_the_repository_wants_it(system):
    made = commits(4)
    made += [SampleCommit("Want cards on drafts", {".github/ghapp.yml": "drafts: true\n"}, parents=(2,))]
    project = system.repository("drafts", made, 1)
    project.push(2)
    number = project.pull(2, 3, draft=True, deliver=False)
    swept(system, 2)
    assert cards(project, number) == []
    project.push(4)
    system.wait(lambda: shows(project, number, 3))


def test_a_default_branch_that_was_switched_unheard(system):
    project = system.repository("switched", commits(6), 1)
    project.push(2)
    system.wait(lambda: project.is_whole(1, 2))
    system.control("/_push", repository=project.full_name, branch="next", head_sha=project.names[4], deliver=False)
    swept(system, 2)
    body = {"repository": project.full_name, "action": "edited", "default_branch": "next", "deliver": False}
    system.control("/_repository", **body)
    system.wait(lambda: "main" in project.digests()[0].body)
    system.control("/_push", repository=project.full_name, branch="next", head_sha=project.names[5], deliver=False)
    system.wait(lambda: project.names[5] in project.listed())


def test_a_sweep_of_what_did_not_change_costs_almost_nothing(system):
    system.repository("still", commits(4), 1).pull(1, 2, deliver=False)
    # While a push is young, a younger one in the same second cannot be ruled out: the branch is looked at each time.
    for one in system.world.repositories.values():
        one.pushed_at -= timedelta(minutes=5)
    swept(system, 3)
    system.reset_requests()
    swept(system, 3)
    log = [row for row in system.requests()["log"] if "access_tokens" not in row["path"]]
    paid = Counter(row["route"] for row in log if row["status"] != 304)
    allowed = {"GET /app/hook/deliveries", "GET /app/installations", "GET /installation/repositories"}
    assert set(paid) == allowed
    assert max(paid.values()) <= min(paid.values()) + 1
    assert any(row["route"] == "GET /repos/{}/pulls" and row["status"] == 304 for row in log)


def test_what_failed_is_asked_for_once_and_a_command_is_obeyed(system):
    project = system.repository("failed", commits(7), 1)
    number = project.pull(1, 6)
    system.wait(lambda: cards(project, number))
    before = set(attempts(system))
    asked = {"repository": project.full_name, "number": number, "body": "/ghapp pause", "deliver": "lost"}
    system.control("/_comment", **asked)
    for position in (3, 4):
        project.push(position, deliver="lost")
    # A command stands nowhere but in its delivery.
    system.wait(lambda: "paused" in cards(project, number)[0].body)
    system.wait(lambda: project.is_whole(1, 4))
    swept(system, 3)
    lost = [codes for guid, codes in attempts(system).items() if guid not in before]
    assert sorted(lost) == [[0, 202]] * 3


def test_nothing_is_asked_for_that_arrived(system):
    before = attempts(system)
    swept(system, 2)
    assert attempts(system) == before


def test_everything_that_happened_while_everything_was_off(quiet):
    project = quiet.repository("off", commits(9), 1)
    project.push(2)
    number = project.pull(2, 7)
    quiet.wait(lambda: project.is_whole(1, 2) and shows(project, number, 7))
    assert quiet.stop() == 0
    project.push(5, deliver=False)
    body = {"repository": project.full_name, "number": number}
    quiet.control("/_pull/update", **body, head_sha=project.names[8], deliver=False)
    names = make_repository(quiet.folder / "new.git", commits(5))
    new = quiet.world.add_repository("newcomer/new", quiet.folder / "new.git")
    quiet.control("/_push", repository="newcomer/new", branch="main", head_sha=names[2], deliver=False)
    quiet.control("/_pull", repository="newcomer/new", base_sha=names[2], head_sha=names[4], deliver=False)
    quiet.start()
    quiet.wait(lambda: project.is_whole(1, 5) and shows(project, number, 8))
    quiet.wait(lambda: len(new.comments) == 1)


def test_an_installation_that_was_suspended_and_is_not_any_more(quiet):
    project = quiet.repository("suspended", commits(9), 1)
    project.push(2)
    number = project.pull(2, 7)
    quiet.wait(lambda: project.is_whole(1, 2) and shows(project, number, 7))
    quiet.control("/_install", account="acme", action="suspend")
    project.push(5, deliver=False)
    body = {"repository": project.full_name, "number": number}
    quiet.control("/_pull/update", **body, head_sha=project.names[8], deliver=False)
    time.sleep(1)
    assert project.listed() == project.expected(1, 2)
    quiet.control("/_install", account="acme", action="unsuspend")
    quiet.wait(lambda: project.is_whole(1, 5) and shows(project, number, 8))


def test_repositories_that_are_added_to_an_installation(quiet):
    quiet.repository("first", commits(3), 1)
    quiet.control("/_select", account="acme", removed=["acme/first"], deliver=False)
    project = quiet.repository("added", commits(5), 1)
    number = project.pull(1, 2, deliver=False)
    time.sleep(1)
    assert cards(project, number) == []
    quiet.control("/_select", account="acme", added=["acme/added"])
    quiet.wait(lambda: shows(project, number, 2))


def test_an_emptied_redis_is_no_second_issue_and_no_second_card(system):
    project = system.repository("emptied", commits(10), 1)
    project.push(4)
    numbers = [project.pull(4, position) for position in (8, 9)]
    system.wait(lambda: project.is_whole(1, 4) and all(cards(project, number) for number in numbers))
    before = [(said.comment_id, said.body) for said in project.comments()]
    time.sleep(2)
    with redis_server.connect(f"unix://{system.folder}/redis/redis.sock") as connection:
        connection.flushall()
        swept(system, 2)
        system.wait(lambda: connection.hget(f"ghapp:card:{project.there.repository_id}:{numbers[0]}", "head"))
    project.push(7, deliver=False)
    system.wait(lambda: project.is_whole(1, 7))
    assert len(project.digests()) == 1
    assert [(said.comment_id, said.body) for said in project.comments()] == before


def test_any_number_of_clocks_ask_for_one_sweep(connection, redis_url):
    stop = threading.Event()
    queues = [JobQueue(redis_server.connect(redis_url)) for _ in range(3)]
    clocks = [threading.Thread(target=keep_time, args=(queue, stop.wait, 60)) for queue in queues]
    for thread in clocks:
        thread.start()
    time.sleep(3.5)
    stop.set()
    for thread in clocks:
        thread.join()
    # The start and the interval are one mark each, whoever makes them.
    assert connection.hget("ghapp:due:sweep:app", "version") == b"2"
    assert list(waiting(queues[0])) == ["sweep:app"]


def test_a_clock_without_an_interval_asks_for_none(connection, redis_url):
    stop = threading.Event()
    clock = threading.Thread(target=keep_time, args=(JobQueue(redis_server.connect(redis_url)), stop.wait, 0))
    clock.start()
    time.sleep(2.5)
    stop.set()
    clock.join()
    assert waiting(JobQueue(connection)) == {}


class _Receiver(BaseHTTPRequestHandler):
    status = 503

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    """A receiver of deliveries that answers as its class says."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Receiver", (_Receiver,), {}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("status", "most"), [(503, 6), (401, 6), (400, 3), (413, 3)])
def test_a_delivery_that_is_refused_is_not_repeated_for_ever(connection, redis_url, tmp_path, receiver, status, most):
    receiver.RequestHandlerClass.status = status
    with GitHubSide(redis_url, tmp_path) as side:
        served = side.serve("refused", commits(3))
        side.control("/_hook", url=f"http://127.0.0.1:{receiver.server_port}/webhook")
        side.control("/_push", repository=served.full_name, branch="main", head_sha=served.names[1])
        state = RepairState(connection)
        for count in range(2, most + 3):
            redeliveries.sweep(side.client, side.settings, state)
            # While it is on its way, it is not asked for again.
            assert redeliveries.sweep(side.client, side.settings, state) == 0
            deadline = time.monotonic() + (5 if count <= most else 0.5)
            while len(side.world.deliveries) < count and time.monotonic() < deadline:
                time.sleep(0.02)
            # The wait before the next attempt is over.
            for name in connection.keys("ghapp:asked:*"):
                connection.delete(name)
        assert [one.status_code for one in side.world.deliveries] == [status] * most


def test_a_sweep_reads_no_further_back_than_it_must(connection, redis_url, tmp_path, receiver):
    receiver.RequestHandlerClass.status = 202
    with GitHubSide(redis_url, tmp_path) as side:
        served = side.serve("pages", commits(3))
        side.control("/_hook", url=f"http://127.0.0.1:{receiver.server_port}/webhook")
        push = {"repository": served.full_name, "branch": "main", "deliver": "lost"}
        side.control("/_push", **push, head_sha=served.names[1])
        for _ in range(130):
            side.control("/_deliver", event="star", payload={"action": "created"}, repository=served.full_name)
        state = RepairState(connection)
        assert redeliveries.sweep(side.client, side.settings, state) == 1
        assert side.requests()["GET /app/hook/deliveries"] == 2
        side.control("/_clock", advance=3600)
        for _ in range(5):
            side.control("/_deliver", event="star", payload={"action": "created"}, repository=served.full_name)
        assert redeliveries.sweep(side.client, side.settings, state) == 0
        # As far back as the failed one, whose new attempt is found to have succeeded.
        assert side.requests()["GET /app/hook/deliveries"] == 2
        assert redeliveries.sweep(side.client, side.settings, state) == 0
        assert side.requests()["GET /app/hook/deliveries"] == 1
