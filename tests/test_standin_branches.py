"""Branches of the stand-in: merge queue, renaming, long pushes, empty repositories, commits that were collected."""

import json
import subprocess

import pytest
from githubkit.compat import type_validate_python
from githubkit_schemas.latest import models, webhooks

from ghapp.demo.sample import SampleCommit, make_repository
from tests.standin import GitHub, valid

NOBODY = "0" * 40
BOT = "github-merge-queue[bot]"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """main: 0..6 linear; 7 and 8 a branch from 1, rebased as 3 and 4."""
    path = tmp_path_factory.mktemp("git") / "repo.git"
    commits = [SampleCommit(f"change {n}", {f"f{n}": f"{n}\n"}) for n in range(7)]
    commits += [SampleCommit("change 3", {"f3": "3\n"}, parents=(1,)), SampleCommit("change 4", {"f4": "4\n"})]
    return path, make_repository(path, commits)


@pytest.fixture
def github(repository):
    one = GitHub(*repository)
    one.control("/_push", head_sha=one.names[2])
    yield one
    one.client.close()
    one.stand_in.stop()


def pushes(world):
    got = [json.loads(raw) for headers, raw in world.receiver.got if headers["X-GitHub-Event"] == "push"]
    return [
        (one["ref"].removeprefix("refs/heads/"), one["before"], one["after"], one["sender"]["login"]) for one in got
    ]


# --- landing -----------------------------------------------------------------------------------------------


def test_a_merge_queue_lands_a_group_by_one_push(world):
    names = world.names
    numbers = [world.post("/_pull", head_sha=names[at], base_sha=names[2])["number"] for at in (7, 8)]
    world.receiver.got.clear()
    entries = [
        {"number": numbers[0], "merge_commit_sha": names[3]},
        {"number": numbers[1], "merge_commit_sha": names[4]},
    ]
    world.post("/_queue", entries=entries)
    first, second = (f"gh-readonly-queue/main/pr-{numbers[at]}-{names[2 + at]}" for at in (0, 1))
    assert pushes(world) == [
        (first, NOBODY, names[3], BOT),
        (second, NOBODY, names[4], BOT),
        ("main", names[2], names[4], BOT),
        (first, names[3], NOBODY, BOT),
        (second, names[4], NOBODY, BOT),
    ]
    closed = [json.loads(raw) for headers, raw in world.receiver.got if headers["X-GitHub-Event"] == "pull_request"]
    shown = [(one["action"], one["number"], one["pull_request"]["merge_commit_sha"]) for one in closed]
    assert shown == [("closed", numbers[0], names[3]), ("closed", numbers[1], names[4])]
    assert {one["pull_request"]["merged_by"]["login"] for one in closed} == {BOT}
    assert closed[0]["sender"]["type"] == "Bot"
    assert world.receiver.events.index(("pull_request", "closed")) == 3


def test_the_branches_of_a_merge_queue_go(github):
    number = github.open_pull(head=7, base=2)
    github.control("/_queue", entries=[{"number": number, "merge_commit_sha": github.names[3]}])
    heads = github.control("/_state", method="GET")["repositories"][0]["heads"]
    assert heads == {"main": github.names[3]}
    (landed,) = github.get("/activity?activity_type=merge_queue_merge").json()
    assert (landed["actor"]["login"], landed["after"]) == (BOT, github.names[3])


def test_a_rebase_lands_several_commits(world):
    number = world.post("/_pull", head_sha=world.names[8], base_sha=world.names[1])["number"]
    world.post("/_merge", number=number, merge_commit_sha=world.names[4])
    push = next(json.loads(raw) for headers, raw in world.receiver.got if headers["X-GitHub-Event"] == "push")
    type_validate_python(webhooks.PushEvent, push)
    assert [one["id"] for one in push["commits"]] == [world.names[3], world.names[4]]
    assert (push["forced"], push["commits"][0]["added"]) == (False, ["f3"])
    with world.github() as github:
        shown = github.rest.pulls.get("acme", "tool", number).raw_response.json()
        assert (shown["merged"], shown["merged_by"]["login"]) == (True, "acme")


def test_a_forced_push_lists_what_is_new(world):
    world.post("/_push", head_sha=world.names[8])
    push = world.receiver.last()
    assert (push["forced"], [one["id"] for one in push["commits"]]) == (True, [world.names[7], world.names[8]])


def test_a_push_of_more_than_2048_commits(world, tmp_path):
    names = long_history(tmp_path / "long.git", 2_060)
    world.world.add_repository("acme/long", tmp_path / "long.git")
    world.post("/_push", repository="acme/long", head_sha=names[0], deliver=False)
    world.post("/_push", repository="acme/long", head_sha=names[-1])
    push = world.receiver.last()
    assert (push["before"], push["after"]) == (names[0], names[-1])
    assert [one["id"] for one in push["commits"]] == names[-2048:]
    with world.github() as github:
        compared = github.request(
            "GET", f"/repos/acme/long/compare/{names[0]}...{names[-1]}?per_page=100&page=21"
        ).json()
        assert (compared["total_commits"], len(compared["commits"])) == (2_059, 59)


