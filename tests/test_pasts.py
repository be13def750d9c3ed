"""The history that an entry is judged with: exact, or waited for, or none; and what it costs to complete it."""

import threading
import time
from dataclasses import replace

import pytest

from ghapp import keys, pasts
from ghapp.clone_past import newest_past
from ghapp.demo.sample import SampleCommit
from ghapp.digest import Branch, Digest, Entry
from ghapp.jobqueue import PostponedError
from ghapp.past_store import PastStore
from ghapp.seeding import seed_history
from ghapp.store import Step
from ghapp.work import Work
from tests.client import GitHubSide

COMMIT = "GET /repos/{}/commits/{}"
HISTORY = [
    SampleCommit(f"Fix part {n} (#{n})", {f"src/part_{n % 3}.py": f"a = {n}\n"}, author="Ann Lee") for n in range(12)
]


class Bench:
    """One repository and a worker's parts, without workers."""

    def __init__(self, side, store, jobs, folder):
        self.side, self.store, self.jobs = side, store, jobs
        self.served = side.serve("past", HISTORY)
        self.id, self.names = self.served.id, self.served.names
        self.settings = replace(side.settings, history_megabytes=10, state_dir=folder / "state")
        self.stored, self.put_off = PastStore(store.connection), []
        self.past = newest_past(self.served.clone.path, 100, time.monotonic() + 60)[0]

    def worked(self, key, act):
        self.jobs.connection.delete(keys.LINES, *self.jobs.connection.scan_iter(match=f"{keys.LINE}*"))
        self.jobs.mark(key, self.side.installation)
        with self.jobs.taken() as lease:
            assert lease.key == key
            work = Work(lease, self.settings, self.jobs, self.store, self.side.client, None)
            try:
                return act(work)
            except PostponedError as error:
                # The queue takes it, and puts the key back.
                self.put_off.append(error.seconds)
                raise
        return None

    def land(self, first, last):
        """Names of commits reach the branch."""
        work = Work(None, self.settings, self.jobs, self.store, self.side.client, None)
        entries = tuple(Entry(name, at, 1000 + at, "", "") for at, name in enumerate(self.names[first:last]))
        before = self.store.branch(self.id)
        digest = Digest(self.id, "2026-01-05", self.names[first - 1], self.names[last - 1], entries)
        step = Step(before, Branch("main", self.names[last - 1], 1000, "2026-01-05"), (digest,))
        assert self.store.advance(self.id, step, lambda pipe: pasts.queue_landed(work, pipe, self.id, step))

    def before(self, position):
        """The records of the history before a commit, and the commits that were read for it."""
        self.side.requests()
        found = self.worked(f"entry:{self.id}:d:{position}", lambda work: self._asked(work, position))
        return found, self.side.requests().get(COMMIT, 0)

    def _asked(self, work, position):
        found = pasts.history_before(work, self.id, self.names[position])
        return None if found is None else [seen.past for seen in found]


@pytest.fixture
def bench(redis_url, tmp_path, store, jobs):
    with GitHubSide(redis_url, tmp_path) as side:
        yield Bench(side, store, jobs, tmp_path)


def test_a_seeded_history_is_the_clones_own_and_costs_one_token(bench):
    bench.side.requests()
    bench.worked(f"history:{bench.id}", lambda work: seed_history(work, bench.id))
    asked = bench.side.requests()
    # Nobody said what the repository is called.
    assert {route: count for route, count in asked.items() if "tokens" not in route} == {"GET /repos/{}": 1}
    for position in (0, 1, 11):
        assert bench.before(position) == (bench.past[:position], 0)


def test_the_api_and_a_clone_keep_the_same_of_a_commit(bench):
    bench.stored.seed(bench.id, bench.past[:3], is_whole=True)
    bench.land(3, 8)
    found, read = bench.before(8 - 1)
    assert (found, read) == (bench.past[:7], 4)
    assert bench.before(7) == (bench.past[:7], 0)
    assert bench.stored.name_of(bench.id, "nobody") == ""


def test_what_others_read_just_now_is_not_read_again(bench):
    bench.stored.seed(bench.id, bench.past[:3], is_whole=True)
    bench.land(3, 12)

    def read():
        time.sleep(0.3)
        for past in bench.past[3:11]:
            bench.stored.put(bench.id, past)

    other = threading.Thread(target=read)
    other.start()
    assert bench.before(11) == (bench.past[:11], 0)
    other.join()


def test_many_that_are_missing_are_waited_for_and_then_read_from_a_clone(bench):
    bench.stored.seed(bench.id, bench.past[:3], is_whole=True)
    bench.land(3, 12)
    bench.before(11)
    assert bench.put_off == [5.0]
    state = keys.history_state(bench.id)
    connection = bench.store.connection
    connection.hset(state, "asked_at", str(time.time() - 2 * pasts.HOLES_SECONDS))
    bench.before(11)
    assert len(bench.put_off) == 2
    assert connection.exists(keys.DUE + f"history:{bench.id}")
    bench.worked(f"history:{bench.id}", lambda work: seed_history(work, bench.id))
    assert bench.before(11) == (bench.past[:11], 0)
    assert not connection.exists(state)


def test_without_an_exact_history_there_is_none(bench):
    assert bench.before(5) == (None, 0)
    bench.stored.seed(bench.id, bench.past[2:], is_whole=False)
    assert bench.before(5) == (None, 0)
    assert bench.before(1) == (None, 0)
    bench.settings = replace(bench.settings, history_megabytes=0)
    assert bench.before(5) == (None, 0)


def test_who_waits_waits_longer_and_longer_and_not_for_ever(bench):
    def wait(work):
        pasts.wait_for(work, bench.id, 60)

    key = f"card:{bench.id}:1"
    bench.worked(key, wait)
    bench.worked(key, lambda work: pasts.ask_for(work, bench.id, "acme/past"))
    assert bench.store.connection.exists(keys.DUE + f"history:{bench.id}")
    for ago, seconds in ((0, 1), (40, 20)):
        bench.store.connection.hset(keys.history_state(bench.id), "asked_at", str(time.time() - ago))
        bench.worked(key, wait)
        assert bench.put_off.pop() == pytest.approx(seconds, abs=1)
    bench.store.connection.hset(keys.history_state(bench.id), "asked_at", str(time.time() - 61))
    bench.worked(key, wait)
    bench.stored.fail(bench.id, "no-git")
    bench.worked(key, wait)
    bench.worked(key, lambda work: seed_history(work, bench.id))
    assert bench.put_off == []
    assert bench.stored.failures() == {bench.id: "no-git"}
