"""The stand-in GitHub as a client sees it."""

import base64
import re
import time

import pytest
from githubkit_schemas.latest import models

from ghapp.demo.sample import SampleCommit, make_repository
from tests.standin import valid


def history():
    """main: 0..4 linear, 5..6 a side branch from 3, 7 merges it, 8 has 320 files."""
    commits = [SampleCommit(f"change {n}\n\nbody {n}", {"a.txt": f"{n}\n" * 3, f"f{n}": "x\n"}) for n in range(5)]
    commits += [
        SampleCommit("side 5", {"side": "1\n"}, parents=(3,)),
        SampleCommit("side 6", {"side": "2\n", "README.md": "# Hi\n"}),
        SampleCommit("Merge pull request #1 from acme/side", {"side": "2\n", "README.md": "# Hi\n"}, parents=(4, 6)),
        SampleCommit("many", {f"many/{n:03}.txt": f"{n}\n" for n in range(320)}),
    ]
    return commits


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    path = tmp_path_factory.mktemp("git") / "repo.git"
    return path, make_repository(path, history())


# --- who is asking -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"exp": 1}, {"exp": int(time.time()) + 3600}, {"iss": "12"}, {"exp": None}, {"iat": int(time.time()) + 900}],
)
def test_wrong_app_tokens_are_refused(github, changes):
    answer = github.app("GET", "/app", bearer=github.jwt(**changes))
    assert answer.status_code == 401
    assert answer.json()["status"] == "401"


def test_the_app_and_its_installations(github):
    assert valid(models.Integration, github.app("GET", "/app")).id == github.world.app.app_id
    assert len(valid(list[models.Installation], github.app("GET", "/app/installations"))) == 1
    one = valid(models.Installation, github.app("GET", f"/app/installations/{github.installation_id}"))
    assert one.account.login == "acme"
    assert github.app("GET", "/app/installations/1").status_code == 404
    assert github.app("GET", "/app", bearer=github.token).status_code == 401
    valid(models.WebhookConfig, github.app("GET", "/app/hook/config"))


def test_installation_tokens(github):
    path = f"/app/installations/{github.installation_id}/access_tokens"
    assert len(valid(models.InstallationToken, github.app("POST", path), 201).token) > 40
    assert github.get("", token="nonsense").json()["message"] == "Bad credentials"
    assert github.client.get("/repos/acme/tool").json()["message"] == "Requires authentication"
    assert github.ask("DELETE", "/installation/token").status_code == 204
    assert github.get("").status_code == 401


def test_tokens_live_an_hour(github):
    assert github.get("").status_code == 200
    github.control("/_clock", advance=3601)
    assert github.get("").status_code == 401
    assert github.get("", token=github.mint()).status_code == 200
    github.control("/_tokens", method="DELETE")
    assert github.get("").status_code == 401


def test_narrowed_tokens(github, repository):
    github.world.add_repository("acme/other", repository[0])
    token = github.mint(repositories=["tool"], permissions={"contents": "read", "metadata": "read"})
    assert github.get("/commits", token=token).status_code == 200
    assert github.get("/issues", token=token).json()["message"] == "Resource not accessible by integration"
    answer = github.get("/installation/repositories", token=token)
    assert [one["name"] for one in answer.json()["repositories"]] == ["tool"]
    valid(models.InstallationRepositoriesGetResponse200, answer)
    assert github.get("/installation/repositories").json()["total_count"] == 2
    path = f"/app/installations/{github.installation_id}/access_tokens"
    assert github.app("POST", path, json={"repositories": ["nope"]}).status_code == 422
    assert github.app("POST", path, json={"permissions": {"contents": "write"}}).status_code == 422
    assert github.app("POST", path, json={"permissions": {"contents": "all"}}).status_code == 422


