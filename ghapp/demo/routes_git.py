"""Routes of a repository's git side: branches, commits, comparisons, contents, activity."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request

from analysis.change import Change
from ghapp.clone import Commit
from ghapp.demo import shapes, shapes_git, shapes_issues
from ghapp.demo.answers import Answer, Refused, link, moved, number, page_of
from ghapp.demo.repository import Repository
from ghapp.demo.site import Call, Route

_COMMIT_FILES, _COMPARE_FILES, _MOST_FILES, _MOST_COMMITS = 300, 300, 3000, 250


def _repository(call: Call, one: Repository) -> Answer:
    return Answer(shapes.repository(call.world, one))


def _branch(call: Call, one: Repository, name: str) -> Answer:
    head = one.head(name, call.world.behaviour.lag)
    if head is None and (new := one.renamed_branches.get(name)):
        raise moved(f"{call.world.api_url}/repositories/{one.repository_id}/branches/{new}")
    if head is None:
        raise Refused(404, "Branch not found")
    return Answer(shapes_git.branch(call.world, one, name, one.commit(head)))


def _ref(call: Call, one: Repository, name: str) -> Answer:
    _check_not_empty(one)
    head = one.head(name, call.world.behaviour.lag)
    if head is None:
        raise Refused(404)
    return Answer(shapes_git.git_ref(call.world, one, name, head))


def _check_not_empty(one: Repository) -> None:
    """Refuse to read git's side of a repository that nobody has pushed to.

    Raises:
        Refused: 409, https://github.com/github/rest-api-description/issues/385
    """
    if one.empty:
        raise Refused(409, "Git Repository is empty.")


def _found(call: Call, one: Repository, ref: str, status: int = 404, message: str | None = None) -> str:
    _check_not_empty(one)
    head_sha = one.resolve(ref, call.world.behaviour.lag)
    if head_sha is None:
        raise Refused(status, message)
    return head_sha


def _commits(call: Call, one: Repository) -> Answer:
    start = _found(call, one, request.args.get("sha") or one.default_branch)
    names: Sequence[str] = one.between(None, start)[::-1]
    if "since" in request.args or "until" in request.args:
        names = _dated(one, names)
    answer = page_of(names, str)
    shown = one.commits(answer.body)
    return Answer([shapes_git.commit(call.world, one, item) for item in shown], headers=answer.headers)


def _dated(one: Repository, names: Sequence[str]) -> list[str]:
    since, until = (_when(name) for name in ("since", "until"))
    return [item.commit_sha for item in one.commits(names) if _inside(item, since, until)]


def _when(name: str) -> datetime | None:
    value = request.args.get(name)
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError as error:
        raise Refused(422, f"Invalid {name}") from error


def _inside(item: Commit, since: datetime | None, until: datetime | None) -> bool:
    after = since is None or item.committed_at >= since
    return after and (until is None or item.committed_at <= until)


def _commit(call: Call, one: Repository, ref: str) -> Answer:
    name = _found(call, one, ref, 422, f"No commit found for SHA: {ref}")
    item, change = one.commit(name), one.change(name)
    files = page_of(
        change.files[:_MOST_FILES],
        lambda file: shapes_git.diff_entry(call.world, one, name, file),
        per_page=_COMMIT_FILES,
        most=_COMMIT_FILES,
    )
    stats = {"additions": change.added, "deletions": change.deleted, "total": change.added + change.deleted}
    shown = shapes_git.commit(call.world, one, item) | {"stats": stats, "files": files.body}
    return Answer(shown, headers=files.headers)


def _commit_pulls(call: Call, one: Repository, ref: str) -> Answer:
    name = _found(call, one, ref, 422, f"No commit found for SHA: {ref}")
    found = [
        item
        for item in one.pulls()
        if item.pull and (item.pull.merge_commit_sha == name or name in one.pull_commits(item))
    ]
    return page_of(found, lambda item: shapes_issues.pull(call.world, one, item))


def _compare(call: Call, one: Repository, basehead: str) -> Answer:
    base, dots, head = basehead.partition("...")
    if not dots:
        raise Refused(404)
    base_sha, head_sha = (_found(call, one, end.rpartition(":")[2]) for end in (base, head))
    start = one.merge_base(base_sha, head_sha)
    if start is None:
        raise Refused(404, f"No common ancestor between {base} and {head}.")
    names = one.between(base_sha, head_sha)
    at, size = number("page", 1), number("per_page", _MOST_COMMITS, 100 if "per_page" in request.args else 250)
    shown = [shapes_git.commit(call.world, one, item) for item in one.commits(names[(at - 1) * size : at * size])]
    body = _comparison(call, one, (base_sha, head_sha, start)) | {"commits": shown, "total_commits": len(names)}
    # Only the first page lists files; GitHub gives 300 of them and no way to ask for more.
    body["files"] = _files(call, one, head_sha, one.change(head_sha, base_sha)) if at == 1 else []
    return Answer(body, headers=link(at, -(-len(names) // size)))


def _comparison(call: Call, one: Repository, ends: tuple[str, str, str]) -> dict[str, Any]:
    base_sha, head_sha, start = ends
    ahead, behind = len(one.between(base_sha, head_sha)), len(one.between(head_sha, base_sha))
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    html = f"{call.world.url}/{one.full_name}/compare/{base_sha}...{head_sha}"
    base_commit, merge_base = (shapes_git.commit(call.world, one, one.commit(name)) for name in (base_sha, start))
    return {
        "url": f"{call.world.api_url}/repos/{one.full_name}/compare/{base_sha}...{head_sha}",
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": base_commit,
        "merge_base_commit": merge_base,
        "status": status.get((ahead > 0, behind > 0), "identical"),
        "ahead_by": ahead,
        "behind_by": behind,
    }


def _files(call: Call, one: Repository, head_sha: str, change: Change) -> list[dict[str, Any]]:
    shown = change.files[:_COMPARE_FILES]
    rows = [shapes_git.diff_entry(call.world, one, head_sha, file) for file in shown]
    return shapes_git.with_zero_rows(rows) if call.world.behaviour.zero_rows else rows


def _contents(call: Call, one: Repository, path: str) -> Answer:
    if one.empty:
        raise Refused(404, "This repository is empty.")
    head_sha = _found(call, one, request.args.get("ref") or one.default_branch)
    data = one.file(head_sha, path)
    if data is None:
        raise Refused(404)
    if "raw" in request.headers.get("Accept", ""):
        kind = {"Content-Type": "application/vnd.github.raw; charset=utf-8"}
        return Answer(data, headers=kind)
    return Answer(shapes_git.content(call.world, one, path, data))


def _permission(call: Call, one: Repository, login: str) -> Answer:
    level = one.permission(login)
    user = (shapes.account(call.world, login) or {}) | {
        "role_name": level,
        "permissions": {"pull": True, "triage": level in {"write", "admin"}, "push": level in {"write", "admin"}}
        | {"maintain": level == "admin", "admin": level == "admin"},
    }
    return Answer({"permission": level, "role_name": level, "user": user})


GIT_ROUTES = (
    Route("GET", "", _repository),
    Route("GET", "/branches/<path:name>", _branch, "contents:read"),
    Route("GET", "/git/ref/heads/<path:name>", _ref, "contents:read"),
    Route("GET", "/commits", _commits, "contents:read"),
    Route("GET", "/commits/<path:ref>", _commit, "contents:read"),
    Route("GET", "/commits/<path:ref>/pulls", _commit_pulls, "pull_requests:read"),
    Route("GET", "/compare/<path:basehead>", _compare, "contents:read"),
    Route("GET", "/contents/<path:path>", _contents, "contents:read"),
    Route("GET", "/collaborators/<login>/permission", _permission),
)
