"""`ghapp catch-up` and `ghapp redeliver`: everything that was missed, in one run, and what they say of it."""

import json
import os
import random
import signal
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from ghapp import redis_server
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.jobqueue import JobQueue
from ghapp.waiting import waiting
from tests.installation import System, commits

pytestmark = pytest.mark.system

CARD = "<!-- ghapp:card:v1"


@pytest.fixture
def system():
    """Without sweeps."""
    with System() as made:
        yield made


@contextmanager
def stopped_clock(system):
    (pid,) = system.processes("ghapp clock")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def cards(project):
    """Number of a pull request -> the texts of its cards."""
    found = {}
    for said in project.comments():
        if said.body.startswith(CARD):
            found.setdefault(said.number, []).append(said.body)
    return found


def are_right(project, heads):
    """Whether each pull request has one card, of its head (a position)."""
    shown = cards(project)
    return set(shown) == set(heads) and all(
        len(shown[number]) == 1 and project.names[head][:7] in shown[number][0] for number, head in heads.items()
    )


def row_of(said, project):
    return next(row for row in said["repositories"] if row["repository"] == project.full_name)


def waiting_in(system):
    with redis_server.connect(f"unix://{system.folder}/redis/redis.sock") as connection:
        return set(waiting(JobQueue(connection)))


