import pytest
from rq.worker import SimpleWorker

from ghapp.jobqueue import AllowedJob, JobQueue, PostponedError
from ghapp.processes import holder, is_dead_here


def keys_taken(jobs, count):
    found = []
    for _ in range(count):
        with jobs.taken() as lease:
            found.append(lease.key if lease else None)
    return found


def test_commands_landings_and_renders_come_before_cards(jobs):
    for key in ("card:1:1", "entry:1:2026-01-08:abc", "render:1:2026-01-08", "landing:1", "command:1:9"):
        jobs.mark(key, 5)
    first = keys_taken(jobs, 6)
    assert first[:3] == ["command:1:9", "landing:1", "render:1:2026-01-08"]
    assert sorted(first[3:5]) == ["card:1:1", "entry:1:2026-01-08:abc"]
    assert first[5] is None


def test_installations_take_turns(jobs):
    for number in range(3):
        jobs.mark(f"card:1:{number}", 5)
    jobs.mark("card:2:1", 6)
    jobs.mark("card:3:1", 7)
    taken = keys_taken(jobs, 3)
    assert {key.split(":")[1] for key in taken} == {"1", "2", "3"}


def test_no_installation_holds_more_than_half_the_workers(jobs, connection):
    connection.sadd("rq:workers", *(f"rq:worker:{n}" for n in range(4)))
    for number in range(4):
        jobs.mark(f"card:1:{number}", 5)
    jobs.mark("card:2:1", 6)
    with jobs.taken() as a, jobs.taken() as b, jobs.taken() as c:
        assert sorted(lease.installation for lease in (a, b, c)) == [5, 5, 6]
        with jobs.taken() as d:
            assert d is None


def test_a_key_is_worked_by_one_at_a_time_and_again_when_it_was_marked_meanwhile(jobs):
    jobs.mark("card:1:1", 5)
    with jobs.taken() as lease:
        assert lease.key == "card:1:1"
        with jobs.taken() as other:
            assert other is None
        jobs.mark("card:1:1", 5)
    assert keys_taken(jobs, 2) == ["card:1:1", None]


def test_hints_are_kept_until_the_key_was_worked(jobs):
    jobs.mark("landing:1", 5, hint={"after": "a"})
    with jobs.taken() as lease:
        assert [hint for _, hint in lease.hints] == [{"after": "a"}]
        raise PostponedError(0, "later")
    jobs.mark("landing:1", 5, hint={"after": "b"})
    make_due(jobs, "landing:1", 5)
    with jobs.taken() as lease:
        assert [hint for _, hint in lease.hints] == [{"after": "a"}, {"after": "b"}]
        jobs.mark("landing:1", 5, hint={"after": "c"})
    with jobs.taken() as lease:
        assert [hint for _, hint in lease.hints] == [{"after": "c"}]


def make_due(jobs, key, installation):
    kind = {"landing": 1, "render": 2}.get(key.split(":")[0], 3)
    jobs.connection.zadd(f"ghapp:line:{kind}:{installation}", {key: 0})


def test_a_failure_puts_the_key_back_for_a_time_that_doubles(jobs, connection):
    jobs.mark("card:1:1", 5)
    for waited in (5, 10, 20):
        make_due(jobs, "card:1:1", 5)
        with pytest.raises(RuntimeError), jobs.taken():
            raise RuntimeError
        assert keys_taken(jobs, 1) == [None]
        due = connection.zscore("ghapp:line:3:5", "card:1:1")
        seconds, micros = connection.time()
        assert due - seconds - micros / 1e6 == pytest.approx(waited, abs=1)


def test_what_is_postponed_is_no_failure(jobs, connection):
    jobs.mark("card:1:1", 5)
    with jobs.taken():
        raise PostponedError(60, "a limit")
    assert connection.hget("ghapp:due:card:1:1", "failures") is None
    assert keys_taken(jobs, 1) == [None]


def test_a_delayed_key_is_due_later_and_has_no_ticket_yet(jobs):
    jobs.mark("render:1:2026-01-08", 5, delay=30)
    assert jobs.tickets.count == 0
    assert keys_taken(jobs, 1) == [None]


def test_the_clock_replaces_lost_tickets(jobs):
    jobs.mark("card:1:1", 5)
    jobs.mark("card:1:2", 5)
    jobs.tickets.empty()
    assert jobs.top_up() == 2
    assert jobs.top_up() == 0
    assert jobs.tickets.count == 2


def test_a_lease_of_a_dead_process_is_freed_and_no_other(jobs, connection):
    jobs.mark("card:1:1", 5)
    jobs.mark("card:1:2", 5)
    with jobs.taken() as mine, jobs.taken() as lost:
        host, namespace, _pid, _ = holder().rsplit("/", 3)
        connection.hset("ghapp:holders", lost.key, f"{host}/{namespace}/99999999/1 token")
        assert jobs.release_of_the_dead(is_dead_here) == [lost.key]
        assert connection.hkeys("ghapp:holders") == [mine.key.encode()]
        with jobs.taken() as again:
            assert again.key == lost.key