def long_history(path, count):
    """So many empty commits on main, oldest first."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    who = "committer A <a@example.com> {} +0000"
    lines = [f"commit refs/heads/main\n{who.format(1767600000 + n)}\ndata 2\n{n % 10}\n\n" for n in range(count)]
    subprocess.run(["git", f"--git-dir={path}", "fast-import", "--quiet"], input="".join(lines).encode(), check=True)
    listed = subprocess.run(
        ["git", f"--git-dir={path}", "rev-list", "--reverse", "main"], capture_output=True, check=True
    )
    return listed.stdout.decode().split()


# --- renaming ----------------------------------------------------------------------------------------------


def test_the_default_branch_is_renamed(world):
    number = world.post("/_pull", head_sha=world.names[8], base_sha=world.names[1])["number"]
    world.receiver.got.clear()
    world.post("/_branch", branch="main", new_name="trunk")
    head = world.names[2]
    assert pushes(world) == [("trunk", NOBODY, head, "acme"), ("main", head, NOBODY, "acme")]
    assert world.receiver.events[2:] == [("repository", "edited"), ("pull_request", "edited")]
    edited = json.loads(world.receiver.got[2][1])
    type_validate_python(webhooks.RepositoryEvent, edited)
    assert edited["changes"] == {"default_branch": {"from": "main"}}
    assert edited["repository"]["default_branch"] == "trunk"
    followed = world.receiver.last()
    assert (followed["number"], followed["pull_request"]["base"]["ref"]) == (number, "trunk")
    assert followed["changes"]["base"]["ref"] == {"from": "main"}


def test_the_old_name_of_a_branch_redirects_until_it_is_taken(github):
    github.control("/_branch", branch="main", new_name="topic/trunk")
    answer = github.get("/branches/main")
    there = f"{github.url}/repositories/{github.repository.repository_id}/branches/topic/trunk"
    assert (answer.status_code, answer.headers["Location"]) == (301, there)
    headers = {"Authorization": f"Bearer {github.token}"}
    assert github.client.get(there, headers=headers).json()["commit"]["sha"] == github.names[2]
    assert github.get("/commits?sha=main").status_code == 404
    assert github.get("/commits").json()[0]["sha"] == github.names[2]
    github.control("/_push", branch="main", head_sha=github.names[1])
    assert github.get("/branches/main").json()["commit"]["sha"] == github.names[1]


def test_another_branch_is_renamed(world):
    world.post("/_push", branch="topic", head_sha=world.names[1])
    world.post("/_branch", branch="topic", new_name="subject")
    assert [event for event, _ in world.receiver.events] == ["push"] * 3
    for branch, name, status in (("nope", "x", 404), ("subject", "main", 422)):
        body = {"repository": "acme/tool", "branch": branch, "new_name": name}
        assert world.client.post("/_branch", json=body).status_code == status


# --- what is not there -------------------------------------------------------------------------------------


def test_an_empty_repository(github, tmp_path):
    path = tmp_path / "empty.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    github.world.add_repository("acme/empty", path)
    headers = {"Authorization": f"Bearer {github.token}"}
    asked = {name: github.client.get(f"/repos/acme/empty{name}", headers=headers) for name in EMPTY}
    assert {name: (answer.status_code, answer.json()["message"]) for name, answer in asked.items()} == EMPTY
    shown = valid(models.FullRepository, github.client.get("/repos/acme/empty", headers=headers))
    assert (shown.size, shown.default_branch) == (0, "main")
    for name in ("/pulls", "/activity", "/issues"):
        assert github.client.get(f"/repos/acme/empty{name}", headers=headers).json() == []


EMPTY = {
    "/commits": (409, "Git Repository is empty."),
    f"/commits/{'1' * 40}": (409, "Git Repository is empty."),
    "/compare/main...main": (409, "Git Repository is empty."),
    "/git/ref/heads/main": (409, "Git Repository is empty."),
    "/branches/main": (404, "Branch not found"),
    "/contents/README.md": (404, "This repository is empty."),
}


def test_the_first_push_to_an_empty_repository(world, tmp_path):
    path = tmp_path / "empty.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    world.world.add_repository("acme/empty", path)
    (name,) = make_repository(path, [SampleCommit("Begin", {"a": "1\n"})])
    world.post("/_push", repository="acme/empty", head_sha=name)
    push = world.receiver.last()
    assert (push["created"], push["before"], push["after"]) == (True, NOBODY, name)
    with world.github() as github:
        assert github.rest.repos.get_branch("acme", "empty", "main").parsed_data.commit.sha == name


def test_a_commit_that_was_garbage_collected(github):
    github.control("/_push", head_sha=github.names[8])
    github.control("/_push", head_sha=github.names[5])
    lost = github.names[8]
    github.control("/_collect", commits=[lost])
    for ref in (lost, lost[:10]):
        refused = github.get(f"/commits/{ref}")
        assert (refused.status_code, refused.json()["message"]) == (422, f"No commit found for SHA: {ref}")
    assert github.get(f"/compare/{lost}...main").status_code == 404
    assert github.get(f"/compare/{github.names[2]}...{lost}").status_code == 404
    assert github.get(f"/commits?sha={lost}").status_code == 404
    assert github.get(f"/commits/{lost}/pulls").status_code == 422
    assert github.get(f"/compare/{github.names[2]}...main").json()["ahead_by"] == 3
