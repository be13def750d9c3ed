"""The worker's history over the real path: a clone over HTTP with a token, Redis, landings, force pushes, failures."""

import time

import pytest

from ghapp import clone_past, keys, redis_server
from ghapp.past_store import MOST, PastStore
from tests.installation import HISTORY, System, commits

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def system():
    with System(**HISTORY) as made:
        yield made


@pytest.fixture
def connection(system):
    return redis_server.connect(f"unix://{system.folder}/redis/redis.sock")


def number_of(project):
    return project.there.repository_id


def cloned(project, head):
    """What a clone says of the commits up to this one, read directly."""
    past, is_whole = clone_past.newest_past(project.clone.path, MOST, time.monotonic() + 60)
    assert is_whole
    return past[: [one.commit_sha for one in past].index(project.names[head]) + 1]


def test_landings_keep_what_a_clone_began(system, connection):
    project = system.repository("kept", commits(40), 10)
    stored = PastStore(connection)
    project.push(11)
    system.wait(lambda: project.is_whole(10, 11))
    assert stored.state(number_of(project)).is_there
    for head in (14, 15, 30):
        project.push(head, deliver=2)
    system.wait(lambda: project.is_whole(10, 30))
    newest = stored.newest(number_of(project))
    assert newest.past == cloned(project, 30)
    assert newest.is_exact
    assert system.requests()["unknown"] == 0
    assert list((system.folder / "history").iterdir()) == []


def test_the_token_may_read_one_repository_and_is_nowhere_in_the_log(system, connection):
    project = system.repository("token", commits(4), 1)
    project.push(2)
    system.wait(lambda: PastStore(connection).state(number_of(project)).is_there)
    narrow = [one for one in system.world.tokens.values() if one.repository_ids == {number_of(project)}]
    assert [one.permissions for one in narrow] == [{"contents": "read"}]
    logged = system.logged()
    assert not [text for text in system.world.tokens if text in logged]


def test_a_force_push_takes_off_what_left(system, connection):
    project = system.repository("forced", commits(12), 3)
    stored = PastStore(connection)
    project.push(8)
    system.wait(lambda: project.is_whole(3, 8))
    project.push(5)
    system.wait(lambda: stored.newest(number_of(project)).past == cloned(project, 5))
    project.push(11)
    system.wait(lambda: stored.newest(number_of(project)).past == cloned(project, 11))


def test_an_emptied_redis_gets_it_again(system, connection):
    project = system.repository("emptied", commits(12), 3)
    stored = PastStore(connection)
    project.push(6)
    system.wait(lambda: stored.newest(number_of(project)).past == cloned(project, 6))
    connection.flushall()
    project.push(9)
    system.wait(lambda: project.is_whole(3, 9))
    system.wait(lambda: stored.newest(number_of(project)).past == cloned(project, 9))


def test_what_is_uninstalled_is_forgotten_in_time_and_what_is_suspended_is_not_read(system, connection):
    project = system.repository("left", commits(6), 1, owner="umbrella")
    stored = PastStore(connection)
    project.push(2)
    system.wait(lambda: stored.state(number_of(project)).is_there)
    installation = system.world.installation_of(project.there).installation_id
    system.control("/_install", account="umbrella", action="suspend")
    system.wait(lambda: connection.sismember(keys.STOPPED, installation))
    connection.delete(keys.history(number_of(project)), keys.history_chain(number_of(project)))
    project.push(3)
    time.sleep(1.5)
    assert not stored.state(number_of(project)).is_there
    system.control("/_install", account="umbrella", action="unsuspend")
    system.wait(lambda: project.is_whole(1, 3))
    system.wait(lambda: stored.state(number_of(project)).is_there)
    system.control("/_install", account="umbrella", action="deleted")
    month = 30 * 24 * 3600
    system.wait(lambda: 0 < connection.ttl(keys.history(number_of(project))) <= month)
    assert 0 < connection.ttl(keys.history_chain(number_of(project))) <= month