def test_a_lease_that_ended_unseen_gets_a_ticket(jobs, connection):
    jobs.mark("card:1:1", 5)
    with jobs.taken():
        jobs.tickets.empty()
        assert jobs.top_up() == 0
        connection.zadd("ghapp:leases", {"card:1:1": 1})
        assert jobs.top_up() == 1


def test_a_key_that_changes_its_installation_waits_in_one_line(jobs):
    jobs.mark("landing:1", 5)
    jobs.mark("landing:1", 6)
    with jobs.taken() as lease:
        assert (lease.key, lease.installation) == ("landing:1", 6)
    assert keys_taken(jobs, 1) == [None]


def test_an_installation_without_work_takes_nothing_from_another(jobs, connection):
    connection.sadd("rq:workers", "rq:worker:1", "rq:worker:2")
    jobs.mark("card:2:1", 9)
    keys_taken(jobs, 1)
    for number in range(2):
        jobs.mark(f"card:1:{number}", 5)
    with jobs.taken() as first, jobs.taken() as second:
        assert {first.key, second.key} == {"card:1:0", "card:1:1"}


def test_a_thousand_failures_are_waited_out_like_ten(jobs, connection):
    jobs.mark("card:1:1", 5)
    connection.hset("ghapp:due:card:1:1", "failures", 5000)
    with pytest.raises(RuntimeError), jobs.taken():
        raise RuntimeError
    assert connection.zcard("ghapp:leases") == 0


def test_newer_hints_survive_when_the_oldest_were_dropped_meanwhile(jobs):
    for number in range(200):
        jobs.mark("landing:1", 5, hint={"after": str(number)})
    with jobs.taken():
        for number in range(200, 203):
            jobs.mark("landing:1", 5, hint={"after": str(number)})
    with jobs.taken() as lease:
        assert [hint["after"] for _, hint in lease.hints] == ["200", "201", "202"]


def test_marks_of_a_transaction_are_there_when_it_is(jobs, connection):
    with connection.pipeline() as pipe:
        pipe.set("moved", "1")
        jobs.mark_within(pipe, 5, [("render:1:2026-01-08", 0), ("entry:1:2026-01-08:a", 0)])
        assert keys_taken(jobs, 1) == [None]
        pipe.execute()
    assert jobs.top_up() == 2
    assert keys_taken(jobs, 2) == ["render:1:2026-01-08", "entry:1:2026-01-08:a"]


def test_a_process_of_another_machine_is_never_dead_here():
    assert not is_dead_here("elsewhere/4026531836/1/1")
    assert not is_dead_here(holder())


def test_an_expired_lease_is_lost_and_its_end_changes_nothing(jobs, connection):
    jobs.mark("card:1:1", 5)
    with jobs.taken():
        connection.zadd("ghapp:leases", {"card:1:1": 0})
        with jobs.taken() as second:
            assert second.key == "card:1:1"
            holders = connection.hgetall("ghapp:holders")
    assert holders
    assert keys_taken(jobs, 1) == [None]


def test_only_our_job_runs(jobs, connection, tmp_path, monkeypatch):
    touched = tmp_path / "touched"
    jobs.tickets.enqueue("os.mkdir", str(touched))
    worker = SimpleWorker(
        [jobs.tickets], connection=connection, serializer=jobs.tickets.serializer, job_class=AllowedJob
    )
    worker.work(burst=True, logging_level="CRITICAL")
    assert not touched.exists()
    assert jobs.tickets.failed_job_registry.count == 1


def test_a_mark_is_one_step_of_delivery_and_key(jobs, connection):
    assert jobs.mark("card:1:1", 5, guid="g") is True
    assert jobs.mark("card:1:1", 5, guid="g") is False
    assert connection.get("ghapp:delivery:g") == b"card:1:1"
    assert 0 < connection.ttl("ghapp:delivery:g") <= 3 * 24 * 3600


def test_nothing_is_left_when_all_is_worked(jobs: JobQueue, connection):
    jobs.mark("landing:1", 5, hint={"after": "a"})
    keys_taken(jobs, 1)
    jobs.tickets.empty()
    left = {key.decode() for key in connection.keys("ghapp:*")}
    assert left == {"ghapp:lines"}


@pytest.mark.parametrize(("job", "lease"), [(10, 12), (300, 330)])
def test_a_lease_is_longer_than_the_job_may_take(connection, job, lease):
    jobs = JobQueue(connection, job)
    jobs.mark("card:1:1", 5)
    assert jobs.tickets.jobs[0].timeout == job
    with jobs.taken():
        seconds, _ = connection.time()
        assert connection.zscore("ghapp:leases", "card:1:1") - seconds == pytest.approx(lease, abs=1.5)
