"""What people do to issues on GitHub: delete, transfer, convert, lock, close. The App asks for no event of these."""

from collections.abc import Callable
from dataclasses import replace

from ghapp.demo.answers import Refused
from ghapp.demo.records import Issue, Versions
from ghapp.demo.repository import Repository
from ghapp.demo.world import World


def change_issue(world: World, one: Repository, number: int, action: str) -> None:
    """Do something to an issue or a pull request as a person: `deleted`, `converted`, `locked`, `closed` and so on.

    Raises:
        Refused: 404, there is none; 422, there is no such action.
    """
    if action not in _CHANGES:
        raise Refused(422, f"issues cannot be {action}")
    with world.lock:
        item = _find(one, number)
        one.issues[number].write(replace(_CHANGES[action](world, item), updated_at=world.now()))


def transfer_issue(world: World, one: Repository, number: int, target: Repository) -> int:
    """Move an issue to another repository, where it gets a new number; the old one answers 301 from now on.

    Its comments get new ids there; of its labels those stay that the other repository has by the same name.
    https://docs.github.com/issues/tracking-your-work-with-issues/administering-issues/transferring-an-issue-to-another-repository

    Raises:
        Refused: 404, there is none; 422, it is a pull request.
    """
    with world.lock:
        item = _find(one, number)
        if item.pull:
            raise Refused(422, "pull requests cannot be transferred")
        kept = tuple(target.labels[name.lower()].name for name in item.labels if name.lower() in target.labels)
        there = replace(item, issue_id=world.new_id(), number=target.take_number(), labels=kept)
        target.issues[there.number] = Versions(there)
        for versions in [kept for kept in one.comments.values() if kept.latest.number == number]:
            said = replace(versions.latest, comment_id=world.new_id(), number=there.number)
            target.comments[said.comment_id] = Versions(said)
        one.issues[number].write(replace(item, moved_to=(target.repository_id, there.number)))
        return there.number


def _find(one: Repository, number: int) -> Issue:
    versions = one.issues.get(number)
    if versions is None or versions.latest.gone:
        raise Refused(404)
    return versions.latest


def _closed(world: World, item: Issue) -> Issue:
    return replace(item, state="closed", state_reason="completed", closed_at=world.now())


def _converted(world: World, item: Issue) -> Issue:
    # The issue stays, closed and locked, and nothing in the API tells: https://github.com/dessant/lock-threads/issues/24
    return replace(_closed(world, item), locked=True, discussion=True)


_CHANGES: dict[str, Callable[[World, Issue], Issue]] = {
    "deleted": lambda _, item: replace(item, deleted=True),
    "converted": _converted,
    "locked": lambda _, item: replace(item, locked=True),
    "unlocked": lambda _, item: replace(item, locked=False),
    "closed": _closed,
    "reopened": lambda _, item: replace(item, state="open", state_reason="reopened", closed_at=None),
}
