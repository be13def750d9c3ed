"""Routes of pull requests; all of them read."""

from typing import Any

from flask import request

from ghapp.demo import shapes_git, shapes_issues
from ghapp.demo.answers import Answer, Refused, page_of
from ghapp.demo.records import Issue
from ghapp.demo.repository import Repository
from ghapp.demo.site import Call, Route

_MOST_FILES, _MOST_COMMITS = 3000, 250


def _find(one: Repository, number: int) -> Issue:
    versions = one.issues.get(number)
    if versions is None or versions.latest.pull is None:
        raise Refused(404)
    return versions.latest


def _pulls(call: Call, one: Repository) -> Answer:
    seen = [versions.seen(call.world.behaviour.lag) for versions in list(one.issues.values())]
    found = [item for item in seen if item is not None and item.pull and _wanted(item)]
    order = "updated_at" if request.args.get("sort") == "updated" else "number"
    # By creation GitHub gives the newest first, by any other order the smallest.
    default = "desc" if order == "number" else "asc"
    newest_first = request.args.get("direction", default) == "desc"
    found.sort(key=lambda item: (getattr(item, order), item.number), reverse=newest_first)
    return page_of(found, lambda item: shapes_issues.pull(call.world, one, item))


def _wanted(item: Issue) -> bool:
    state, base = request.args.get("state", "open"), request.args.get("base")
    return state in {"all", item.state} and base in {None, item.the_pull.base_branch}


def _pull(call: Call, one: Repository, number: int) -> Answer:
    return Answer(shapes_issues.full_pull(call.world, one, _find(one, number)))


def _files(call: Call, one: Repository, number: int) -> Answer:
    item = _find(one, number)
    head_sha = item.the_pull.head_sha
    answer = page_of(
        one.pull_change(item).files,
        lambda file: shapes_git.diff_entry(call.world, one, head_sha, file),
        limit=_MOST_FILES,
    )
    rows: list[dict[str, Any]] = answer.body
    if call.world.behaviour.zero_rows:
        rows = shapes_git.with_zero_rows(rows)
    return Answer(rows, headers=answer.headers)


def _commits(call: Call, one: Repository, number: int) -> Answer:
    answer = page_of(one.pull_commits(_find(one, number)), str, limit=_MOST_COMMITS)
    shown = one.commits(answer.body)
    return Answer([shapes_git.commit(call.world, one, item) for item in shown], headers=answer.headers)


PULL_ROUTES = (
    Route("GET", "/pulls", _pulls, "pull_requests:read"),
    Route("GET", "/pulls/<int:number>", _pull, "pull_requests:read"),
    Route("GET", "/pulls/<int:number>/files", _files, "pull_requests:read"),
    Route("GET", "/pulls/<int:number>/commits", _commits, "pull_requests:read"),
)
