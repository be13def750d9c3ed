"""Histories that cannot be had: too large, without git, killed midway, turned off. Cards and digests go on without."""

import os
import shutil
import signal
import time

import pytest

from ghapp import redis_server
from ghapp.demo.sample import SampleCommit
from ghapp.jobqueue import JobQueue
from ghapp.past_store import WHOLE, PastStore
from tests.installation import HISTORY, System, commits

pytestmark = pytest.mark.system

#: Holds the first clone up for long.
SLOW = """#!/bin/sh
if [ "$1" = clone ] && [ ! -e {flag} ]; then touch {flag}; sleep 120; fi
exec {git} "$@"
"""


def stored_of(system):
    return PastStore(redis_server.connect(f"unix://{system.folder}/redis/redis.sock"))


def test_what_is_too_large_is_told_and_not_tried_again():
    with System(GHAPP_HISTORY_MEGABYTES="1") as system:
        made = commits(4)
        made[1] = SampleCommit("Add data", {"data.bin": os.urandom(1_500_000).hex()})
        project = system.repository("large", made, 2)
        stored, number = stored_of(system), project.there.repository_id
        card = project.pull(2, 3)
        system.wait(lambda: stored.state(number).failure)
        assert stored.state(number).failure == "too-large"
        system.wait(project.comments)
        project.merge(card, 3)
        system.wait(lambda: project.is_whole(2, 3))
        minted = system.requests()["by_route"]["POST /app/installations/{}/access_tokens"]
        # The worker's own, and one for each depth that was tried.
        assert minted == 3
        assert "no history, for a day: too-large: more than 1 MB" in system.logged()
        told = system.command("doctor")
        assert "acme/large" in told.stdout
        assert "GHAPP_HISTORY_MEGABYTES" in told.stdout
        assert list((system.folder / "history").iterdir()) == []


def test_where_all_is_too_large_the_history_goes_back_less_far():
    made = [SampleCommit("Add data", {"data.bin": os.urandom(6_000_000).hex()})]
    made += [SampleCommit("Drop data", {"data.bin": None, "src/a.py": "a = 0\n"})]
    made += [SampleCommit(f"Add part {number}", {"src/a.py": f"a = {number}\n"}) for number in range(WHOLE + 4)]
    with System(GHAPP_HISTORY_MEGABYTES="5") as system:
        project = system.repository("long", made, len(made) - 6)
        project.push(len(made) - 4)
        stored, number = stored_of(system), project.there.repository_id
        system.wait(lambda: stored.state(number).is_there)
        system.wait(lambda: project.is_whole(len(made) - 6, len(made) - 4))
        newest = stored.newest(number)
        assert (newest.is_exact, len(newest.names)) == (True, WHOLE)
        assert f"its newest {WHOLE} commits are tried" in system.logged()
        assert stored.failures() == {}
        project.push(len(made) - 1)
        system.wait(lambda: project.is_whole(len(made) - 6, len(made) - 1))
        # Read again, once a week: what was known before stays.
        connection = redis_server.connect(f"unix://{system.folder}/redis/redis.sock")
        installation = system.world.installation_of(project.there).installation_id
        JobQueue(connection).mark(f"history:{number}", installation, hint={"again": "1"})
        system.wait(lambda: system.logged().count("commits is read") == 2)
        assert f"the history of {WHOLE + 3} commits is read" in system.logged()
        newest = stored.newest(number)
        assert (newest.is_exact, len(newest.names), newest.missing) == (True, WHOLE + 3, [])


def test_what_is_turned_off_costs_nothing():
    with System(GHAPP_HISTORY_MEGABYTES="0") as system:
        project = system.repository("off", commits(4), 1)
        project.pull(1, 2)
        system.wait(project.comments)
        project.push(3)
        system.wait(lambda: project.is_whole(1, 3))
        assert not (system.folder / "history").exists()
        assert system.requests()["by_route"]["POST /app/installations/{}/access_tokens"] == 1


def test_a_job_that_is_killed_midway_leaves_nothing_and_is_done_again(tmp_path):
    flag, program = tmp_path / "flag", tmp_path / "git"
    program.write_text(SLOW.format(flag=flag, git=shutil.which("git")))
    program.chmod(0o755)
    with System(PATH=f"{tmp_path}:{os.environ['PATH']}", **HISTORY) as system:
        project = system.repository("killed", commits(6), 1)
        project.push(3)
        folder = system.folder / "history"
        system.wait(lambda: flag.exists() and list(folder.glob("fetched-*/holder")))
        (left,) = folder.iterdir()
        for pid in system.processes("ghapp worker"):
            os.kill(pid, signal.SIGKILL)
        stored = stored_of(system)
        system.wait(lambda: stored.state(project.there.repository_id).is_there)
        system.wait(lambda: project.is_whole(1, 3))
        time.sleep(0.5)
        assert not left.exists()
        assert list(folder.iterdir()) == []


def test_an_enterprise_server_is_cloned_beside_its_api():
    with System(prefix="/api/v3", **HISTORY) as system:
        project = system.repository("own", commits(4), 1)
        project.push(3)
        system.wait(lambda: stored_of(system).state(project.there.repository_id).is_there)
        system.wait(lambda: project.is_whole(1, 3))
