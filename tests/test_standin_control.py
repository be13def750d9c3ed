"""The stand-in's control routes: what people do, the deliveries that follow, and what goes wrong."""

import hashlib
import hmac
import json
import signal
import subprocess
import sys
import time

import httpx
import pytest
from githubkit import AppAuthStrategy, GitHub
from githubkit.exception import RequestError

from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.demo.serve import environment
from ghapp.demo.standin import write_key
from tests.standin import SECRET


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """main: 0, 1, 2; a branch from 0 with 3 and 4; 5 squashes it onto 2; 6 merges it into 2."""
    path = tmp_path_factory.mktemp("git") / "repo.git"
    commits = [SampleCommit(f"main {n}", {f"m{n}": "x\n"}) for n in range(3)]
    commits += [
        SampleCommit("side 3", {"side": "3\n"}, parents=(0,)),
        SampleCommit("side 4", {"side": "4\n"}),
        SampleCommit("side (#1)", {"side": "4\n"}, parents=(2,)),
        SampleCommit("Merge pull request #1 from acme/side", {"side": "4\n"}, parents=(2, 4)),
    ]
    return path, make_repository(path, commits)


# --- deliveries --------------------------------------------------------------------------------------------


def test_a_push_is_signed_and_shaped_as_githubs(world):
    sent = world.post("/_push", head_sha=world.names[5])["deliveries"]
    assert [(one["status"], one["status_code"]) for one in sent] == [("OK", 202)]
    headers, raw = world.receiver.got[0]
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert len(headers["X-GitHub-Delivery"]) == 36
    payload = json.loads(raw)
    assert (payload["ref"], payload["before"], payload["after"]) == ("refs/heads/main", world.names[2], world.names[5])
    assert (payload["forced"], payload["created"], payload["deleted"]) == (False, False, False)
    assert payload["head_commit"]["message"] == "side (#1)"
    assert payload["commits"][0]["added"] == ["side"]
    assert payload["installation"]["id"] == world.installation_id


def test_deliveries_that_are_dropped_lost_or_repeated(world):
    assert world.post("/_push", head_sha=world.names[1], deliver=False)["deliveries"] == []
    lost = world.post("/_push", head_sha=world.names[2], deliver="lost")["deliveries"]
    assert (lost[0]["status_code"], world.receiver.got) == (0, [])
    twice = world.post("/_push", head_sha=world.names[5], deliver=2)["deliveries"]
    assert len({one["guid"] for one in twice}) == 1
    assert len(world.receiver.got) == 2
    with world.app() as app:
        listed = app.rest.apps.list_webhook_deliveries().parsed_data
        assert [one.status for one in listed] == ["OK", "OK", "timed out"]


def test_failed_deliveries_are_recorded_and_sent_again(world):
    world.receiver.status = 503
    guid = world.post("/_push", head_sha=world.names[5])["deliveries"][0]["guid"]
    world.receiver.status = 202
    with world.app() as app:
        failed = app.rest.apps.list_webhook_deliveries().parsed_data[0]
        assert (failed.status_code, failed.guid, failed.redelivery) == (503, guid, False)
        shown = app.rest.apps.get_webhook_delivery(failed.id).parsed_data
        assert shown.request.headers is not None
        assert app.rest.apps.redeliver_webhook_delivery(failed.id).status_code == 202
        assert world.receiver.wait(2) == 2
        assert world.receiver.got[0][1] == world.receiver.got[1][1]
        assert world.receiver.got[1][0]["X-GitHub-Delivery"] == guid


def test_deliveries_are_paged_by_cursor(world):
    for head in (1, 2, 1, 2, 5):
        world.post("/_push", head_sha=world.names[head])
    with world.app() as app:
        first = app.rest.apps.list_webhook_deliveries(per_page=3)
        assert len(first.parsed_data) == 3
        cursor = first.headers["Link"].partition("cursor=")[2].partition(">")[0]
        rest = app.rest.apps.list_webhook_deliveries(per_page=3, cursor=cursor)
        assert len(rest.parsed_data) == 2
        assert "Link" not in rest.headers


def test_nobody_listens(world):
    world.post("/_hook", url="http://127.0.0.1:9/webhook")
    sent = world.post("/_push", head_sha=world.names[5])["deliveries"][0]
    assert (sent["status"], sent["status_code"]) == ("failed to connect to host", 0)


