"""Payloads of deliveries, in GitHub's shape."""

from typing import Any

from analysis.change import Change
from ghapp.clone import Commit
from ghapp.demo import shapes, shapes_git, shapes_issues
from ghapp.demo.records import Comment, Issue
from ghapp.demo.repository import Repository
from ghapp.demo.world import World

#: GitHub lists no more commits than this in a push.
MOST_COMMITS = 2048
NO_COMMIT = "0" * 40


def envelope(world: World, one: Repository | None, sender: str) -> dict[str, Any]:
    """What every payload carries: repository, sender and installation."""
    shown: dict[str, Any] = {"sender": shapes.account(world, sender)}
    if one is not None:
        shown["repository"] = shapes.repository(world, one)
        found = world.installation_of(one)
        if found is not None:
            shown["installation"] = {"id": found.installation_id, "node_id": f"MDI{found.installation_id}"}
    return shown


def short(one: Repository) -> dict[str, Any]:
    """A repository as deliveries about installations list it."""
    shown = {"id": one.repository_id, "name": one.name, "full_name": one.full_name}
    return shown | {"node_id": f"R_{one.repository_id}", "private": one.private}


def push(world: World, one: Repository, branch: str, ends: tuple[str, str], *, forced: bool) -> dict[str, Any]:
    """A push; `ends` is the branch before and after, forty zeros for no commit."""
    before, after = ends
    names = [] if NO_COMMIT in ends else one.between(before, after)[-MOST_COMMITS:]
    commits = _commits(world, one, names)
    head = None if after == NO_COMMIT else _commits(world, one, [after])[0]
    pusher = one.commit(after if after != NO_COMMIT else before)
    return {
        "ref": f"refs/heads/{branch}",
        "before": before,
        "after": after,
        "created": before == NO_COMMIT,
        "deleted": after == NO_COMMIT,
        "forced": forced,
        "base_ref": None,
        "compare": f"{world.url}/{one.full_name}/compare/{before[:12]}...{after[:12]}",
        "commits": commits,
        "head_commit": head,
        "pusher": {"name": one.owner, "email": pusher.author_email},
    }


def _commits(world: World, one: Repository, names: list[str]) -> list[dict[str, Any]]:
    changes = one.clone.changes(names, patches=False)
    return [_commit(world, one, item, change) for item, change in zip(one.commits(names), changes, strict=True)]


def _commit(world: World, one: Repository, item: Commit, change: Change) -> dict[str, Any]:
    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for file in change.files:
        paths.get(file.status, paths["modified"]).append(file.path)
    person = {"name": item.author, "email": item.author_email}
    return {
        "id": item.commit_sha,
        "tree_id": item.tree_sha,
        "distinct": True,
        "message": shapes_git.message(item),
        "timestamp": item.committed_at.isoformat(),
        "url": f"{world.url}/{one.full_name}/commit/{item.commit_sha}",
        "author": person,
        "committer": person,
    } | paths


def pull_request(world: World, one: Repository, item: Issue, action: str) -> dict[str, Any]:
    """Something happened to a pull request."""
    return {
        "action": action,
        "number": item.number,
        "pull_request": shapes_issues.full_pull(world, one, item),
    }


def issue_comment(world: World, one: Repository, item: Comment, action: str) -> dict[str, Any]:
    """Something happened to a comment."""
    issue = one.issues[item.number].latest
    return {
        "action": action,
        "issue": shapes_issues.issue(world, one, issue),
        "comment": shapes_issues.comment(world, one, item),
    }
