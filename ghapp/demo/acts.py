"""What people do on GitHub: push, open, update and merge pull requests, comment. Each sends its deliveries."""

from dataclasses import replace
from typing import Any

from ghapp.demo import payloads
from ghapp.demo.records import Activity, Comment, Delivery, Issue, Pull, Versions
from ghapp.demo.repository import Repository
from ghapp.demo.webhooks import Sending, send
from ghapp.demo.world import World


def push(
    world: World, one: Repository, branch: str, head_sha: str | None, sending: Sending, *, actor: str | None = None
) -> list[Delivery]:
    """Move a branch (None: delete it); pull requests whose head it now holds are merged, as on GitHub."""
    with world.lock:
        before, after = one.head(branch) or payloads.NO_COMMIT, head_sha or payloads.NO_COMMIT
        forced = _move(world, one, branch, (before, after), actor or one.owner)
        merged = [_merged(world, one, item, None, actor or one.owner) for item in _reached(one, branch, head_sha)]
    payload = payloads.push(world, one, branch, (before, after), forced=forced)
    sent = send(world, "push", payload | payloads.envelope(world, one, actor or one.owner), one, sending)
    for item in merged:
        sent += _tell_pull(world, one, item, "closed", sending)
    return sent


def _move(world: World, one: Repository, branch: str, ends: tuple[str, str], actor: str) -> bool:
    before, after = ends
    exists = payloads.NO_COMMIT not in ends
    forced = exists and one.merge_base(before, after) != before
    if after == payloads.NO_COMMIT:
        one.heads.pop(branch, None)
    elif branch in one.heads:
        one.heads[branch].write(after)
    else:
        one.heads[branch] = Versions(after)
    one.pushed_at = world.now()
    kind = "force_push" if forced else "push"
    if not exists:
        kind = "branch_deletion" if after == payloads.NO_COMMIT else "branch_creation"
    one.activities.append(Activity(world.new_id(), branch, before, after, world.now(), kind, actor))
    return forced


def _reached(one: Repository, branch: str, head_sha: str | None) -> list[Issue]:
    """Open pull requests into a branch whose head the branch now holds."""
    waiting = [item for item in one.pulls() if item.state == "open" and item.pull]
    return [
        item
        for item in waiting
        if head_sha
        and item.pull
        and item.pull.base_branch == branch
        and one.merge_base(item.pull.head_sha, head_sha) == item.pull.head_sha
    ]


def open_pull(world: World, one: Repository, issue: Issue, sending: Sending) -> tuple[Issue, list[Delivery]]:
    """Open a pull request; `issue` has a `pull` and gets its number and id here."""
    with world.lock:
        number = one.take_number()
        item = replace(issue, number=number, issue_id=world.new_id())
        one.issues[number] = Versions(item)
    return item, _tell_pull(world, one, item, "opened", sending)


def update_pull(
    world: World, one: Repository, number: int, changes: dict[str, Any], sending: Sending
) -> list[Delivery]:
    """Push to a pull request (`head_sha`, `base_sha`), edit it (`title`, `body`, `base_branch`) or change its state.

    The delivery is `synchronize`, `ready_for_review`, `converted_to_draft`, `closed`, `reopened` or `edited`.
    """
    with world.lock:
        before = _pull(one, number)
        of_pull = {name: changes[name] for name in Pull.__dataclass_fields__ if name in changes}
        of_issue = {name: changes[name] for name in ("title", "body", "state") if name in changes}
        assert before.pull is not None  # noqa: S101 - _pull saw to it
        shown = replace(before.pull, **of_pull)
        item = one.issues[number].write(replace(before, updated_at=world.now(), pull=shown, **of_issue))
    payload = _changes(before, item) | {"before": before.pull.head_sha, "after": shown.head_sha}
    return _tell_pull(world, one, item, _update_action(before, item), sending, payload)


def merge(world: World, one: Repository, number: int, merge_commit_sha: str, sending: Sending) -> list[Delivery]:
    """Merge a pull request by moving its base to a commit that git already has, however that was made."""
    with world.lock:
        item = _pull(one, number)
        assert item.pull is not None  # noqa: S101 - _pull saw to it
        branch = item.pull.base_branch
        before = one.head(branch) or payloads.NO_COMMIT
        forced = _move(world, one, branch, (before, merge_commit_sha), one.owner)
        merged = _merged(world, one, item, merge_commit_sha, one.owner)
    payload = payloads.push(world, one, branch, (before, merge_commit_sha), forced=forced)
    sent = send(world, "push", payload | payloads.envelope(world, one, one.owner), one, sending)
    return sent + _tell_pull(world, one, merged, "closed", sending)


def comment(
    world: World, one: Repository, number: int, values: dict[str, Any], sending: Sending
) -> tuple[Comment, list[Delivery]]:
    """Comment on an issue or pull request as a person: `body`, `user`, `association`."""
    with world.lock:
        now = world.now()
        item = Comment(world.new_id(), number, values["body"], values["user"], now, now)
        item = replace(item, association=values.get("association", item.association))
        one.comments[item.comment_id] = Versions(item)
    payload = payloads.issue_comment(world, one, item, "created")
    envelope = payloads.envelope(world, one, item.user or "ghost")
    return item, send(world, "issue_comment", payload | envelope, one, sending)


def _pull(one: Repository, number: int) -> Issue:
    item = one.issues[number].latest
    if item.pull is None:
        raise KeyError(number)
    return item


def _merged(world: World, one: Repository, item: Issue, merge_commit_sha: str | None, actor: str) -> Issue:
    assert item.pull is not None  # noqa: S101 - callers hold a pull request
    now = world.now()
    name = merge_commit_sha or item.pull.head_sha
    shown = replace(item.pull, merged_at=now, merged_by=actor, merge_commit_sha=name)
    closed = replace(item, state="closed", closed_at=now, updated_at=now, pull=shown)
    return one.issues[item.number].write(closed)


def _tell_pull(
    world: World,
    one: Repository,
    item: Issue,
    action: str,
    sending: Sending,
    more: dict[str, Any] | None = None,
) -> list[Delivery]:
    payload = payloads.pull_request(world, one, item, action) | (more or {})
    envelope = payloads.envelope(world, one, item.user or "ghost")
    return send(world, "pull_request", payload | envelope, one, sending)


def _update_action(before: Issue, after: Issue) -> str:
    assert before.pull is not None  # noqa: S101 - callers hold a pull request
    assert after.pull is not None  # noqa: S101 - callers hold a pull request
    if before.pull.head_sha != after.pull.head_sha:
        return "synchronize"
    if before.pull.draft != after.pull.draft:
        return "converted_to_draft" if after.pull.draft else "ready_for_review"
    if before.state != after.state:
        return "closed" if after.state == "closed" else "reopened"
    return "edited"


def _changes(before: Issue, after: Issue) -> dict[str, Any]:
    assert before.pull is not None  # noqa: S101 - callers hold a pull request
    assert after.pull is not None  # noqa: S101 - callers hold a pull request
    changed: dict[str, Any] = {}
    for name in ("title", "body"):
        if getattr(before, name) != getattr(after, name):
            changed[name] = {"from": getattr(before, name)}
    if before.pull.base_branch != after.pull.base_branch:
        changed["base"] = {"ref": {"from": before.pull.base_branch}, "sha": {"from": before.pull.base_sha}}
    return {"changes": changed} if changed else {}
