"""What a delivery asks for: one table from (event, action) to a due key. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ghapp.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Due:
    """Something to be looked at, by name.

    Attributes:
        key: `<kind>:<repository id>[:<number>]`, or `repair`, `roster` or `standing` with an installation's id.
        installation: Id of the installation whose token reads and writes it; 0: what the App asks as itself.
        hint: What the delivery knew (JSON values), kept until the key was worked; empty when it adds nothing.
        stops: Id of an installation that is to be left alone until its key was worked; 0: none.
    """

    key: str
    installation: int
    hint: dict[str, str] = field(default_factory=dict[str, str])
    stops: int = 0


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do, and why."""

    reason: str


T = TypeVar("T")
#: What a comment begins with when it is meant for us.
COMMAND = "/ghapp"
OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class _Lacking(Exception):  # noqa: N818 - not an error: GitHub really sends such payloads
    """A key that this route needs is missing or null."""


def effect(delivery: Delivery) -> Due | Ignored:
    """What `delivery` asks for."""
    route = ROUTES.get((delivery.event, delivery.action))
    if route is None:
        return Ignored("this event is not used")
    try:
        return route(delivery.payload)
    except _Lacking as lacking:
        return Ignored(f"the payload has no {lacking}")


def whose(delivery: Delivery) -> tuple[int, list[str]]:
    """Which installation a delivery is of, and the logins of the accounts that it may stand on.

    Returns:
        The installation's id, 0 when there is none; one login, two when a repository moves from one to the other
        (GitHub names the new owner, also when the old one's installation hears of it), none when it names none.
    """
    payload = delivery.payload
    found = [_text(payload, "installation.account.login") or _text(payload, "repository.owner.login")]
    if delivery.action == "transferred":
        found += [_text(payload, f"changes.owner.from.{kind}.login") for kind in ("user", "organization")]
    number: Any = _value(payload, "installation.id")
    return number if type(number) is int else 0, [login for login in found if login]


def _value(payload: dict[str, Any], path: str) -> object:
    value: Any = payload
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(payload: dict[str, Any], path: str) -> str:
    value = _value(payload, path)
    return value if isinstance(value, str) else ""


def _at(payload: dict[str, Any], path: str, kind: type[T]) -> T:
    value = _value(payload, path)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _Lacking(path)
    return value


def _commit_at(payload: dict[str, Any], path: str) -> str:
    value = _at(payload, path, str)
    if not OBJECT_NAME.fullmatch(value):
        raise _Lacking(path)
    return value


def _card(payload: dict[str, Any]) -> Due:
    number = _at(payload, "pull_request.number", int)
    repository = _at(payload, "repository.id", int)
    return Due(f"card:{repository}:{number}", _at(payload, "installation.id", int))


def _card_if_shown(payload: dict[str, Any]) -> Due | Ignored:
    changes = _at(payload, "changes", dict)
    if "base" in changes or "title" in changes:
        return _card(payload)
    return Ignored("neither the base nor the title was edited")


def _landing(payload: dict[str, Any], hint: dict[str, str]) -> Due:
    repository = _at(payload, "repository.id", int)
    return Due(f"landing:{repository}", _at(payload, "installation.id", int), hint)


def _merged(payload: dict[str, Any]) -> Due | Ignored:
    if not _at(payload, "pull_request.merged", bool):
        return Ignored("closed without a merge")
    if _at(payload, "pull_request.base.ref", str) != _at(payload, "repository.default_branch", str):
        return Ignored("merged into another branch")
    branch = _at(payload, "repository.default_branch", str)
    return _landing(payload, {"after": _commit_at(payload, "pull_request.merge_commit_sha"), "branch": branch})


def _pushed(payload: dict[str, Any]) -> Due | Ignored:
    branch = _at(payload, "repository.default_branch", str)
    if _at(payload, "ref", str) != f"refs/heads/{branch}":
        return Ignored("not the default branch")
    if payload.get("deleted") is True:
        return Ignored("the branch was deleted")
    heads = {name: _commit_at(payload, name) for name in ("before", "after")}
    return _landing(payload, {**heads, "branch": branch})


def _command(payload: dict[str, Any]) -> Due | Ignored:
    if not _at(payload, "comment.body", str).startswith(COMMAND):
        return Ignored("not a command")
    if payload["comment"].get("performed_via_github_app") or _at(payload, "sender.type", str) == "Bot":
        return Ignored("bots command nothing")
    if not isinstance(_at(payload, "issue", dict).get("pull_request"), dict):
        return Ignored("not on a pull request")
    repository = _at(payload, "repository.id", int)
    return Due(f"command:{repository}:{_at(payload, 'comment.id', int)}", _at(payload, "installation.id", int))


def _default_branch_switched(payload: dict[str, Any]) -> Due | Ignored:
    if "default_branch" not in _at(payload, "changes", dict):
        return Ignored("the default branch stayed")
    return _landing(payload, {"switched": "1"})


def _looked_at_again(payload: dict[str, Any]) -> Due:
    """Its name, owner or rights changed: the landing job reads them anew."""
    return _landing(payload, {})


def _repair(payload: dict[str, Any]) -> Due:
    installation = _at(payload, "installation.id", int)
    return Due(f"repair:{installation}", installation)


def _roster(payload: dict[str, Any]) -> Due:
    """Which repositories it reaches has become less."""
    installation = _at(payload, "installation.id", int)
    return Due(f"roster:{installation}", installation)


def _standing(payload: dict[str, Any]) -> Due:
    """Whether it may work is asked of GitHub: deliveries come late and in any order."""
    said = {"said": _at(payload, "action", str)}
    return Due(f"standing:{_at(payload, 'installation.id', int)}", 0, said)


def _stopped(payload: dict[str, Any]) -> Due:
    return replace(_standing(payload), stops=_at(payload, "installation.id", int))


#: The table of DESIGN section 4. Whatever is not here is answered 200.
ROUTES: dict[tuple[str, str | None], Callable[[dict[str, Any]], Due | Ignored]] = {
    ("pull_request", "opened"): _card,
    ("pull_request", "reopened"): _card,
    ("pull_request", "ready_for_review"): _card,
    ("pull_request", "synchronize"): _card,
    ("pull_request", "edited"): _card_if_shown,
    ("pull_request", "closed"): _merged,
    ("push", None): _pushed,
    ("issue_comment", "created"): _command,
    ("repository", "edited"): _default_branch_switched,
    ("repository", "renamed"): _looked_at_again,
    ("repository", "transferred"): _looked_at_again,
    ("repository", "archived"): _looked_at_again,
    ("repository", "unarchived"): _looked_at_again,
    ("repository", "publicized"): _looked_at_again,
    ("repository", "privatized"): _looked_at_again,
    ("repository", "deleted"): _roster,
    ("installation", "created"): _standing,
    ("installation", "unsuspend"): _standing,
    ("installation", "new_permissions_accepted"): _repair,
    ("installation", "suspend"): _stopped,
    ("installation", "deleted"): _stopped,
    ("installation_repositories", "added"): _repair,
    ("installation_repositories", "removed"): _roster,
}
