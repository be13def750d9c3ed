"""Issues of the stand-in that people delete, transfer, convert, lock, close, empty, or whose comments they delete."""

import pytest
from githubkit_schemas.latest import models

from tests.standin import valid

LOCKED = "Unable to create comment because issue is locked."


def created(github, comments=1):
    """An issue of the App's with comments: its number and their ids."""
    number = github.ask("POST", "/issues", json={"title": "Day", "body": "rows", "labels": ["digest"]}).json()["number"]
    made = [github.ask("POST", f"/issues/{number}/comments", json={"body": f"page {n}"}) for n in range(comments)]
    return number, [one.json()["id"] for one in made]


def by_address(github, url, token=None):
    return github.client.get(url, headers={"Authorization": f"Bearer {token or github.token}"})


def test_a_deleted_issue_is_gone_with_its_comments(github):
    number, (comment,) = created(github)
    github.control("/_issue", number=number, action="deleted")
    assert github.get(f"/issues/{number}").status_code == 410
    assert github.ask("PATCH", f"/issues/{number}", json={"body": "x"}).status_code == 410
    assert github.ask("POST", f"/issues/{number}/comments", json={"body": "x"}).status_code == 410
    assert github.get(f"/issues/{number}/comments").status_code == 410
    assert github.get(f"/issues/comments/{comment}").status_code == 404
    assert github.ask("PATCH", f"/issues/comments/{comment}", json={"body": "x"}).status_code == 404
    assert github.get("/issues?state=all").json() == []
    assert github.control("/_state", method="GET")["repositories"][0]["issues"] == []


def test_a_transferred_issue_redirects_who_may_follow(github, repository):
    other = github.world.add_repository("acme/other", repository[0])
    number, (comment,) = created(github)
    moved = github.control("/_issue", number=number, action="transferred", to="acme/other")["number"]
    there = f"{github.url}/repositories/{other.repository_id}/issues/{moved}"
    for method, body in (("GET", None), ("PATCH", {"body": "x"})):
        answer = github.ask(method, f"/issues/{number}", json=body)
        assert (answer.status_code, answer.headers["Location"], answer.json()["url"]) == (301, there, there)
    assert github.ask("POST", f"/issues/{number}/labels", json={"labels": ["x"]}).status_code == 301
    assert github.get(f"/issues/{number}/comments").status_code == 404
    assert github.ask("POST", f"/issues/{number}/comments", json={"body": "x"}).status_code == 404
    assert github.get(f"/issues/comments/{comment}").status_code == 404
    assert github.get("/issues").json() == []
    shown = valid(models.Issue, by_address(github, there))
    assert (shown.title, shown.body, shown.comments, shown.labels) == ("Day", "rows", 1, [])
    assert shown.user.login == github.world.app.login
    assert [said["body"] for said in by_address(github, f"{there}/comments").json()] == ["page 0"]


def test_a_transfer_keeps_the_labels_that_the_other_repository_has(github, repository):
    github.world.add_repository("acme/other", repository[0])
    headers = {"Authorization": f"Bearer {github.token}"}
    github.client.post("/repos/acme/other/labels", json={"name": "Digest"}, headers=headers)
    number, _ = created(github)
    moved = github.control("/_issue", number=number, action="transferred", to="acme/other")["number"]
    shown = by_address(github, f"{github.url}/repos/acme/other/issues/{moved}").json()
    assert [label["name"] for label in shown["labels"]] == ["Digest"]


def test_a_transfer_to_where_the_app_is_not_is_just_gone(github, repository):
    github.world.add_repository("bob/other", repository[0])
    number, _ = created(github)
    github.control("/_issue", number=number, action="transferred", to="bob/other")
    assert github.get(f"/issues/{number}").status_code == 404
    assert github.ask("PATCH", f"/issues/{number}", json={"body": "x"}).status_code == 404


def test_an_issue_that_became_a_discussion_stays_closed_and_locked(github):
    number, (comment,) = created(github)
    github.control("/_issue", number=number, action="converted")
    shown = valid(models.Issue, github.get(f"/issues/{number}"))
    assert (shown.state, shown.locked) == ("closed", True)
    assert github.get(f"/issues/comments/{comment}").status_code == 200
    github.control("/_issue", number=number, action="unlocked")
    refused = github.ask("POST", f"/issues/{number}/comments", json={"body": "x"})
    assert (refused.status_code, refused.json()["message"]) == (403, LOCKED)


def test_a_locked_issue_takes_edits_but_no_comments(github):
    number, (comment,) = created(github)
    github.control("/_issue", number=number, action="locked")
    assert github.get(f"/issues/{number}").json()["locked"] is True
    refused = github.ask("POST", f"/issues/{number}/comments", json={"body": "x"})
    assert (refused.status_code, refused.json()["message"]) == (403, LOCKED)
    assert github.ask("PATCH", f"/issues/{number}", json={"body": "x"}).status_code == 200
    assert github.ask("PATCH", f"/issues/comments/{comment}", json={"body": "x"}).status_code == 200
    github.control("/_behaviour", locked_edits=False)
    assert github.ask("PATCH", f"/issues/comments/{comment}", json={"body": "y"}).status_code == 403
    github.control("/_issue", number=number, action="unlocked")
    assert github.ask("PATCH", f"/issues/comments/{comment}", json={"body": "y"}).status_code == 200
    assert github.ask("POST", f"/issues/{number}/comments", json={"body": "x"}).status_code == 201


def test_a_locked_pull_request_takes_no_comments(github):
    number = github.open_pull(head=2, base=0)
    github.control("/_issue", number=number, action="locked")
    assert github.ask("POST", f"/issues/{number}/comments", json={"body": "x"}).status_code == 403


def test_people_close_and_reopen(github):
    number, _ = created(github)
    github.control("/_issue", number=number, action="closed")
    shown = github.get(f"/issues/{number}").json()
    assert (shown["state"], shown["state_reason"], shown["closed_at"] is None) == ("closed", "completed", False)
    assert github.get("/issues").json() == []
    github.control("/_issue", number=number, action="reopened")
    shown = github.get(f"/issues/{number}").json()
    assert (shown["state"], shown["state_reason"], shown["closed_at"]) == ("open", "reopened", None)


@pytest.mark.parametrize("body", [None, "", "somebody's own words"])
def test_people_edit_and_empty_bodies(github, body):
    number, _ = created(github)
    github.control("/_edit", number=number, changes={"body": body, "title": "Mine"})
    shown = github.get(f"/issues/{number}").json()
    assert (shown["body"], shown["title"]) == (body, "Mine")
    assert shown["user"]["login"] == github.world.app.login


def test_a_comment_that_people_deleted(github):
    number, (first, second) = created(github, comments=2)
    github.control("/_edit", comment_id=first, changes={"deleted": True})
    assert github.get(f"/issues/comments/{first}").status_code == 404
    assert github.ask("PATCH", f"/issues/comments/{first}", json={"body": "x"}).status_code == 404
    assert github.ask("DELETE", f"/issues/comments/{first}").status_code == 404
    assert [said["id"] for said in github.get(f"/issues/{number}/comments").json()] == [second]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"number": 99, "action": "locked"}, 404),
        ({"number": 1, "action": "melted"}, 422),
        ({"number": 2, "action": "transferred", "to": "acme/tool"}, 422),
        ({"number": 1, "action": "transferred", "to": "acme/none"}, 404),
        ({"number": 1}, 422),
    ],
)
def test_what_cannot_be_done(github, body, status):
    created(github)
    assert github.open_pull(head=2, base=0) == 2
    assert github.client.post("/_issue", json={"repository": "acme/tool"} | body).status_code == status
