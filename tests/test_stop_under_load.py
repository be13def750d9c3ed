"""SIGTERM to each process while deliveries arrive: what is under way is finished or put back, and nothing is lost."""

import pytest

from ghapp import keys, redis_server
from tests.installation import System, commits
from tests.separate import Load, Separate

MOST = 140

pytestmark = pytest.mark.system


def test_web_workers_and_clock_are_stopped_and_started_again():
    with Separate() as system:
        project = system.repository("tool", commits(MOST + 40))
        with Load(project, MOST) as load:
            for name in ("web", "worker 1", "worker 2", "clock", "web", "worker 1", "worker 2"):
                load.at_least(3)
                if name != "web":
                    system.wait(lambda name=name: system.is_up(name))
                # `Separate.end` raises when one takes longer than 30 s.
                system.restart(name)
            load.at_least(3)
        assert [status for _, status in system.statuses] == [0] * 7
        failed = {one.status for one in system.world.deliveries} - {"OK"}
        # What GitHub saw while nobody listened; what was begun was answered.
        assert failed <= {"failed to connect to host"}
        system.wait(load.is_whole, 120)


def test_all_of_them_are_down_at_once():
    with Separate() as system:
        project = system.repository("tool", commits(MOST + 40))
        with Load(project, MOST) as load:
            load.at_least(6)
            for name in Separate.NAMES:
                if name != "web":
                    system.wait(lambda name=name: system.is_up(name))
            for name in Separate.NAMES:
                system.end(name)
            load.at_least(6)
            for name in Separate.NAMES:
                system.begin(name)
            system.wait(system.is_ready)
            load.at_least(3)
        assert {status for _, status in system.statuses} == {0}
        assert any(one.status == "failed to connect to host" for one in system.world.deliveries)
        system.wait(load.is_whole, 120)


def test_a_job_that_takes_too_long_is_put_back_when_its_worker_is_stopped():
    with Separate() as system, redis_server.connect(system.environ["REDIS_URL"]) as connection:
        project = system.repository("tool", commits(4))
        for name in ("worker 1", "worker 2"):
            system.wait(lambda name=name: system.is_up(name))
        system.end("worker 2")
        # GitHub answers nothing for longer than a worker may take to stop.
        system.control("/_faults", route="GET *", delay=60, times=None)
        project.push(2)
        system.wait(lambda: connection.hlen(keys.HOLDERS))
        # `Separate.end` raises after 30 s.
        system.end("worker 1")
        assert [status for _, status in system.statuses] == [0, 0]
        assert connection.hlen(keys.HOLDERS) == 0
        assert "the job under way is ended after 18 s" in system.logged()
        system.control("/_faults", "DELETE")
        system.begin("worker 1")
        # Far sooner than the lease would have ended.
        system.wait(lambda: project.is_whole(0, 2), 40)


def test_run_ends_its_processes_within_its_time_and_goes_on_later():
    with System(GHAPP_REPAIR_INTERVAL="3") as system:
        project = system.repository("tool", commits(MOST + 40))
        with Load(project, MOST) as load:
            for _ in range(2):
                load.at_least(6)
                # `System.stop` raises when it takes longer than 40 s: 30 for the others, and Redis after them.
                assert system.stop() == 0
                system.start()
            load.at_least(3)
        system.wait(load.is_whole, 120)
