"""What control requests have in common: their JSON, the repository they name, and the deliveries they report."""

from datetime import UTC, datetime
from typing import Any

from flask import request

from ghapp.demo.answers import Answer, Refused
from ghapp.demo.records import Delivery
from ghapp.demo.repository import Repository
from ghapp.demo.webhooks import Sending
from ghapp.demo.world import World


class Asked(dict[str, Any]):
    """A request's JSON; a key that it lacks is a 422 that names it."""

    def __missing__(self, key: str) -> Any:
        """Refuse the request."""
        raise Refused(422, f"the key {key} is missing")


def asked() -> Asked:
    """The request's JSON.

    Raises:
        Refused: 400, it is no JSON object.
    """
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Refused(400)
    return Asked(body)


def named(world: World, full_name: str | None = None) -> Repository:
    """The repository of a name; None: the one that the request's JSON names.

    Raises:
        Refused: 404, there is none.
    """
    found = world.repository(full_name or asked()["repository"])
    if found is None:
        raise Refused(404)
    return found


def commit_named(one: Repository, ref: str) -> str:
    """Full name of the commit that a branch or a short name leads to.

    Raises:
        Refused: 422, there is none.
    """
    name = one.resolve(ref)
    if name is None:
        raise Refused(422, f"{ref} is not a commit of {one.full_name}")
    return name


def when(text: str) -> datetime:
    """A time in ISO 8601; UTC when it names no zone.

    Raises:
        Refused: 422, it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise Refused(422, f"{text} is not a time") from error
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def sending() -> Sending:
    """What the request says under `deliver`."""
    return Sending.read(asked().get("deliver", True))


def sent(deliveries: list[Delivery], **more: Any) -> Answer:
    """The answer that lists deliveries."""
    names = ("guid", "event", "action", "status", "status_code")
    shown = [{name: getattr(one, name) for name in names} for one in deliveries]
    return Answer({**more, "deliveries": shown})
