"""`GET /repositories/{id}/activity` of the stand-in: what moved which branch, its filters and its cursors."""

import re
from datetime import datetime

import pytest
from githubkit_schemas.latest import models

from ghapp.demo.sample import SampleCommit, make_repository
from tests.standin import GitHub, valid

NOBODY = "0" * 40


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """main: 0..5 linear; 6 and 7 a branch from 0."""
    path = tmp_path_factory.mktemp("git") / "repo.git"
    commits = [SampleCommit(f"change {n}", {"a": f"{n}\n"}) for n in range(6)]
    commits += [SampleCommit("side 6", {"side": "6\n"}, parents=(0,)), SampleCommit("side 7", {"side": "7\n"})]
    return path, make_repository(path, commits)


@pytest.fixture
def github(repository):
    one = GitHub(*repository)
    one.control("/_push", head_sha=one.names[1])  # forced: the clone's own head is 7
    yield one
    one.client.close()
    one.stand_in.stop()


def when(text):
    return datetime.fromisoformat(text)


def kinds(github, query=""):
    return [row["activity_type"] for row in github.get(f"/activity{query}").json()]


def test_every_way_of_moving_a_branch(github):
    github.control("/_push", head_sha=github.names[2])
    number = github.open_pull(head=3, base=2)
    github.control("/_merge", number=number, merge_commit_sha=github.names[3])
    number = github.open_pull(head=4, base=3)
    github.control("/_queue", entries=[{"number": number, "merge_commit_sha": github.names[4]}])
    github.control("/_push", branch="new", head_sha=github.names[2])
    github.control("/_push", branch="new", head_sha=None)
    queue = ["branch_deletion", "merge_queue_merge", "branch_creation"]
    assert kinds(github) == ["branch_deletion", "branch_creation", *queue, "pr_merge", "push", "force_push"]
    assert kinds(github, "?ref=main") == ["merge_queue_merge", "pr_merge", "push", "force_push"]


def test_a_row(github):
    github.control("/_push", head_sha=github.names[2], user="bob")
    headers = {"Authorization": f"Bearer {github.token}"}
    answer = github.client.get(f"/repositories/{github.repository.repository_id}/activity", headers=headers)
    row = valid(list[models.Activity], answer)[0]
    assert (row.before, row.after, row.ref) == (github.names[1], github.names[2], "refs/heads/main")
    assert (row.activity_type, row.actor.login) == ("push", "bob")
    assert row.timestamp == when(github.get("").json()["pushed_at"])


def test_filters(github):
    github.control("/_push", head_sha=github.names[2], user="bob")
    github.control("/_push", branch="new", head_sha=github.names[1])
    assert kinds(github, "?ref=refs/heads/main") == kinds(github, "?ref=main") == ["push", "force_push"]
    assert kinds(github, "?ref=refs/heads/new") == ["branch_creation"]
    assert kinds(github, "?activity_type=push") == ["push"]
    assert kinds(github, "?actor=bob") == ["push"]
    assert kinds(github, "?direction=asc") == ["force_push", "push", "branch_creation"]
    assert kinds(github, "?ref=nope") == []


@pytest.mark.parametrize(("period", "days"), [("day", 1), ("week", 7), ("month", 30), ("quarter", 91), ("year", 365)])
def test_periods(github, period, days):
    github.control("/_clock", advance=days * 86_400 - 60)
    github.token = github.mint()
    assert kinds(github, f"?time_period={period}") == ["force_push"]
    github.control("/_clock", advance=120)
    assert kinds(github, f"?time_period={period}") == []
    assert kinds(github) == ["force_push"]


@pytest.mark.parametrize("query", ["activity_type=pushes", "time_period=hour", "direction=up", "after=nope"])
def test_wrong_filters_are_refused(github, query):
    assert github.get(f"/activity?{query}").status_code == 422


def test_pages_by_cursor(github):
    for number in (2, 3, 4, 5):
        github.control("/_push", head_sha=github.names[number])
    pages = github.pages("/activity?per_page=2&ref=main")
    assert [[row["after"] for row in page] for page in pages] == [
        [github.names[5], github.names[4]],
        [github.names[3], github.names[2]],
        [github.names[1]],
    ]
    first = github.get("/activity?per_page=2&ref=main")
    second = github.client.get(first.links["next"]["url"], headers={"Authorization": f"Bearer {github.token}"})
    assert re.findall(r'rel="(\w+)"', first.headers["Link"]) == ["next"]
    assert "ref=main" in second.links["next"]["url"]
    back = github.client.get(second.links["prev"]["url"], headers={"Authorization": f"Bearer {github.token}"})
    assert back.json() == first.json()


def test_a_cursor_stays_where_it_is_when_more_is_pushed(github):
    for number in (2, 3):
        github.control("/_push", head_sha=github.names[number])
    link = github.get("/activity?per_page=2").links["next"]["url"]
    github.control("/_push", head_sha=github.names[4])
    rows = github.client.get(link, headers={"Authorization": f"Bearer {github.token}"}).json()
    assert [row["after"] for row in rows] == [github.names[1]]


def test_the_activity_lags_like_other_lists(github):
    github.control("/_behaviour", lag=60)
    github.control("/_push", head_sha=github.names[2])
    assert kinds(github) == []
    github.control("/_behaviour", lag=0)
    assert kinds(github) == ["push", "force_push"]


def test_a_push_that_deletes_says_so(github):
    github.control("/_push", branch="new", head_sha=github.names[1])
    github.control("/_push", branch="new", head_sha=None)
    deleted, created = github.get("/activity?ref=new").json()
    assert (created["before"], created["after"]) == (NOBODY, github.names[1])
    assert (deleted["before"], deleted["after"]) == (github.names[1], NOBODY)
