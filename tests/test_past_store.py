"""The stored history: each commit once and in its place, whatever landed, left, was read twice or came from a clone."""

import json
import random
import time
import zlib
from dataclasses import astuple

import pytest

from analysis.assess import assess
from analysis.history import REACH, REMEMBERED, WINDOW, History, Past, PastFile
from analysis.references import FollowUp
from ghapp import keys
from ghapp.past_store import LOOSE, MOST, SPARE, WHOLE, PastStore, State
from tests.test_history import change, random_past


def name(number, branch=0):
    return f"{branch:08x}{number:032x}"


def names(first, last, branch=0):
    return [name(number, branch) for number in range(first, last)]


def past(commit_sha, files=3):
    number = int(commit_sha[8:], 16)
    touched = tuple(PastFile(f"src/part_{number % 17}/file_{n}.py", number % 50, n, None) for n in range(files))
    undoes = (FollowUp("reverts", name(number - 1), None, 'a "b"'),) if number % 10 == 9 else ()
    return Past(
        commit_sha, 1_700_000_000 + number, f"{number % 9:016x}", f"Fix part {number}", touched, number, False, undoes
    )


@pytest.fixture
def stored(connection):
    return PastStore(connection)


@pytest.fixture
def extend(connection, stored):
    def extended(base, added, *, cut=False):
        with connection.pipeline() as pipe:
            stored.queue_extend(pipe, 7, base, added, cut=cut)
            pipe.execute()

    return extended


def chain(connection):
    return [one.decode() for one in connection.lrange(keys.history_chain(7), 0, -1)]


def test_landings_are_put_in_order_and_once(connection, stored, extend):
    assert stored.seed(7, [past(one) for one in names(0, 10)], is_whole=True)
    for _ in range(2):
        extend(name(9), names(10, 13))
    extend(name(12), names(13, 14))
    assert chain(connection) == names(0, 14)
    assert stored.before(7, name(12)).missing == names(10, 12)
    for one in (11, 10, 10, 13, 12):
        stored.put(7, past(name(one)))
    stored.put(7, past(name(99)))
    assert stored.before(7, name(13)).past == [past(one) for one in names(0, 13)]
    assert stored.before(7, name(13)).is_exact
    assert stored.before(7, name(99)) is None
    assert stored.newest(7).past == [past(one) for one in names(0, 14)]


def test_what_a_force_push_takes_off_is_taken_off(connection, stored, extend):
    stored.seed(7, [past(one) for one in names(0, 10)], is_whole=True)
    extend(name(6), names(7, 9, branch=1), cut=True)
    assert chain(connection) == names(0, 7) + names(7, 9, branch=1)
    extend(name(4), [], cut=True)
    assert chain(connection) == names(0, 5)
    # Back to where it was: what was read is still known.
    extend(name(4), names(5, 10), cut=True)
    assert stored.newest(7).past == [past(one) for one in names(0, 10)]


def test_a_branch_that_has_nothing_in_common_is_another_history(connection, stored, extend):
    stored.seed(7, [past(one) for one in names(0, 10)], is_whole=True)
    extend(name(0, branch=2), names(1, 3, branch=2), cut=True)
    assert chain(connection) == names(0, 3, branch=2)
    assert stored.state(7) == State(is_there=False)


def test_a_clone_that_is_ahead_or_behind_fits_to_what_landed(connection, stored, extend):
    extend(name(9), names(10, 13))
    assert not stored.before(7, name(12)).is_exact
    # Its head is older than what landed since.
    assert stored.seed(7, [past(one) for one in names(0, 11)], is_whole=True)
    assert chain(connection) == names(0, 13)
    assert stored.before(7, name(12)).missing == [name(11)]
    # Its head is newer than what was read.
    assert stored.seed(7, [past(one) for one in names(0, 20)], is_whole=True)
    extend(name(12), names(13, 15))
    assert chain(connection) == names(0, 20)
    extend(name(14), names(15, 21))
    assert chain(connection) == names(0, 21)
    # It shows another branch than what was read: a copy that lags, or a force push that was not read yet.
    other = [past(one) for one in names(0, 5, branch=3)]
    assert not stored.seed(7, other, is_whole=True)
    assert chain(connection) == names(0, 21)
    assert stored.seed(7, other, is_whole=False, force=True)
    assert chain(connection) == names(0, 5, branch=3)
    assert not stored.newest(7).is_exact


def test_an_empty_repository_has_a_whole_history(stored, extend):
    assert stored.seed(7, [], is_whole=True)
    extend(None, names(0, 2))
    stored.put(7, past(name(0)))
    before = stored.before(7, name(1))
    assert (before.past, before.is_exact) == ([past(name(0))], True)


def test_the_window_slides_and_what_leaves_it_is_forgotten(connection, stored, extend):
    stored.seed(7, [past(one) for one in names(0, MOST)], is_whole=True)
    extend(name(MOST - 1), names(MOST, MOST + 20))
    for one in names(MOST, MOST + 20):
        stored.put(7, past(one))
    assert chain(connection) == names(20, MOST + 20)
    assert not connection.hexists(keys.history(7), "whole")
    newest = stored.before(7, name(MOST + 19))
    assert newest.is_exact
    assert newest.names == tuple(names(MOST + 19 - REACH, MOST + 19))
    assert stored.before(7, name(MOST + 20 - SPARE)).is_exact
    assert not stored.before(7, name(20 + REACH - 1)).is_exact