def test_a_repository_that_the_installation_cannot_see(github, repository):
    github.world.add_repository("else/where", repository[0])
    answer = github.client.get("/repos/else/where", headers={"Authorization": f"Bearer {github.token}"})
    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_a_suspended_installation(github):
    github.world.installations[github.installation_id].suspended_at = github.world.now()
    assert github.get("").status_code == 403
    answer = github.app("POST", f"/app/installations/{github.installation_id}/access_tokens")
    assert (answer.status_code, answer.json()["message"]) == (403, "This installation has been suspended")


def test_a_user_agent_is_required(github):
    assert github.client.get("/app", headers={"User-Agent": ""}).status_code == 403


# --- names, pages, ETags, limits ---------------------------------------------------------------------------


def test_repositories_by_id_and_under_an_old_name(github):
    by_name = valid(models.FullRepository, github.get(""))
    headers = {"Authorization": f"Bearer {github.token}"}
    assert github.client.get(f"/repositories/{by_name.id}", headers=headers).json()["full_name"] == "acme/tool"
    github.world.rename(github.repository, "acme/kit")
    answer = github.get("/issues/1?x=y")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{github.url}/repositories/{by_name.id}/issues/1?x=y"
    assert github.ask("POST", "/issues", json={"title": "x"}).status_code == 301
    assert github.client.get("/repos/acme/kit", headers=headers).json()["id"] == by_name.id


def test_unknown_routes_are_counted(github):
    github.control("/_requests", method="DELETE")
    assert github.get("/no-such-thing").status_code == 404
    assert github.ask("PUT", "/issues/1").status_code == 404
    assert github.get("/pulls").status_code == 200
    summary = github.control("/_requests", method="GET")
    assert (summary["total"], summary["unknown"], summary["writes"]) == (3, 2, 0)
    assert summary["by_route"]["GET /repos/{}/pulls"] == 1
    assert summary["log"][-1]["path"] == "/repos/acme/tool/pulls"


def test_pages_and_links(github):
    pages = github.pages("/commits?per_page=4")
    assert [len(page) for page in pages] == [4, 4, 1]
    link = github.get("/commits?per_page=4&page=2").headers["Link"]
    assert set(re.findall(r'rel="(\w+)"', link)) == {"prev", "next", "first", "last"}
    assert "Link" not in github.get("/commits").headers
    assert github.get("/commits?per_page=1000&page=oops").status_code == 200


