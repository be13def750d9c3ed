"""What people do on GitHub: push, open, update and merge pull requests, comment. Each sends its deliveries."""

from dataclasses import replace
from typing import Any

from ghapp.demo import payloads
from ghapp.demo.answers import Refused
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
        and item.the_pull.base_branch == branch
        and one.merge_base(item.the_pull.head_sha, head_sha) == item.the_pull.head_sha
    ]


def open_pull(world: World, one: Repository, issue: Issue, sending: Sending) -> tuple[Issue, list[Delivery]]:
    """Open a pull request; `issue` has a `pull` and gets its id here, and its number (0: the next; else that one)."""
    with world.lock:
        number = one.take_number(issue.number)
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
        shown = replace(before.the_pull, **of_pull)
        item = one.issues[number].write(replace(before, updated_at=world.now(), pull=shown, **of_issue))
    payload = _changes(before, item) | {"before": before.the_pull.head_sha, "after": shown.head_sha}
    return _tell_pull(world, one, item, _update_action(before, item), sending, payload)


def merge(world: World, one: Repository, number: int, merge_commit_sha: str, sending: Sending) -> list[Delivery]:
    """Merge a pull request by moving its base to a commit that git already has, however that was made.

    Others whose head the base then holds are merged with it.

    Raises:
        Refused: 404, there is no such pull request.
    """
    with world.lock:
        item = _pull(one, number)
        branch = item.the_pull.base_branch
        before = one.head(branch) or payloads.NO_COMMIT
        forced = _move(world, one, branch, (before, merge_commit_sha), one.owner)
        merged = [_merged(world, one, item, merge_commit_sha, one.owner)]
        others = _reached(one, branch, merge_commit_sha)
        merged += [_merged(world, one, other, None, one.owner) for other in others]
    payload = payloads.push(world, one, branch, (before, merge_commit_sha), forced=forced)
    sent = send(world, "push", payload | payloads.envelope(world, one, one.owner), one, sending)
    for closed in merged:
        sent += _tell_pull(world, one, closed, "closed", sending)
    return sent


def comment(
    world: World, one: Repository, number: int, values: dict[str, Any], sending: Sending
) -> tuple[Comment, list[Delivery]]:
    """Comment on an issue or pull request as a person: `body`, `user`, `association`.

    Raises:
        Refused: 404, there is none.
    """
    if number not in one.issues:
        raise Refused(404)
    with world.lock:
        now = world.now()
        item = Comment(world.new_id(), number, values["body"], values["user"], now, now)
        item = replace(item, association=values.get("association", item.association))
        one.comments[item.comment_id] = Versions(item)
    payload = payloads.issue_comment(world, one, item, "created")
    envelope = payloads.envelope(world, one, item.user or "ghost")
    return item, send(world, "issue_comment", payload | envelope, one, sending)


def edit_comment(
    world: World, one: Repository, comment_id: int, changes: dict[str, Any], sending: Sending
) -> list[Delivery]:
    """Edit or (`deleted`) delete a comment as a person.

    Raises:
        Refused: 404, there is none.
    """
    with world.lock:
        versions = one.comments.get(comment_id)
        if versions is None:
            raise Refused(404)
        item = versions.write(replace(versions.latest, **{"updated_at": world.now(), **changes}))
    payload = payloads.issue_comment(world, one, item, "deleted" if item.deleted else "edited")
    return send(world, "issue_comment", payload | payloads.envelope(world, one, one.owner), one, sending)


def _pull(one: Repository, number: int) -> Issue:
    versions = one.issues.get(number)
    if versions is None or versions.latest.pull is None:
        raise Refused(404)
    return versions.latest


def _merged(world: World, one: Repository, item: Issue, merge_commit_sha: str | None, actor: str) -> Issue:
    now = world.now()
    name = merge_commit_sha or item.the_pull.head_sha
    shown = replace(item.the_pull, merged_at=now, merged_by=actor, merge_commit_sha=name)
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
    if before.the_pull.head_sha != after.the_pull.head_sha:
        return "synchronize"
    if before.the_pull.draft != after.the_pull.draft:
        return "converted_to_draft" if after.the_pull.draft else "ready_for_review"
    if before.state != after.state:
        return "closed" if after.state == "closed" else "reopened"
    return "edited"


def _changes(before: Issue, after: Issue) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name in ("title", "body"):
        if getattr(before, name) != getattr(after, name):
            changed[name] = {"from": getattr(before, name)}
    if before.the_pull.base_branch != after.the_pull.base_branch:
        changed["base"] = {"ref": {"from": before.the_pull.base_branch}, "sha": {"from": before.the_pull.base_sha}}
    return {"changes": changed} if changed else {}