def test_what_is_stored_without_its_files_gives_the_same_points(stored, extend):
    chance = random.Random(8)  # noqa: S311 - the same each time
    every = [random_past(chance, number) for number in range(MOST + 700)]
    stored.seed(7, every[:MOST], is_whole=False)
    for number in (MOST - SPARE + 1, MOST - 1, MOST + 650):
        if number >= MOST:
            extend(every[MOST - 1].commit_sha, [one.commit_sha for one in every[MOST:]])
            for one in every[MOST:]:
                stored.put(7, one)
            stored.fold(7)
        before = stored.before(7, every[number].commit_sha)
        assert (before.is_exact, before.missing) == (True, [])
        assert sum(not one.has_files for one in before.past) > REMEMBERED / 2
        slid, loaded = History(every[:number]), History(before.past)
        for path in [f"src/{n % 9}/{n}.py" for n in range(30)]:
            asked = change(path, title=every[number].title, author="a3", at=every[number].committed_at)
            assert assess(asked, loaded) == assess(asked, slid)


def test_of_a_clone_that_was_cut_short_the_window_will_do(stored, extend):
    stored.seed(7, [past(one) for one in names(0, WHOLE)], is_whole=False, is_short=True)
    extend(name(WHOLE - 1), names(WHOLE, WHOLE + 1))
    assert stored.before(7, name(WHOLE)).is_exact
    assert stored.before(7, name(WINDOW)).is_exact
    assert not stored.before(7, name(WINDOW - 1)).is_exact


def test_records_of_an_earlier_version_are_read(connection, stored, extend):
    stored.seed(7, [past(one) for one in names(0, 3)], is_whole=True)
    extend(name(2), names(3, 4))
    one = past(name(3))
    old = zlib.compress(json.dumps([astuple(one)[:-1]]).encode())
    connection.hset(keys.history(7), one.commit_sha, old)
    assert stored.newest(7).past[-1] == one
    stored.fold(7)
    assert stored.newest(7).past[-1] == one


def test_a_window_with_a_commit_without_its_files_is_not_exact(stored):
    stored.seed(7, [past(one) for one in names(0, MOST - 1)], is_whole=True)
    assert stored.before(7, name(MOST - SPARE)).is_exact
    assert not stored.before(7, name(MOST - 2 * SPARE)).is_exact
    assert stored.before(7, name(MOST - 2 * SPARE)).names == tuple(names(0, MOST - 2 * SPARE))[-REACH:]


def test_what_was_read_one_by_one_is_packed_together(connection, stored, extend):
    stored.seed(7, [past(one) for one in names(0, 10)], is_whole=True)
    extend(name(9), names(10, 20))
    for one in names(10, 19):
        stored.put(7, past(one))
    extend(name(17), names(18, 19, branch=1), cut=True)
    before = stored.newest(7)
    assert stored.loose(7) == 11
    stored.fold(7)
    assert stored.loose(7) == 2
    assert stored.newest(7) == before
    assert before.missing == [name(18, branch=1)]


def test_a_failure_is_remembered_and_a_success_forgets_it(stored):
    stored.ask(7)
    asked = stored.state(7)
    stored.ask(7)
    assert stored.state(7) == asked
    assert asked.asked_at > 0
    stored.fail(7, "too-large")
    assert stored.state(7) == State(is_there=False, failure="too-large")
    assert stored.failures() == {7: "too-large"}
    stored.seed(7, [], is_whole=True)
    assert stored.state(7) == State(is_there=True)
    assert stored.failures() == {}


def test_thousands_of_commits_take_little_room_and_little_time(connection, stored, capsys):
    chance = random.Random(6)  # noqa: S311 - the same each time
    words = [f"{chance.getrandbits(30):x}" for _ in range(400)]
    tree = ["/".join(chance.choice(words) for _ in range(4)) + ".py" for _ in range(3000)]

    def made(commit_sha):
        count = min(60, int(chance.paretovariate(1.1)))
        paths = chance.sample(tree, count)
        return Past(
            f"{chance.getrandbits(160):040x}",
            1_700_000_000 + chance.randrange(10**7),
            f"{chance.randrange(100):016x}",
            " ".join(chance.choice(words) for _ in range(8)),
            tuple(PastFile(path, chance.randrange(90), chance.randrange(40)) for path in paths),
            chance.randrange(20_000),
        )

    every = [made(one) for one in names(0, MOST)]
    stored.seed(7, every, is_whole=False)
    size = sum(connection.memory_usage(key) for key in (keys.history(7), keys.history_chain(7)))
    began = time.perf_counter()
    stretch = stored.newest(7)
    loaded = time.perf_counter()
    history = History(stretch.past)
    built = time.perf_counter()
    with capsys.disabled():
        print(  # noqa: T201 - a figure to be read
            f"\n{len(history)} of {MOST} commits: {size / 1e3:.0f} kB in Redis, "
            f"loaded in {(loaded - began) * 1e3:.0f} ms, built in {(built - loaded) * 1e3:.0f} ms"
        )
    assert len(history) == WINDOW
    assert size < 1_500_000
    assert LOOSE < MOST