def test_etags_depend_on_the_token(github):
    first = github.get("/labels")
    again = github.get("/labels", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"]
    other = github.get("/labels", token=github.mint(), headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


def test_the_primary_limit(github):
    github.control("/_behaviour", primary=3)
    answers = [github.get("") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 403]
    assert answers[1].headers["x-ratelimit-remaining"] == "1"
    assert answers[3].headers["x-ratelimit-remaining"] == "0"
    assert "API rate limit exceeded" in answers[3].json()["message"]
    assert int(answers[3].headers["x-ratelimit-reset"]) > time.time()
    github.control("/_clock", advance=3600)
    assert github.get("", token=github.mint()).status_code == 200


def test_the_secondary_limit(github):
    github.control("/_behaviour", per_minute=2, per_hour=3)
    number = github.ask("POST", "/issues", json={"title": "x"}).json()["number"]
    path = f"/issues/{number}/comments"
    assert github.ask("POST", path, json={"body": "1"}).status_code == 201
    refused = github.ask("POST", path, json={"body": "2"})
    assert refused.status_code == 403
    assert "secondary rate limit" in refused.json()["message"]
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    github.control("/_clock", advance=61)
    assert github.ask("POST", path, json={"body": "3"}).status_code == 201
    assert int(github.ask("POST", path, json={"body": "4"}).headers["retry-after"]) > 3000
    assert valid(models.RateLimitOverview, github.get("/rate_limit")).resources.core.limit == 5000


def test_versions_of_the_api(github):
    number = github.open_pull()
    newer = github.get(f"/pulls/{number}", headers={"X-GitHub-Api-Version": "2026-03-10"}).json()
    assert "merge_commit_sha" not in newer
    assert "assignee" not in newer
    older = github.get(f"/pulls/{number}", headers={"X-GitHub-Api-Version": "2022-11-28"}).json()
    assert "merge_commit_sha" in older
    assert github.get("", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400


# --- git ---------------------------------------------------------------------------------------------------


def test_branches_and_commits(github):
    names = github.names
    branch = valid(models.BranchWithProtection, github.get("/branches/main"))
    assert branch.commit.sha == names[8]
    assert valid(models.GitRef, github.get("/git/ref/heads/main")).object_.sha == names[8]
    assert github.get("/branches/nope").status_code == 404
    listed = valid(list[models.Commit], github.get("/commits"))
    assert {item.sha for item in listed} == set(names)
    assert listed[0].sha == names[8]
    dated = github.get("/commits?since=2026-01-05T11:00:00Z&until=2026-01-05T12:00:00Z").json()
    assert [item["sha"] for item in dated] == [names[3], names[2]]


def test_a_commit_gives_300_files_a_page(github):
    first, second = github.pages(f"/commits/{github.names[8]}")
    assert (len(first["files"]), len(second["files"])) == (300, 20)
    assert first["stats"] == {"additions": 320, "deletions": 0, "total": 320}
    shown = valid(models.Commit, github.get(f"/commits/{github.names[1][:10]}"))
    assert shown.files[0].patch == "@@ -1,3 +1,3 @@\n-0\n-0\n-0\n+1\n+1\n+1"
    assert shown.commit.message == "change 1\n\nbody 1"
    assert github.get(f"/commits/{'1' * 40}").status_code == 422


def test_a_merge_commit_is_compared_with_its_first_parent(github):
    shown = github.get(f"/commits/{github.names[7]}").json()
    assert [file["filename"] for file in shown["files"]] == ["README.md", "side"]
    assert [parent["sha"] for parent in shown["parents"]] == [github.names[4], github.names[6]]


def test_comparisons(github):
    names = github.names
    shown = valid(models.CommitComparison, github.get(f"/compare/{names[3]}...{names[7]}"))
    assert (shown.status, shown.ahead_by, shown.behind_by, shown.total_commits) == ("ahead", 4, 0, 4)
    assert {item.sha for item in shown.commits} == {names[4], names[5], names[6], names[7]}
    diverged = github.get(f"/compare/{names[4]}...{names[6]}").json()
    assert (diverged["status"], diverged["ahead_by"], diverged["behind_by"]) == ("diverged", 2, 1)
    assert diverged["merge_base_commit"]["sha"] == names[3]
    assert [file["filename"] for file in diverged["files"]] == ["README.md", "side"]
    assert github.get("/compare/main...main").json()["status"] == "identical"
    assert github.get(f"/compare/main...{names[0]}").json()["status"] == "behind"
    assert github.get("/compare/main...nope").status_code == 404


def test_comparisons_in_pages_list_files_once(github):
    pages = github.pages(f"/compare/{github.names[0]}...main?per_page=3")
    assert [len(page["commits"]) for page in pages] == [3, 3, 2]
    assert [len(page["files"]) for page in pages] == [300, 0, 0]
    assert pages[0]["commits"][0]["sha"] == github.names[1]  # oldest first


def test_contents(github):
    shown = valid(models.ContentFile, github.get("/contents/README.md"))
    assert base64.b64decode(shown.content) == b"# Hi\n"
    raw = github.get("/contents/README.md", headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.content == b"# Hi\n"
    assert github.get(f"/contents/README.md?ref={github.names[0]}").status_code == 404
    assert github.get("/contents/.github/ghapp.yml").status_code == 404
    github.control("/_contents", path=".github/ghapp.yml", text="language: en\n")
    assert github.get("/contents/.github/ghapp.yml").json()["size"] == 13


# --- pull requests -----------------------------------------------------------------------------------------


def test_pull_requests(github):
    number = github.open_pull(title="Side", body=None, user="bob", draft=True, association="CONTRIBUTOR")
    shown = valid(models.PullRequest, github.get(f"/pulls/{number}"))
    assert (shown.commits, shown.changed_files, shown.draft, shown.user.login) == (2, 2, True, "bob")
    assert (shown.head.sha, shown.base.sha) == (github.names[6], github.names[4])
    merge_commit_sha = github.get(f"/pulls/{number}").json()["merge_commit_sha"]
    assert merge_commit_sha not in {None, *github.names}  # a test merge
    assert [item.number for item in valid(list[models.PullRequestSimple], github.get("/pulls"))] == [number]
    assert github.get("/pulls?state=closed").json() == []
    assert github.get("/pulls?base=other").json() == []
    files = valid(list[models.DiffEntry], github.get(f"/pulls/{number}/files"))
    assert [file.filename for file in files] == ["README.md", "side"]
    commits = valid(list[models.Commit], github.get(f"/pulls/{number}/commits"))
    assert [item.sha for item in commits] == [github.names[5], github.names[6]]
    of_commit = valid(list[models.PullRequestSimple], github.get(f"/commits/{github.names[5]}/pulls"))
    assert [item.number for item in of_commit] == [number]
    assert "pull_request" in valid(models.Issue, github.get(f"/issues/{number}")).model_dump(exclude_unset=True)
    assert github.get("/pulls/99").status_code == 404


def test_files_of_a_pull_request_in_pages(github):
    number = github.open_pull(head=8, base=7)
    assert [len(page) for page in github.pages(f"/pulls/{number}/files?per_page=1000")] == [100, 100, 100, 20]
    assert len(github.get(f"/pulls/{number}/files").json()) == 30


def test_a_fork_that_was_deleted(github):
    number = github.open_pull(head_repository=None, user=None)
    shown = github.get(f"/pulls/{number}").json()
    assert (shown["head"]["repo"], shown["user"]) == (None, None)
    assert shown["base"]["repo"]["full_name"] == "acme/tool"


# --- issues, comments, labels ------------------------------------------------------------------------------


def test_issues_of_the_app(github):
    created = valid(models.Issue, github.ask("POST", "/issues", json={"title": "Day", "body": "a\r\nb"}), 201)
    assert created.body == "a\r\nb"
    assert created.performed_via_github_app.id == github.world.app.app_id
    assert (created.user.login, created.user.type) == ("ghapp-demo[bot]", "Bot")
    edit = {"state": "closed", "state_reason": "not_planned", "labels": ["digest"]}
    edited = valid(models.Issue, github.ask("PATCH", f"/issues/{created.number}", json=edit))
    assert (edited.state, edited.state_reason, edited.title) == ("closed", "not_planned", "Day")
    assert edited.closed_at is not None
    assert github.get("/issues").json() == []
    assert len(github.get("/issues?state=all&labels=digest&creator=ghapp-demo[bot]").json()) == 1
    assert github.get("/issues?state=all&labels=digest,other").json() == []
    assert github.get("/issues?state=all&since=2999-01-01T00:00:00Z").json() == []


def test_issues_and_pull_requests_share_their_numbers(github):
    first = github.ask("POST", "/issues", json={"title": "x"}).json()["number"]
    second = github.open_pull()
    third = github.ask("POST", "/issues", json={"title": "x"}).json()["number"]
    assert [first, second, third] == [1, 2, 3]
    listed = github.get("/issues").json()
    assert [(item["number"], "pull_request" in item) for item in listed] == [(3, False), (2, True), (1, False)]
    assert [item["number"] for item in github.get("/issues?direction=asc").json()] == [1, 2, 3]


@pytest.mark.parametrize("body", [{}, {"body": "x"}, {"title": "x", "labels": "digest"}, {"title": " "}])
def test_wrong_issues(github, body):
    assert github.ask("POST", "/issues", json=body).status_code == 422


def test_what_is_not_json(github):
    answer = github.ask("POST", "/issues", content=b"{")
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")


def test_bodies_are_limited_to_65536_characters(github):
    number = github.ask("POST", "/issues", json={"title": "x", "body": "é" * 65_536}).json()["number"]
    for path, method in (("/issues", "POST"), (f"/issues/{number}", "PATCH"), (f"/issues/{number}/comments", "POST")):
        answer = github.ask(method, path, json={"title": "x", "body": "é" * 65_537})
        assert answer.status_code == 422
        assert "maximum is 65536 characters" in answer.text


def test_comments(github):
    number = github.open_pull()
    created = valid(models.IssueComment, github.ask("POST", f"/issues/{number}/comments", json={"body": "a"}), 201)
    path = f"/issues/comments/{created.id}"
    assert valid(models.IssueComment, github.ask("PATCH", path, json={"body": "b"})).body == "b"
    assert valid(models.IssueComment, github.get(path)).body == "b"
    listed = valid(list[models.IssueComment], github.get(f"/issues/{number}/comments"))
    assert [item.id for item in listed] == [created.id]
    assert github.ask("POST", f"/issues/{number}/comments", json={"body": " "}).status_code == 422
    assert github.ask("POST", f"/issues/{number}/comments", json={}).status_code == 422
    eyes = github.ask("POST", f"{path}/reactions", json={"content": "eyes"})
    assert valid(models.Reaction, eyes, 201).content == "eyes"
    assert github.ask("POST", f"{path}/reactions", json={"content": "eyes"}).status_code == 200
    assert github.ask("POST", f"{path}/reactions", json={"content": "nose"}).status_code == 422
    assert github.ask("DELETE", path).status_code == 204
    assert github.get(path).status_code == 404
    assert github.get(f"/issues/{number}/comments").json() == []


def test_labels(github):
    made = github.ask("POST", "/labels", json={"name": "risk: high", "color": "B60205", "description": "d"})
    assert valid(models.Label, made, 201).color == "b60205"
    again = github.ask("POST", "/labels", json={"name": "Risk: High"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "already_exists")
    assert github.ask("POST", "/labels", json={"name": "x", "color": "red"}).status_code == 422
    assert valid(models.Label, github.get("/labels/risk: high")).description == "d"
    assert github.get("/labels/nope").status_code == 404
    number = github.ask("POST", "/issues", json={"title": "x"}).json()["number"]
    added = github.ask("POST", f"/issues/{number}/labels", json={"labels": ["RISK: high", "new"]})
    assert [label.name for label in valid(list[models.Label], added)] == ["risk: high", "new"]
    assert len(github.get("/labels").json()) == 2


def test_issues_that_cannot_be_written(github):
    number = github.ask("POST", "/issues", json={"title": "x"}).json()["number"]
    pull = github.open_pull()
    github.control("/_edit", number=number, changes={"locked": True})
    assert github.ask("POST", f"/issues/{number}/comments", json={"body": "x"}).status_code == 403
    github.control("/_edit", number=number, changes={"deleted": True})
    assert github.get(f"/issues/{number}").status_code == 410
    github.repository.has_issues = False
    assert github.ask("POST", "/issues", json={"title": "x"}).status_code == 410
    assert github.get("/issues").status_code == 410
    assert github.ask("POST", f"/issues/{pull}/comments", json={"body": "x"}).status_code == 201
    github.repository.archived = True
    refused = github.ask("POST", f"/issues/{pull}/comments", json={"body": "x"})
    assert (refused.status_code, refused.json()["message"]) == (403, "Repository was archived so is read-only.")


def test_permissions_of_people(github):
    github.repository.collaborators["bob"] = "write"
    for login, level in (("bob", "write"), ("acme", "admin"), ("eve", "read")):
        answer = github.get(f"/collaborators/{login}/permission")
        assert valid(models.RepositoryCollaboratorPermission, answer).permission == level
