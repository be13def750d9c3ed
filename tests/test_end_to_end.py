"""Signed deliveries in, comments and issues out, with the real processes in between."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from ghapp import redis_server
from ghapp.demo.sample import SampleCommit
from tests.installation import System, commits, free_port

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def system():
    with System() as made:
        yield made


@pytest.fixture(autouse=True)
def _well_behaved(request):
    yield
    if "system" in request.fixturenames:
        made = request.getfixturevalue("system")
        made.control("/_faults", "DELETE")
        made.control("/_behaviour", lag=0.0)


def test_a_pull_request_gets_one_card_and_a_landing_one_entry(system):
    project = system.repository("one", commits(4), 1)
    number = project.pull(1, 2, title="Fix crash in part 2")
    card = system.wait(project.comments)[0]
    assert card.body.startswith("<!-- ghapp:card:v1 ")
    assert card.user == "ghapp-demo[bot]"
    project.merge(number, 2)
    system.wait(lambda: project.is_whole(1, 2))
    assert len(project.comments()) == 1
    assert "[Fix crash in part 2]" in project.digests()[0].body


def test_ten_files_cost_at_most_six_requests_and_a_hundred_at_most_nine(system):
    for files, most in ((10, 6), (100, 9)):
        project = system.repository(f"cost-{files}", commits(3, files), 1)
        system.reset_requests()
        project.pull(1, 2)
        system.wait(project.comments)
        time.sleep(0.5)
        counted = system.requests()
        tokens = counted["by_route"].get("POST /app/installations/{}/access_tokens", 0)
        assert counted["total"] - tokens <= most
        assert counted["unknown"] == 0


def test_the_same_delivery_five_times_is_no_further_write(system):
    project = system.repository("again", commits(4), 1)
    project.pull(1, 2, deliver=5)
    system.wait(project.comments)
    project.push(3, deliver=5)
    system.wait(lambda: project.is_whole(1, 3))
    time.sleep(1.5)
    system.reset_requests()
    project.system.control("/_push", repository=project.full_name, branch="main", head_sha=project.names[3], deliver=5)
    time.sleep(2)
    assert system.requests()["writes"] == 0
    assert (len(project.comments()), len(project.digests())) == (1, 1)


def test_a_push_updates_the_card_in_place_and_silence_follows_when_nothing_changed(system):
    project = system.repository("update", commits(5), 1)
    number = project.pull(1, 2)
    first = system.wait(project.comments)[0]
    body = {"repository": project.full_name, "number": number}
    system.control("/_pull/update", **body, head_sha=project.names[3])
    system.wait(lambda: project.comments()[0].body != first.body)
    assert len(project.comments()) == 1
    assert project.names[3][:7] in project.comments()[0].body
    assert (
        f"Since the card at `{project.names[2][:7]}`:** 2 files new or changed, 0 files gone"
        in project.comments()[0].body
    )
    system.reset_requests()
    system.control("/_pull/update", **body, title="Fix crash in part 3 (#1003)")
    time.sleep(1.5)
    assert system.requests()["writes"] <= 1


def test_landings_by_squash_merge_rebase_and_push_one_of_them_unheard(system):
    made = commits(8)
    made += [
        SampleCommit("Work on a branch", {"branch.py": "a = 1\n"}, parents=(7,)),
        SampleCommit("More work on it", {"branch.py": "a = 2\n"}),
        SampleCommit("Merge pull request #7 from acme/branch", {"branch.py": "a = 2\n"}, parents=(7, 9)),
        SampleCommit("Last", {"last.py": "b = 1\n"}),
    ]
    project = system.repository("landings", made, 1)
    squashed = project.pull(1, 2)
    project.merge(squashed, 2)
    rebased = project.pull(2, 5)
    project.merge(rebased, 5)
    project.push(7, deliver=False)
    merged = project.pull(7, 9)
    project.merge(merged, 10)
    project.push(11)
    system.wait(lambda: project.is_whole(1, 11))
    assert project.names[8] not in project.listed()
    assert len(project.digests()) == 1


def test_fifty_landings_are_a_handful_of_writes():
    with System(GHAPP_RENDER_DELAY="5", GHAPP_RENDER_INTERVAL="25") as system:
        project = system.repository("burst", commits(52), 1)
        system.reset_requests()
        for position in range(2, 52):
            project.push(position)
        system.wait(lambda: project.is_whole(1, 51), 60)
        assert system.requests()["writes"] <= 10


def test_a_worker_that_is_killed_loses_and_doubles_nothing(system):
    project = system.repository("killed", commits(30), 1)
    numbers = [project.pull(position - 1, position) for position in range(2, 8)]
    for position in range(2, 30):
        project.push(position)
        if position % 9 == 0:
            for pid in system.processes("ghapp worker"):
                os.kill(pid, signal.SIGKILL)
    system.wait(lambda: project.is_whole(1, 29), 60)
    assert len(project.digests()) == 1
    cards = [comment for comment in project.comments() if "ghapp:card" in comment.body]
    assert len({card.number for card in cards}) == len(cards) <= len(numbers)


def test_redis_that_is_killed_comes_back_with_what_it_held(system):
    project = system.repository("redis", commits(6), 1)
    project.push(2)
    system.wait(lambda: project.is_whole(1, 2))
    time.sleep(1.2)
    (pid,) = system.processes("redis-server")
    os.kill(pid, signal.SIGKILL)
    system.wait(lambda: system.is_ready() and system.processes("redis-server") != [pid])
    project.push(5)
    system.wait(lambda: project.is_whole(1, 5), 60)
    assert len(project.digests()) == 1


def test_redis_that_is_emptied_costs_no_commit_and_no_second_issue(system):
    project = system.repository("emptied", commits(8), 1)
    number = project.pull(5, 6)
    system.wait(project.comments)
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3))
    redis_server.connect(f"unix://{system.folder}/redis/redis.sock").flushall()
    project.push(5)
    system.wait(lambda: project.is_whole(1, 5))
    system.control("/_pull/update", repository=project.full_name, number=number, head_sha=project.names[7])
    system.wait(lambda: project.names[7][:7] in project.comments()[0].body)
    assert (len(project.comments()), len(project.digests())) == (1, 1)


def test_a_lost_answer_to_a_create_doubles_nothing(system):
    project = system.repository("lost", commits(4), 1)
    system.control("/_behaviour", lag=1.0)
    system.control("/_faults", route="POST /repos/{}/issues/{}/comments", lose=True)
    system.control("/_faults", route="POST /repos/{}/issues", lose=True)
    project.pull(1, 2)
    system.wait(project.comments)
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3), 60)
    time.sleep(7)
    assert (len(project.comments()), len(project.digests())) == (1, 1)


def test_faults_are_outlived(system):
    project = system.repository("faults", commits(4), 1)
    for fault in (
        {"route": "GET /repos/{}/pulls/{}", "status": 502},
        {"route": "GET /repos/{}/compare/{}", "reset": True},
        {"route": "GET /repos/{}/commits/{}", "status": 404},
        {"route": "POST /repos/{}/issues/{}/comments", "status": 403, "headers": {"retry-after": "1"}},
    ):
        system.control("/_faults", **fault)
    project.pull(1, 2)
    system.wait(project.comments)
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3), 60)


def test_a_token_that_expired_is_minted_again(system):
    project = system.repository("token", commits(4), 1)
    project.pull(1, 2)
    system.wait(project.comments)
    system.control("/_tokens", "DELETE")
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3))


def test_a_repository_chooses_language_and_zone(system):
    chosen = {".github/ghapp.yml": "language: zh-CN\ntimezone: Asia/Shanghai\n"}
    made = [SampleCommit("Begin", {"a.py": "a = 1\n"}), SampleCommit("Choose", chosen), *commits(3)[1:]]
    project = system.repository("language", made, 1)
    project.pull(1, 2)
    system.wait(project.comments)
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3))
    assert "每日更新报告" in project.digests()[0].title
    assert "Asia/Shanghai, UTC+08:00" in project.digests()[0].body
    assert "重要度" in project.comments()[0].body


def test_a_broken_file_is_shown_and_not_obeyed_by_half(system):
    broken = {".github/ghapp.yml": "language: zh-CN\ntimezone: Moon/Base\nlangauge: en\n"}
    made = [SampleCommit("Begin", {"a.py": "a = 1\n"}), SampleCommit("Choose", broken), *commits(3)[1:]]
    project = system.repository("broken", made, 1)
    project.pull(1, 2)
    system.wait(project.comments)
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3))
    for text in (project.digests()[0].body, project.comments()[0].body):
        assert "is not in effect" in text
        assert "timezone" in text
        assert "langauge: no such key" in text


def test_what_people_write_below_the_marker_is_kept_and_what_they_edit_above_is_restored(system):
    project = system.repository("people", commits(5), 1)
    project.push(2)
    system.wait(lambda: project.is_whole(1, 2))
    digest = project.digests()[0]
    edited = digest.body.replace("Daily digest", "Daily joke") + "\r\n- [x] seen by Ann"
    system.control("/_edit", repository=project.full_name, number=digest.number, changes={"body": edited})
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3))
    body = project.digests()[0].body
    assert "Daily joke" not in body
    assert body.endswith("- [x] seen by Ann")


def test_a_force_push_strikes_what_left_and_goes_on_from_the_merge_base(system):
    made = [*commits(5), SampleCommit("Another way", {"other.py": "c = 1\n"}, parents=(2,))]
    project = system.repository("forced", made, 1)
    project.push(4)
    system.wait(lambda: project.is_whole(1, 4))
    project.push(5)
    system.wait(lambda: project.names[5] in project.listed())
    body = project.digests()[0].body
    assert body.count("~~Fix crash in part") == 2
    assert "2 commits, 2 listed" in body


def test_commands_of_people_with_write_access_are_obeyed_and_of_others_not(system):
    project = system.repository("commands", commits(4), 1)
    project.there.collaborators.update({"ann": "write", "eve": "read"})
    number = project.pull(1, 2)
    system.wait(project.comments)

    def say(user, text):
        body = {"repository": project.full_name, "number": number, "user": user, "body": text}
        return system.control("/_comment", **body)["comment_id"]

    def card():
        return next(comment.body for comment in project.comments() if comment.body.startswith("<!-- ghapp:card"))

    say("eve", "/ghapp pause")
    say("ann", "please /ghapp pause")
    time.sleep(1)
    assert "paused -->" not in card()
    said = say("ann", "/ghapp pause")
    system.wait(lambda: "paused -->" in card())
    assert [key[2] for key in project.there.reactions if key[0] == said] == ["eyes"]
    system.control("/_pull/update", repository=project.full_name, number=number, head_sha=project.names[3])
    time.sleep(1)
    assert "paused -->" in card()
    say("ann", "/ghapp resume")
    system.wait(lambda: project.names[3][:7] in card())
    assert len([comment for comment in project.comments() if "ghapp:card" in comment.body]) == 1


def test_the_first_push_to_a_repository(system):
    project = system.repository("first", commits(3), 0)
    system.control("/_push", repository=project.full_name, branch="main", head_sha=None, deliver=False)
    project.push(2)
    system.wait(lambda: project.listed() == project.clone.first_parents(None, project.names[2])[::-1])


def test_it_starts_and_answers_while_github_cannot_be_reached_and_stops_cleanly():
    system = System(GITHUB_API_URL=f"http://127.0.0.1:{free_port()}")
    with system:
        assert system.is_ready()
        children = system.processes("")
        assert len(children) >= 4
        assert system.stop() == 0
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_a_dry_run_writes_nothing():
    with System(GHAPP_DRY_RUN="1") as system:
        project = system.repository("dry", commits(4), 1)
        project.pull(1, 2)
        system.wait(lambda: "dry run: POST" in system.logged())
        project.push(3)
        system.wait(lambda: system.logged().count("dry run: POST") >= 2)
        time.sleep(1)
        assert system.requests()["writes"] == 0
        assert project.comments() == project.digests() == []


def test_without_credentials_the_receiver_says_so(tmp_path):
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "GHAPP_STATE_DIR": str(tmp_path),
        "GHAPP_HOST": "127.0.0.1",
    }
    with subprocess.Popen([sys.executable, "-m", "ghapp", "run"], env=environ, stderr=subprocess.PIPE) as process:
        for _ in range(100):
            try:
                answer = httpx.post(f"http://127.0.0.1:{port}/webhook", content=b"{}")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert answer.status_code == 503
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_wrong_settings_are_all_named_and_end_with_status_2():
    environ = {"PATH": os.environ["PATH"], "APP_ID": "x", "PORT": "y"}
    done = subprocess.run(
        [sys.executable, "-m", "ghapp", "run"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert all(name in done.stderr for name in ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "PORT"))