def test_thirty_percent_of_the_deliveries_are_dropped_and_one_run_repairs_all(system):
    chance = random.Random(4)  # noqa: S311 - the same each time
    projects = [system.repository(f"dropped-{number}", commits(24), 1) for number in range(3)]
    for project in projects:
        project.push(2)
    system.wait(lambda: all(project.is_whole(1, 2) for project in projects))
    heads = {project.full_name: {} for project in projects}
    with stopped_clock(system):
        dropped = 0
        for position in range(3, 15):
            for project in projects:
                heard = chance.random() >= 0.3
                dropped += not heard
                project.push(position, deliver=heard)
                if position % 4 == 0:
                    number = project.pull(position, 16, deliver=chance.random() >= 0.3)
                    body = {"repository": project.full_name, "number": number, "deliver": chance.random() >= 0.3}
                    system.control("/_pull/update", **body, head_sha=project.names[18 + position // 4])
                    heads[project.full_name][number] = 18 + position // 4
        assert dropped > 5
        time.sleep(3)
        # What was heard late may have brought what was not heard; this is heard by nobody.
        for project in projects:
            project.push(15, deliver=False)
        assert not any(project.is_whole(1, 15) for project in projects)
        done = system.command("catch-up", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        # Whole when the command has ended, and not some time later.
        assert all(project.is_whole(1, 15) for project in projects)
        assert all(are_right(project, heads[project.full_name]) for project in projects)
        said = json.loads(done.stdout)
        assert said["complete"]
        assert all(not row["given_up"] and not row["remaining"] for row in said["repositories"])
        again = system.command("catch-up")
        assert again.returncode == 0
        assert again.stdout == "3 repositories looked at.\nNothing is left.\n"
    assert [len(project.digests()) for project in projects] == [1, 1, 1]


def test_it_needs_no_other_process_and_says_what_it_did(system):
    project = system.repository("alone", commits(12), 1)
    project.push(2)
    number = project.pull(2, 9)
    system.wait(lambda: project.is_whole(1, 2) and are_right(project, {number: 9}))
    assert system.stop() == 0
    project.push(5, deliver=False)
    other = project.pull(2, 10, deliver=False)
    names = make_repository(system.folder / "still.git", commits(3))
    system.world.add_repository("acme/still", system.folder / "still.git")
    assert names
    said = system.command("catch-up")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == (
        "acme/alone: 3 commits added, 1 digest written, 1 card written\n2 repositories looked at.\nNothing is left.\n"
    )
    assert project.is_whole(1, 5)
    assert are_right(project, {number: 9, other: 10})


def test_a_dry_run_says_what_is_behind_and_does_nothing(system):
    project = system.repository("dry", commits(12), 1)
    project.push(2)
    number = project.pull(2, 9)
    system.wait(lambda: project.is_whole(1, 2) and are_right(project, {number: 9}))
    unread = system.repository("unread", commits(3))
    archived = system.repository("archived", commits(3))
    system.control("/_repository", repository=archived.full_name, action="archived", deliver=False)
    project.push(5, deliver="lost")
    other = project.pull(2, 10, deliver=False)
    time.sleep(1)
    system.reset_requests()
    before, comments = waiting_in(system), project.comments()
    done = system.command("catch-up", "--dry-run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    names = project.names
    assert (
        f"acme/dry: 3 commits behind: read to {names[2][:7]}, head {names[5][:7]}; cards to be written: #{other}"
        in lines
    )
    assert f"acme/unread: head {unread.names[0][:7]}, not read here before" in lines
    assert "acme/archived: archived" in lines
    assert (
        len([line for line in lines if " push, first sent " in line and line.endswith("1 attempt, not answered")]) == 1
    )
    assert lines[-1] == "3 repositories looked at; nothing was marked or written."
    said = json.loads(system.command("catch-up", "--dry-run", "--json").stdout)
    assert [row["pulls"] for row in said["repositories"] if row["full_name"] == "acme/dry"] == [[other]]
    assert system.requests()["writes"] == 0
    assert (waiting_in(system), project.comments()) == (before, comments)


def test_one_repository_that_is_named(system):
    one, other = (system.repository(name, commits(6), 1) for name in ("one", "other"))
    for project in (one, other):
        project.push(2)
    system.wait(lambda: one.is_whole(1, 2) and other.is_whole(1, 2))
    for project in (one, other):
        project.push(4, deliver=False)
    said = json.loads(system.command("catch-up", "--repository", "ACME/One", "--json").stdout)
    assert [row["repository"] for row in said["repositories"]] == ["acme/one"]
    assert row_of(said, one)["commits_added"] == 2
    assert one.is_whole(1, 4)
    assert other.is_whole(1, 2)
    wrong = system.command("catch-up", "--repository", "acme/one", "--repository", "acme/none")
    assert (wrong.returncode, wrong.stderr) == (1, "Error: No installation gives access to acme/none.\n")


def test_what_cannot_be_done_is_named_and_the_rest_is_done(system):
    one, other = (system.repository(name, commits(8), 1) for name in ("refused", "fine"))
    for project in (one, other):
        project.push(2)
    system.wait(lambda: one.is_whole(1, 2) and other.is_whole(1, 2))
    system.control("/_install", account="acme", action="suspend", deliver=False)
    system.control("/_install", account="acme", action="unsuspend", deliver=False)
    number = one.pull(2, 7, deliver=False)
    for project in (one, other):
        project.push(4, deliver=False)
    system.control("/_faults", route="POST /repos/{}/issues/{}/comments", status=422, times=1000)
    done = system.command("catch-up", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert not said["complete"]
    assert list(row_of(said, one)["remaining"]) == [f"card:{one.there.repository_id}:{number}"]
    assert row_of(said, other)["remaining"] == {}
    assert one.is_whole(1, 4)
    assert other.is_whole(1, 4)
    system.control("/_faults", "DELETE")
    assert system.command("catch-up").returncode == 0
    assert are_right(one, {number: 7})


def test_a_suspended_installation_is_named(system):
    system.repository("shut", commits(3))
    system.control("/_install", account="acme", action="suspend", deliver=False)
    done = system.command("catch-up")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "acme: no access, suspended"


def test_what_is_missing_is_said():
    with System(runs=False) as system:
        system.environ = {"APP_ID": "", "PRIVATE_KEY": "", "WEBHOOK_SECRET": ""}
        for command in ("catch-up", "redeliver"):
            done = system.command(command)
            assert (done.returncode, done.stderr) == (1, "Error: APP_ID, PRIVATE_KEY and WEBHOOK_SECRET are needed.\n")
        system.environ = {"GITHUB_API_URL": "http://127.0.0.1:9"}
        done = system.command("catch-up")
        assert (done.returncode, done.stderr.splitlines()[-1][:29]) == (1, "Error: GitHub is unreachable:")


def failed(system):
    """GUID -> the status codes of all attempts at a delivery, of those that failed first."""
    found = {}
    for one in list(system.world.deliveries):
        found.setdefault(one.guid, []).append(one.status_code)
    return {guid: codes for guid, codes in found.items() if codes[0] != 202 and codes[0] != 200}


def test_redeliver_lists_and_asks(system):
    project = system.repository("again", commits(8), 1)
    number = project.pull(1, 7)
    project.push(2)
    system.wait(lambda: project.is_whole(1, 2) and are_right(project, {number: 7}))
    assert system.command("redeliver").stdout == "No delivery failed.\n"
    project.push(3, deliver="lost")
    asked = {"repository": project.full_name, "number": number, "body": "/ghapp pause", "deliver": "lost"}
    system.control("/_comment", **asked)
    listed = system.command("redeliver", "--dry-run")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["listed:", "listed:"]
    assert list(failed(system).values()) == [[0], [0]]
    assert system.command("redeliver", "--since", "2099-01-01").stdout == "No delivery failed.\n"
    done = json.loads(system.command("redeliver", "--since", "6h", "--json").stdout)
    assert {row["event"]: row["outcome"] for row in done} == {"push": "asked", "issue_comment.created": "asked"}
    system.wait(lambda: list(failed(system).values()) == [[0, 202], [0, 202]])
    system.wait(lambda: project.is_whole(1, 3) and "paused" in cards(project)[number][0])
    assert system.command("redeliver").stdout == "No delivery failed.\n"
    assert system.command("redeliver", "--since", "yesterday").returncode == 2


def test_digests_may_begin_before_the_app_came(system):
    now = datetime.now(UTC)
    dates = [now - timedelta(days=days) for days in (5, 4, 3, 3, 2, 0, 0)]
    made = [SampleCommit(f"Part {n} (#{n + 100})", {"a.py": f"a = {n}\n"}, at=at) for n, at in enumerate(dates)]
    project = system.repository("earlier", made, 5)
    project.push(6)
    system.wait(lambda: project.is_whole(5, 6))
    since = dates[2].date().isoformat()
    done = system.command("catch-up", "--since", since, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert row_of(json.loads(done.stdout), project)["commits_added"] == 4
    # Each once, on the day it was committed on; what came before the App today is today's.
    assert sorted(project.listed()) == sorted(project.names[2:])
    days = {at.date() for at in dates[2:]}
    assert len(project.digests()) == len(days)
    assert sorted(digest.state for digest in project.digests()) == ["closed"] * (len(days) - 1) + ["open"]
    again = json.loads(system.command("catch-up", "--since", since, "--json").stdout)
    row = row_of(again, project)
    assert (again["complete"], row["commits_added"], row["digests_written"]) == (True, 0, 0)
