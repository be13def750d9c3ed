"""JSON of commits, files, branches and contents, in GitHub's shape."""

import base64
import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import quote

from analysis.change import FileChange
from ghapp.clone import Commit
from ghapp.demo.records import Activity
from ghapp.demo.repository import Repository
from ghapp.demo.shapes import account, stamp
from ghapp.demo.world import World

_INLINE_BYTES = 1_000_000
_ZERO_AFTER_LINES = 20_000


def commit(world: World, one: Repository, item: Commit) -> dict[str, Any]:
    """A commit without its files; people of git have no account here."""
    url = f"{world.api_url}/repos/{one.full_name}/commits/{item.commit_sha}"
    html = f"{world.url}/{one.full_name}/commit"
    git_url = f"{world.api_url}/repos/{one.full_name}/git"
    return {
        "sha": item.commit_sha,
        "node_id": f"C_{item.commit_sha}",
        "commit": {
            "author": _person(item, item.authored_at),
            "committer": _person(item, item.committed_at),
            "message": message(item),
            "tree": {"sha": item.tree_sha, "url": f"{git_url}/trees/{item.tree_sha}"},
            "url": f"{git_url}/commits/{item.commit_sha}",
            "comment_count": 0,
            "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None},
        },
        "url": url,
        "html_url": f"{html}/{item.commit_sha}",
        "comments_url": f"{url}/comments",
        "author": account(world, item.author) if item.bot else None,
        "committer": None,
        "parents": [
            {"sha": name, "url": f"{url.rpartition('/')[0]}/{name}", "html_url": f"{html}/{name}"}
            for name in item.parents
        ],
    }


def message(item: Commit) -> str:
    """A commit's whole message."""
    return f"{item.title}\n\n{item.body}" if item.body else item.title


def diff_entry(world: World, one: Repository, ref: str, file: FileChange) -> dict[str, Any]:
    """A file of a change; `patch` is absent, not null, when there is none."""
    path = quote(file.path)
    blob = f"{world.url}/{one.full_name}"
    entry: dict[str, Any] = {
        "sha": file.blob,
        "filename": file.path,
        "status": file.status,
        "additions": file.added,
        "deletions": file.deleted,
        "changes": file.added + file.deleted,
        "blob_url": f"{blob}/blob/{ref}/{path}",
        "raw_url": f"{blob}/raw/{ref}/{path}",
        "contents_url": f"{world.api_url}/repos/{one.full_name}/contents/{path}?ref={ref}",
    }
    if file.patch is not None:
        entry["patch"] = file.patch
    if file.previous_path is not None:
        entry["previous_filename"] = file.previous_path
    return entry


def with_zero_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What GitHub does to long answers: after about 20,000 lines of patches, rows without numbers or patch."""
    lines, result = 0, list[dict[str, Any]]()
    for row in rows:
        lines += row.get("patch", "").count("\n") + 1
        emptied = {name: value for name, value in row.items() if name != "patch"}
        zeroes = {"additions": 0, "deletions": 0, "changes": 0}
        result.append(emptied | zeroes if lines > _ZERO_AFTER_LINES else row)
    return result


def branch(world: World, one: Repository, name: str, head: Commit) -> dict[str, Any]:
    """A branch with its head."""
    url = f"{world.api_url}/repos/{one.full_name}/branches/{name}"
    return {
        "name": name,
        "commit": commit(world, one, head),
        "_links": {"self": url, "html": f"{world.url}/{one.full_name}/tree/{name}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }


def git_ref(world: World, one: Repository, name: str, head_sha: str) -> dict[str, Any]:
    """A branch as git's reference."""
    url = f"{world.api_url}/repos/{one.full_name}/git"
    target = {"type": "commit", "sha": head_sha, "url": f"{url}/commits/{head_sha}"}
    return {
        "ref": f"refs/heads/{name}",
        "node_id": f"REF_{name}",
        "url": f"{url}/refs/heads/{name}",
        "object": target,
    }


def content(world: World, one: Repository, path: str, data: bytes) -> dict[str, Any]:
    """A file's content; over 1 MB GitHub says encoding "none" and leaves the content out."""
    url = f"{world.api_url}/repos/{one.full_name}/contents/{quote(path)}"
    html = f"{world.url}/{one.full_name}/blob/{one.default_branch}/{quote(path)}"
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    git_url = f"{world.api_url}/repos/{one.full_name}/git/blobs/{blob}"
    inline = len(data) <= _INLINE_BYTES
    return {
        "type": "file",
        "encoding": "base64" if inline else "none",
        "size": len(data),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(data).decode() if inline else "",
        "sha": blob,
        "url": url,
        "git_url": git_url,
        "html_url": html,
        "download_url": html.replace("/blob/", "/raw/"),
        "_links": {"self": url, "git": git_url, "html": html},
    }


def activity(world: World, item: Activity) -> dict[str, Any]:
    """One movement of a branch."""
    return {
        "id": item.activity_id,
        "node_id": f"PSH_{item.activity_id}",
        "before": item.before,
        "after": item.after,
        "ref": f"refs/heads/{item.branch}",
        "timestamp": stamp(item.timestamp),
        "activity_type": item.kind,
        "actor": account(world, item.actor),
    }


def _person(item: Commit, when: datetime) -> dict[str, str]:
    # GitHub gives dates in UTC whatever the commit says.
    return {"name": item.author, "email": item.author_email, "date": _utc(when)}


def _utc(when: datetime) -> str:
    return stamp(when - (when.utcoffset() or when - when))