# --- what people do ----------------------------------------------------------------------------------------


def test_the_life_of_a_pull_request(world):
    number = world.open_pull(draft=True)
    world.post("/_pull/update", number=number, draft=False)
    world.post("/_pull/update", number=number, head_sha=world.names[3])
    world.post("/_pull/update", number=number, title="Better")
    assert world.receiver.last()["changes"] == {"title": {"from": "side 4"}}
    world.post("/_pull/update", number=number, state="closed")
    world.post("/_pull/update", number=number, state="open")
    actions = ["opened", "ready_for_review", "synchronize", "edited", "closed", "reopened"]
    assert world.receiver.events == [("pull_request", action) for action in actions]
    synchronize = json.loads(world.receiver.got[2][1])
    assert (synchronize["before"], synchronize["after"]) == (world.names[4], world.names[3])


@pytest.mark.parametrize("landed", [5, 6])
def test_merging_moves_the_base(world, landed):
    number = world.open_pull()
    world.post("/_merge", number=number, merge_commit_sha=world.names[landed])
    assert world.receiver.events[1:] == [("push", None), ("pull_request", "closed")]
    merged = world.receiver.last()["pull_request"]
    assert (merged["merged"], merged["merge_commit_sha"]) == (True, world.names[landed])
    with world.github() as github:
        assert github.rest.repos.get_branch("acme", "tool", "main").parsed_data.commit.sha == world.names[landed]
        assert github.rest.pulls.get("acme", "tool", number).parsed_data.merged is True


def test_a_push_that_holds_a_head_merges_its_pull_request(world):
    number = world.open_pull()
    world.post("/_push", head_sha=world.names[6])
    assert world.receiver.events[1:] == [("push", None), ("pull_request", "closed")]
    assert world.receiver.last()["pull_request"]["merge_commit_sha"] == world.names[4]
    assert world.receiver.last()["number"] == number


def test_merging_one_merges_those_within(world):
    inner = world.post("/_pull", head_sha=world.names[3], base_sha=world.names[0])["number"]
    outer = world.open_pull()
    world.post("/_merge", number=outer, merge_commit_sha=world.names[6])
    closed = [json.loads(raw)["number"] for _, raw in world.receiver.got if json.loads(raw).get("action") == "closed"]
    assert closed == [outer, inner]


def test_forced_created_and_deleted_branches(world):
    world.post("/_push", head_sha=world.names[4])
    assert world.receiver.last()["forced"] is True
    world.post("/_push", branch="new", head_sha=world.names[1])
    assert (world.receiver.last()["created"], world.receiver.last()["before"]) == (True, "0" * 40)
    world.post("/_push", branch="new", head_sha=None)
    assert (world.receiver.last()["deleted"], world.receiver.last()["head_commit"]) == (True, None)
    with world.github() as github:
        activities = github.rest.repos.list_activities("acme", "tool").parsed_data
        kinds = [one.activity_type for one in activities]
        assert kinds == ["branch_deletion", "branch_creation", "force_push", "force_push"]


def test_comments_of_people(world):
    number = world.open_pull()
    world.post("/_comment", number=number, body="/ghapp review", user="eve", association="NONE")
    payload = world.receiver.last()
    assert world.receiver.events[-1] == ("issue_comment", "created")
    assert (payload["comment"]["body"], payload["comment"]["author_association"]) == ("/ghapp review", "NONE")
    assert (payload["sender"]["login"], payload["issue"]["number"]) == ("eve", number)
    world.post("/_edit", comment_id=payload["comment"]["id"], changes={"body": "never mind"})
    assert world.receiver.events[-1] == ("issue_comment", "edited")
    assert world.receiver.last()["comment"]["body"] == "never mind"
    world.post("/_edit", comment_id=payload["comment"]["id"], changes={"deleted": True})
    assert world.receiver.events[-1] == ("issue_comment", "deleted")


