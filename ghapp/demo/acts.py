"""What people do on GitHub to pull requests and comments. Each sends its deliveries."""

from dataclasses import replace
from typing import Any

from ghapp.demo import payloads
from ghapp.demo.answers import Refused
from ghapp.demo.records import Comment, Delivery, Issue, Pull, Versions
from ghapp.demo.repository import Repository
from ghapp.demo.webhooks import Sending, send
from ghapp.demo.world import World


def open_pull(world: World, one: Repository, issue: Issue, sending: Sending) -> tuple[Issue, list[Delivery]]:
    """Open a pull request; `issue` has a `pull` and gets its id here, and its number (0: the next; else that one)."""
    with world.lock:
        number = one.take_number(issue.number)
        item = replace(issue, number=number, issue_id=world.new_id())
        one.issues[number] = Versions(item)
    return item, tell_pull(world, one, item, "opened", sending)


def update_pull(
    world: World, one: Repository, number: int, changes: dict[str, Any], sending: Sending
) -> list[Delivery]:
    """Push to a pull request (`head_sha`, `base_sha`), edit it (`title`, `body`, `base_branch`) or change its state.

    The delivery is `synchronize`, `ready_for_review`, `converted_to_draft`, `closed`, `reopened` or `edited`.
    """
    with world.lock:
        before = find_pull(one, number)
        of_pull = {name: changes[name] for name in Pull.__dataclass_fields__ if name in changes}
        of_issue = {name: changes[name] for name in ("title", "body", "state") if name in changes}
        shown = replace(before.the_pull, **of_pull)
        item = one.issues[number].write(replace(before, updated_at=world.now(), pull=shown, **of_issue))
    payload = _changes(before, item) | {"before": before.the_pull.head_sha, "after": shown.head_sha}
    return tell_pull(world, one, item, _update_action(before, item), sending, payload)


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


def find_pull(one: Repository, number: int) -> Issue:
    """A pull request.

    Raises:
        Refused: 404, there is none.
    """
    versions = one.issues.get(number)
    if versions is None or versions.latest.pull is None:
        raise Refused(404)
    return versions.latest


def mark_merged(world: World, one: Repository, item: Issue, merge_commit_sha: str | None, actor: str) -> Issue:
    """Record that a pull request was merged; without a commit, because its base now holds its head."""
    now = world.now()
    name = merge_commit_sha or item.the_pull.head_sha
    shown = replace(item.the_pull, merged_at=now, merged_by=actor, merge_commit_sha=name)
    closed = replace(item, state="closed", closed_at=now, updated_at=now, pull=shown)
    return one.issues[item.number].write(closed)


def tell_pull(
    world: World,
    one: Repository,
    item: Issue,
    action: str,
    sending: Sending,
    more: dict[str, Any] | None = None,
) -> list[Delivery]:
    """Deliver that something happened to a pull request; the sender is who merged it, else its author."""
    payload = payloads.pull_request(world, one, item, action) | (more or {})
    envelope = payloads.envelope(world, one, item.the_pull.merged_by or item.user or "ghost")
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
