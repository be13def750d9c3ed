"""What moves branches on GitHub: pushes, merges, the merge queue, renaming. Each sends its deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ghapp.demo import payloads
from ghapp.demo.acts import find_pull, mark_merged, tell_pull
from ghapp.demo.answers import Refused
from ghapp.demo.records import Activity, Delivery, Issue, Versions
from ghapp.demo.repository import Repository
from ghapp.demo.webhooks import Sending, send
from ghapp.demo.world import World


@dataclass(frozen=True, slots=True)
class Move:
    """One movement of a branch; `before` and `after` are forty zeros where there is no branch."""

    branch: str
    before: str
    after: str
    actor: str
    kind: str = "push"

    @property
    def forced(self) -> bool:
        """Whether commits were left behind."""
        return self.kind == "force_push"


#: Whom GitHub names as the sender and the actor of what a merge queue does.
QUEUE = "github-merge-queue[bot]"


def push(
    world: World, one: Repository, branch: str, head_sha: str | None, sending: Sending, *, actor: str | None = None
) -> list[Delivery]:
    """Move a branch (None: delete it); pull requests whose head it now holds are merged, as on GitHub."""
    actor = actor or one.owner
    with world.lock:
        move = _move(world, one, Move(branch, _head(one, branch), head_sha or payloads.NO_COMMIT, actor))
        merged = [mark_merged(world, one, item, None, actor) for item in _reached(one, branch, head_sha)]
    sent = _tell_push(world, one, move, sending)
    return sent + [told for item in merged for told in tell_pull(world, one, item, "closed", sending)]


def merge(world: World, one: Repository, number: int, merge_commit_sha: str, sending: Sending) -> list[Delivery]:
    """Merge a pull request by moving its base to a commit that git already has, however that was made.

    That is the merge commit, the squashed commit, or the last of the rebased ones. Others whose head the base then
    holds are merged with it.

    Raises:
        Refused: 404, there is no such pull request.
    """
    return _land(world, one, [(number, merge_commit_sha)], sending, ("pr_merge", one.owner))


def land_queue(world: World, one: Repository, entries: Sequence[tuple[int, str]], sending: Sending) -> list[Delivery]:
    """Land a group of pull requests as a merge queue does.

    Each gets a temporary branch `gh-readonly-queue/<base>/pr-<number>-<base's head>`; one push moves the base over all
    of them; then the branches go.
    https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue

    Args:
        world: Where it happens.
        one: In which repository.
        entries: Number and commit on the base of each pull request, in the order of landing.
        sending: How each delivery goes out.

    Raises:
        Refused: 404, there is no such pull request.
    """
    base = find_pull(one, entries[0][0]).the_pull.base_branch
    befores = [_head(one, base), *(name for _, name in entries)]
    names = [
        f"gh-readonly-queue/{base}/pr-{number}-{before}" for (number, _), before in zip(entries, befores, strict=False)
    ]
    sent: list[Delivery] = []
    for name, (_, head_sha) in zip(names, entries, strict=True):
        sent += push(world, one, name, head_sha, sending, actor=QUEUE)
    sent += _land(world, one, entries, sending, ("merge_queue_merge", QUEUE))
    for name in names:
        sent += push(world, one, name, None, sending, actor=QUEUE)
    return sent


def rename_branch(world: World, one: Repository, old: str, new: str, sending: Sending) -> list[Delivery]:
    """Rename a branch: the old name redirects, open pull requests into it follow, and so does the default branch.

    No event says so. Who asks for pushes hears that one branch was created and another deleted; of the default branch,
    `repository` `edited` besides; of each pull request into it, `pull_request` `edited`.
    https://docs.github.com/rest/branches/branches#rename-a-branch

    Raises:
        Refused: 404, there is no such branch; 422, the new one is there already.
    """
    head_sha = one.head(old)
    if head_sha is None or new in one.heads:
        raise Refused(404 if head_sha is None else 422)
    default = one.default_branch == old
    with world.lock:
        created = _move(world, one, Move(new, payloads.NO_COMMIT, head_sha, one.owner))
        deleted = _move(world, one, Move(old, head_sha, payloads.NO_COMMIT, one.owner))
        one.renamed_branches[old] = new
        one.default_branch = new if default else one.default_branch
        followed = [_follow(world, one, item, new) for item in one.pulls() if _waits_for(item, old)]
    sent = _tell_push(world, one, created, sending) + _tell_push(world, one, deleted, sending)
    if default:
        sent += _tell_default(world, one, old, sending)
    changes = {"changes": {"base": {"ref": {"from": old}, "sha": {"from": head_sha}}}}
    return sent + [told for item in followed for told in tell_pull(world, one, item, "edited", sending, changes)]


def _land(
    world: World, one: Repository, entries: Sequence[tuple[int, str]], sending: Sending, how: tuple[str, str]
) -> list[Delivery]:
    kind, actor = how
    with world.lock:
        items = [find_pull(one, number) for number, _ in entries]
        branch, head_sha = items[0].the_pull.base_branch, entries[-1][1]
        move = _move(world, one, Move(branch, _head(one, branch), head_sha, actor, kind))
        named = zip(items, (name for _, name in entries), strict=True)
        merged = [mark_merged(world, one, item, name, actor) for item, name in named]
        merged += [mark_merged(world, one, other, None, actor) for other in _reached(one, branch, head_sha)]
    sent = _tell_push(world, one, move, sending)
    return sent + [told for item in merged for told in tell_pull(world, one, item, "closed", sending)]


def _head(one: Repository, branch: str) -> str:
    return one.head(branch) or payloads.NO_COMMIT


def _move(world: World, one: Repository, move: Move) -> Move:
    """Move a branch and record the activity; returned with its kind."""
    move = replace(move, kind=_kind(one, move))
    if move.after == payloads.NO_COMMIT:
        one.heads.pop(move.branch, None)
    elif move.branch in one.heads:
        one.heads[move.branch].write(move.after)
    else:
        one.heads[move.branch] = Versions(move.after)
        one.renamed_branches.pop(move.branch, None)
    one.pushed_at = world.now()
    item = Activity(world.new_id(), move.branch, move.before, move.after, one.pushed_at, move.kind, move.actor)
    one.activities.append(Versions(item))
    return move


def _kind(one: Repository, move: Move) -> str:
    if move.after == payloads.NO_COMMIT:
        return "branch_deletion"
    if move.before == payloads.NO_COMMIT:
        return "branch_creation"
    return move.kind if one.merge_base(move.before, move.after) == move.before else "force_push"


def _reached(one: Repository, branch: str, head_sha: str | None) -> list[Issue]:
    """Open pull requests into a branch whose head the branch now holds."""
    return [
        item
        for item in one.pulls()
        if head_sha
        and _waits_for(item, branch)
        and one.merge_base(item.the_pull.head_sha, head_sha) == item.the_pull.head_sha
    ]


def _waits_for(item: Issue, branch: str) -> bool:
    return item.state == "open" and item.the_pull.base_branch == branch


def _follow(world: World, one: Repository, item: Issue, base: str) -> Issue:
    moved = replace(item, updated_at=world.now(), pull=replace(item.the_pull, base_branch=base))
    return one.issues[item.number].write(moved)


def _tell_push(world: World, one: Repository, move: Move, sending: Sending) -> list[Delivery]:
    if world.hook.url is None or not (sending.times or sending.lost):
        return []  # listing a long push takes a while
    payload = payloads.push(world, one, move.branch, (move.before, move.after), forced=move.forced)
    return send(world, "push", payload | payloads.envelope(world, one, move.actor), one, sending)


def _tell_default(world: World, one: Repository, old: str, sending: Sending) -> list[Delivery]:
    payload: dict[str, Any] = {"action": "edited", "changes": {"default_branch": {"from": old}}}
    return send(world, "repository", payload | payloads.envelope(world, one, one.owner), one, sending)