def test_what_administrators_do(world):
    world.post("/_repository", action="renamed", full_name="acme/kit")
    assert world.receiver.last()["changes"] == {"repository": {"name": {"from": "tool"}}}
    world.post("/_repository", repository="acme/kit", action="archived")
    assert world.receiver.last()["repository"]["archived"] is True
    world.post("/_repository", repository="acme/kit", action="edited", has_issues=False)
    world.post("/_select", account="acme", removed=["acme/kit"])
    assert world.receiver.last()["repositories_removed"][0]["full_name"] == "acme/kit"
    world.post("/_install", account="acme", action="suspend")
    world.post("/_install", account="acme", action="deleted")
    world.post("/_install", account="acme", action="created")
    kinds = ["repository", "repository", "repository", "installation_repositories"] + ["installation"] * 3
    assert [event for event, _ in world.receiver.events] == kinds
    world.post("/_deliver", event="ping", payload={"zen": "x"}, repository="acme/kit")
    assert world.receiver.last()["zen"] == "x"


def test_the_state_of_everything(world):
    number = world.open_pull()
    world.post("/_comment", number=number, body="hello")
    (shown,) = world.client.get("/_state").json()["repositories"]
    assert (shown["full_name"], shown["heads"]) == ("acme/tool", {"main": world.names[2]})
    assert [said["body"] for said in shown["issues"][0]["comments"]] == ["hello"]


def test_pages_for_people(world):
    number = world.open_pull(title="<b>Side</b>", body="**bold** <script>alert(1)</script>")
    world.post("/_comment", number=number, body="| a |\n|---|\n| 1 |")
    text = world.client.get(f"/acme/tool/pull/{number}").text
    assert "&lt;b&gt;Side&lt;/b&gt;" in text
    assert "<strong>bold</strong>" in text
    assert "<td>1</td>" in text
    assert "<script" not in text
    assert f'href="/acme/tool/issues/{number}"' in world.client.get("/").text
    assert world.client.get("/acme/tool/issues/99").status_code == 404


# --- what goes wrong ---------------------------------------------------------------------------------------


def test_faults_by_status_with_headers_and_count(world):
    world.post("/_hook", url=None)
    fault = {"route": "GET /repos/{}/pulls*", "status": 502, "times": 2, "headers": {"retry-after": "7"}}
    world.client.post("/_faults", json=fault)
    with world.github() as github:
        for _ in range(2):
            with pytest.raises(RequestError) as failed:
                github.rest.pulls.list("acme", "tool")
            assert failed.value.response.status_code == 502
            assert failed.value.response.headers["retry-after"] == "7"
        assert github.rest.pulls.list("acme", "tool").status_code == 200


def test_a_connection_that_is_reset(world):
    world.client.post("/_faults", json={"route": "GET /repos/{}", "reset": True})
    with world.github() as github:
        with pytest.raises(RequestError):
            github.rest.repos.get("acme", "tool")
        assert github.rest.repos.get("acme", "tool").status_code == 200


def test_done_but_the_answer_is_lost(world):
    world.client.post("/_faults", json={"route": "POST /repos/{}/issues", "lose": True})
    with world.github() as github:
        with pytest.raises(RequestError):
            github.rest.issues.create("acme", "tool", title="once")
        assert [one.title for one in github.rest.issues.list_for_repo("acme", "tool").parsed_data] == ["once"]
    summary = world.client.get("/_requests").json()
    assert summary["by_route"]["POST /repos/{}/issues"] == 1
    assert summary["writes"] == 1


def test_a_slow_answer_and_clearing_faults(world):
    world.client.post("/_faults", json={"delay": 1, "times": None})
    with world.github() as github:
        started = time.monotonic()
        github.rest.repos.get("acme", "tool")
        assert time.monotonic() - started >= 1
        world.client.delete("/_faults")
        started = time.monotonic()
        github.rest.repos.get("acme", "tool")
        assert time.monotonic() - started < 1


def test_reads_lag_behind_writes(world):
    world.client.post("/_behaviour", json={"lag": 600})
    with world.github() as github:
        issue = github.rest.issues.create("acme", "tool", title="x").parsed_data
        world.post("/_push", head_sha=world.names[5])
        assert github.rest.issues.get("acme", "tool", issue.number).status_code == 200  # by number at once
        assert github.rest.issues.list_for_repo("acme", "tool").parsed_data == []
        # What the clone ended with when it was added; everything since is too new.
        assert github.rest.repos.get_branch("acme", "tool", "main").parsed_data.commit.sha == world.names[6]
        world.client.post("/_behaviour", json={"lag": 0})
        assert len(github.rest.issues.list_for_repo("acme", "tool").parsed_data) == 1
        assert github.rest.repos.get_branch("acme", "tool", "main").parsed_data.commit.sha == world.names[5]


