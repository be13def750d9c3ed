"""JSON of issues, comments and pull requests, in GitHub's shape."""

from typing import Any

from ghapp.demo.records import Comment, Issue, Pull
from ghapp.demo.repository import Repository
from ghapp.demo.shapes import account, app, label, repository, stamp, stamp_or_none
from ghapp.demo.world import World

_REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def issue(world: World, one: Repository, item: Issue) -> dict[str, Any]:
    """An issue; a pull request is one too."""
    url = f"{world.api_url}/repos/{one.full_name}/issues/{item.number}"
    kind = "pull" if item.pull else "issues"
    shown = {
        "id": item.issue_id,
        "node_id": f"I_{item.issue_id}",
        "url": url,
        "repository_url": f"{world.api_url}/repos/{one.full_name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": f"{world.url}/{one.full_name}/{kind}/{item.number}",
        "number": item.number,
        "state": item.state,
        "state_reason": item.state_reason,
        "title": item.title,
        "body": item.body,
        "user": account(world, item.user),
        "labels": [label(world, one, one.labels[name.lower()]) for name in item.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": item.locked,
        "active_lock_reason": None,
        "comments": len(comments_of(one, item.number)),
        "created_at": stamp(item.created_at),
        "updated_at": stamp(item.updated_at),
        "closed_at": stamp_or_none(item.closed_at),
        "author_association": item.association,
        "performed_via_github_app": app(world) if item.via_app else None,
        "reactions": _rollup(url),
    }
    return shown | ({"pull_request": _pull_links(world, one, item, item.pull)} if item.pull else {})


def comments_of(one: Repository, number: int, lag: float = 0.0) -> list[Comment]:
    """The comments of an issue, oldest first, as a list sees them that lags."""
    seen = [versions.seen(lag) for versions in list(one.comments.values())]
    return [item for item in seen if item is not None and item.number == number and not item.deleted]


def comment(world: World, one: Repository, item: Comment) -> dict[str, Any]:
    """A comment."""
    url = f"{world.api_url}/repos/{one.full_name}/issues/comments/{item.comment_id}"
    kind = "pull" if one.issues[item.number].latest.pull else "issues"
    html = f"{world.url}/{one.full_name}/{kind}/{item.number}"
    return {
        "id": item.comment_id,
        "node_id": f"IC_{item.comment_id}",
        "url": url,
        "html_url": f"{html}#issuecomment-{item.comment_id}",
        "issue_url": f"{world.api_url}/repos/{one.full_name}/issues/{item.number}",
        "user": account(world, item.user),
        "created_at": stamp(item.created_at),
        "updated_at": stamp(item.updated_at),
        "body": item.body,
        "author_association": item.association,
        "performed_via_github_app": app(world) if item.via_app else None,
        "reactions": _rollup(url),
    }


def pull(world: World, one: Repository, item: Issue) -> dict[str, Any]:
    """A pull request as lists show it."""
    url = f"{world.api_url}/repos/{one.full_name}/pulls/{item.number}"
    as_issue = issue(world, one, item)
    same = "number state title body user labels assignee assignees milestone locked active_lock_reason"
    same += " created_at updated_at closed_at author_association"
    return {name: as_issue[name] for name in same.split()} | {
        "id": item.issue_id + 1_000_000,
        "node_id": f"PR_{item.issue_id}",
        "url": url,
        **_links(url, as_issue["url"], as_issue["html_url"]),
        "merged_at": stamp_or_none(item.the_pull.merged_at),
        "merge_commit_sha": item.the_pull.merge_commit_sha,
        "requested_reviewers": [],
        "requested_teams": [],
        "draft": item.the_pull.draft,
        "auto_merge": None,
        "head": _end(world, one, item.the_pull.head_branch, item.the_pull.head_sha, item.the_pull.head_repository),
        "base": _end(world, one, item.the_pull.base_branch, item.the_pull.base_sha, one.full_name),
    }


def full_pull(world: World, one: Repository, item: Issue) -> dict[str, Any]:
    """A pull request as its own address shows it, with counts."""
    change = one.pull_change(item)
    merged = item.the_pull.merged_at is not None
    return pull(world, one, item) | {
        "merged": merged,
        "mergeable": None if merged else True,
        "rebaseable": None if merged else True,
        "mergeable_state": "unknown" if merged else "clean",
        "merged_by": account(world, item.the_pull.merged_by),
        "comments": len(comments_of(one, item.number)),
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(one.pull_commits(item)),
        "additions": change.added,
        "deletions": change.deleted,
        "changed_files": len(change.files),
    }


def reaction(world: World, item: tuple[int, str, str], reaction_id: int) -> dict[str, Any]:
    """A reaction: of which comment, by whom, which."""
    _, login, content = item
    return {
        "id": reaction_id,
        "node_id": f"REA_{reaction_id}",
        "user": account(world, login),
        "content": content,
        "created_at": stamp(world.now()),
    }


def _end(world: World, one: Repository, ref: str, head_sha: str, full_name: str | None) -> dict[str, Any]:
    # A deleted fork leaves null behind; other forks are shown under their name with our repository's data.
    owner = (full_name or one.full_name).partition("/")[0]
    shown = None if full_name is None else repository(world, one) | {"full_name": full_name}
    if shown and full_name != one.full_name:
        shown |= {"id": one.repository_id + 500_000, "fork": True, "owner": account(world, owner)}
    user = None if full_name is None else account(world, owner)
    return {"label": f"{owner}:{ref}", "ref": ref, "sha": head_sha, "repo": shown, "user": user}


def _links(url: str, issue_url: str, html: str) -> dict[str, Any]:
    addresses = {
        "html": html,
        "issue": issue_url,
        "commits": f"{url}/commits",
        "review_comments": f"{url}/comments",
        "review_comment": f"{url}/comments{{/number}}",
        "comments": f"{issue_url}/comments",
        "statuses": f"{url}/statuses",
    }
    flat = {f"{name}_url": address for name, address in addresses.items()}
    nested = {name: {"href": address} for name, address in (addresses | {"self": url}).items()}
    return flat | {"diff_url": f"{html}.diff", "patch_url": f"{html}.patch", "_links": nested}


def _pull_links(world: World, one: Repository, item: Issue, shown: Pull) -> dict[str, Any]:
    html = f"{world.url}/{one.full_name}/pull/{item.number}"
    return {
        "url": f"{world.api_url}/repos/{one.full_name}/pulls/{item.number}",
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "merged_at": stamp_or_none(shown.merged_at),
    }


def _rollup(url: str) -> dict[str, Any]:
    return {"url": f"{url}/reactions", "total_count": 0} | dict.fromkeys(_REACTIONS, 0)