def test_rows_without_numbers_after_20000_lines(world, tmp_path):
    files = {f"f{n}": "x\n" * 9_000 for n in range(4)}
    names = make_repository(tmp_path / "big.git", [SampleCommit("a", {"a": "1\n"}), SampleCommit("b", files)])
    world.world.add_repository("acme/big", tmp_path / "big.git")
    pull = {"repository": "acme/big", "head_sha": names[1], "base_sha": names[0]}
    number = world.post("/_pull", **pull)["number"]
    world.client.post("/_behaviour", json={"zero_rows": True})
    with world.github() as github:
        rows = github.rest.pulls.list_files("acme", "big", number).parsed_data
        assert [row.additions for row in rows] == [9_000, 9_000, 0, 0]
        small = github.rest.pulls.list_files("acme", "big", number, per_page=1, page=4).parsed_data
        assert small[0].additions == 9_000


def test_wrong_settings_are_refused(world):
    assert world.client.post("/_behaviour", json={"lagg": 1}).status_code == 422
    assert world.client.post("/_push", json={"repository": "a/b"}).status_code == 404
    comment = {"repository": "acme/tool", "number": 99, "body": "x"}
    assert world.client.post("/_comment", json=comment).status_code == 404
    bad = {"repository": "acme/tool", "head_sha": "f" * 40}
    assert world.client.post("/_push", json=bad).status_code == 422


# --- starting it -------------------------------------------------------------------------------------------


def test_as_a_process(repository, tmp_path):
    key = tmp_path / "key.pem"
    command = [sys.executable, "-m", "ghapp.demo.standin", "--repo", f"acme/tool={repository[0]}"]
    with subprocess.Popen([*command, "--private-key-path", str(key)], stdout=subprocess.PIPE) as process:
        try:
            ready = json.loads(process.stdout.readline())
            assert httpx.get(ready["url"] + "/_requests").json()["total"] == 0
            assert key.stat().st_mode & 0o777 == 0o600
            auth = AppAuthStrategy(ready["app_id"], key.read_text())
            with GitHub(auth, base_url=ready["url"], http_cache=False) as app:
                assert len(app.rest.apps.list_installations().parsed_data) == 1
        finally:
            process.terminate()


def test_alone_until_interrupted(repository, tmp_path):
    code = "import sys; from pathlib import Path; from ghapp.demo.serve import serve_github\n"
    code += "serve_github({'acme/tool': Path(sys.argv[1])}, directory=Path(sys.argv[2]))"
    command = [sys.executable, "-c", code, str(repository[0]), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = dict(process.stdout.readline().strip().split("=", 1) for _ in range(4))
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    assert lines["GITHUB_API_URL"].startswith("http://127.0.0.1:")
    assert (tmp_path / "private-key.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert lines["PRIVATE_KEY_PATH"] == str(tmp_path / "private-key.pem")


def test_credentials_for_a_deployment(world, tmp_path):
    key = tmp_path / "key.pem"
    write_key(world.stand_in, key)
    lines = environment(world.stand_in, world.url, key)
    assert set(lines) == {"GITHUB_API_URL", "APP_ID", "PRIVATE_KEY_PATH", "WEBHOOK_SECRET"}
    assert lines["WEBHOOK_SECRET"] == SECRET
    with pytest.raises(FileExistsError):
        write_key(world.stand_in, key)


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/_push", {}, "head_sha"),
        ("/_pull", {}, "head_sha"),
        ("/_merge", {"number": 1}, "merge_commit_sha"),
        ("/_comment", {"number": 1}, "body"),
        ("/_faults", {"rout": "*"}, "rout"),
    ],
)
def test_a_control_request_that_lacks_a_key_is_told_which(world, path, body, named):
    about = {} if path == "/_faults" else {"repository": "acme/tool"}
    answer = world.client.post(path, json=about | body)
    assert answer.status_code == 422
    assert named in answer.json()["message"]


def test_a_pull_request_gets_the_number_that_is_asked_for_while_it_is_free(world):
    assert world.open_pull(number=9) == 9
    assert world.open_pull(number=4) == 4
    assert world.open_pull(number=9) == 10
    assert world.open_pull() == 11
