"""Publishing one thing for ever: found again, written only when its bytes change, never created twice.

Our text ends with a closing marker; what people add below it is theirs and is kept.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from ghapp.github import Installation, MissingError
from ghapp.jobqueue import PostponedError
from ghapp.slots import Slot
from ghapp.store import Store

CLOSING = "<!-- /ghapp -->"
#: A list may lag behind a create by some seconds; after a lost answer it is believed only from then on.
LAG_SECONDS = 5.0
#: What people delete is made again once.
MOST_CREATIONS = 2
#: GitHub refuses a longer body. Counted in UTF-16 units.
MAX_UNITS = 65_536

log = logging.getLogger("ghapp.publish")


class Place(Protocol):
    """Where something is published: how to find, create, read and change it."""

    @property
    def marker(self) -> str:
        """How it begins."""
        ...

    def name(self, found: dict[str, Any]) -> int:
        """The id or number of what was found."""
        ...

    def found(self) -> dict[str, Any] | None:
        """What we published here before (GitHub's JSON), or None."""
        ...

    def create(self, body: str) -> int:
        """Create it, returning its id or number."""
        ...

    def path(self, number: int) -> str:
        """Where it is read and changed."""
        ...


@dataclass(frozen=True, slots=True)
class Comments:
    """A comment of ours on an issue or pull request, recognised by its first line and by its author."""

    github: Installation
    repository: int
    number: int
    marker: str

    def name(self, found: dict[str, Any]) -> int:
        """Its id."""
        return found["id"]

    def found(self) -> dict[str, Any] | None:
        """The oldest of our comments here; any other with the same marker is deleted."""
        path = f"/repositories/{self.repository}/issues/{self.number}/comments"
        rows = (row for page in self.github.pages(path) for row in page)
        first, *others = [*_ours(self.github, rows, self.marker), None]
        for other in others[:-1]:
            self.github.write("DELETE", self.path(other["id"]) if other else "", None, 204)
        return first

    def create(self, body: str) -> int:
        """Write a new comment."""
        path = f"/repositories/{self.repository}/issues/{self.number}/comments"
        made = self.github.write("POST", path, {"body": body}, 201)
        return made["id"] if made else 0

    def path(self, number: int) -> str:
        """The comment with that id."""
        return f"/repositories/{self.repository}/issues/comments/{number}"


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue of ours, recognised by its label, its first line and its author."""

    github: Installation
    repository: int
    marker: str
    title: str
    label: str

    def name(self, found: dict[str, Any]) -> int:
        """Its number."""
        return found["number"]

    def found(self) -> dict[str, Any] | None:
        """The issue with the lowest number; any other open one with the same marker is closed as a duplicate."""
        first, *others = [*_ours(self.github, labelled(self.github, self.repository, self.label), self.marker), None]
        for other in others[:-1]:
            if other and other["state"] == "open":
                closed = {"state": "closed", "state_reason": "not_planned"}
                self.github.write("PATCH", self.path(other["number"]), closed, 200)
        return first

    def create(self, body: str) -> int:
        """Open a new issue."""
        asked = {"title": self.title, "body": body, "labels": [self.label]}
        made = self.github.write("POST", f"/repositories/{self.repository}/issues", asked, 201)
        return made["number"] if made else 0

    def path(self, number: int) -> str:
        """The issue with that number."""
        return f"/repositories/{self.repository}/issues/{number}"


def pages_of(github: Installation, repository: int, issue: int, begin: str) -> list[int]:
    """The numbers of our pages among an issue's comments; `begin` is their marker up to the number."""
    try:
        rows = [row for page in github.pages(f"/repositories/{repository}/issues/{issue}/comments") for row in page]
    except MissingError:
        # People deleted or moved the issue.
        return []
    bodies = ((row.get("body") or "").removeprefix(begin) for row in _ours(github, rows, begin))
    return [int(number) for body in bodies if (number := body.partition(" ")[0]).isdigit()]


def labelled(github: Installation, repository: int, label: str) -> Iterable[dict[str, Any]]:
    """Every issue with `label`, newest first. Not by search, which lags."""
    asked = {"labels": label, "state": "all", "sort": "created", "direction": "desc"}
    return (row for page in github.pages(f"/repositories/{repository}/issues", asked) for row in page)


def _ours(github: Installation, rows: Iterable[dict[str, Any]], marker: str) -> list[dict[str, Any]]:
    ours = [row for row in rows if (row.get("body") or "").startswith(marker) and github.is_ours(row)]
    return sorted(ours, key=lambda row: row["id"])


def located(store: Store, slot: Slot, place: Place) -> dict[str, Any] | None:
    """What was published here before, searched for when its id is not known; None when there is nothing.

    Raises:
        PostponedError: A create was sent and its answer may have been lost: look again in some seconds.
    """
    if slot.id is not None:
        return None
    if slot.intent is not None and store.now() - slot.intent < LAG_SECONDS:
        raise PostponedError(LAG_SECONDS, "an answer may have been lost")
    return place.found()


def publish(store: Store, slot: Slot, github: Installation, place: Place, body: str) -> int:
    """Make `place` hold `body`, with as few requests as that takes.

    Returns:
        The id or number; 0 on a dry run that would have created it, and where people deleted it twice.

    Raises:
        PostponedError: As `located` does.
    """
    return publish_over(store, slot, github, place, (located(store, slot, place), body))


def publish_over(
    store: Store, slot: Slot, github: Installation, place: Place, texts: tuple[dict[str, Any] | None, str]
) -> int:
    """As `publish`, for a caller that has asked `located` already: `texts` are what that gave, and the new body."""
    # Without a final newline: what people add begins behind the marker, and would grow by one with each write.
    found, body = texts[0], texts[1].rstrip("\n")
    written = hashlib.sha256(body.encode()).hexdigest()
    if slot.id is not None and slot.written == written:
        return slot.id
    number = slot.id if found is None else place.name(found)
    if number is not None:
        return _change(slot, github, place, number, body, found)
    if slot.created >= MOST_CREATIONS:
        log.warning("%s was deleted twice: it is not made again", place.marker)
        return 0
    github.ready_to_write()
    number = _created(store, slot, place, body)
    if number:
        # An earlier create that got no answer may be done yet, although the list did not show it.
        slot.publish(number, written, store.now() if slot.intent is not None else None)
        slot.count_creation()
        slot.count_write()
    else:
        slot.recall()
    return number


def _created(store: Store, slot: Slot, place: Place, body: str) -> int:
    """Create it; what is intended is known before, and when it failed."""
    slot.intend(store.now())
    try:
        return place.create(body)
    except PostponedError:
        # A limit: GitHub has done nothing.
        slot.recall()
        raise
    except BaseException:
        # It took its time to fail, and the lag begins only now.
        slot.intend(store.now())
        raise


def _change(
    slot: Slot, github: Installation, place: Place, number: int, body: str, found: dict[str, Any] | None = None
) -> int:
    """Write `body` over ours; when people deleted it, forget it and look again."""
    github.ready_to_write()
    try:
        current = (found or github.get(place.path(number))).get("body") or ""
        whole = _cut(body + added_by_people(current))
        if current != whole:
            if github.write("PATCH", place.path(number), {"body": whole}, 200) is None:
                return number
            slot.count_write()
    except MissingError:
        # It may also be too new to be shown: what we intended is not forgotten, so that the list is waited for.
        slot.lose()
        raise PostponedError(1, "it was deleted") from None
    slot.publish(number, hashlib.sha256(body.encode()).hexdigest())
    return number


def _cut(text: str) -> str:
    """As much of `text` as GitHub takes: what people wrote is behind ours, and may not stop it from being written."""
    return text.encode("utf-16-le")[: 2 * MAX_UNITS].decode("utf-16-le", "ignore")


def added_by_people(current: str) -> str:
    """What stands below our closing marker; "" when the marker is gone."""
    _, marker, rest = current.replace("\r\n", "\n").partition(CLOSING)
    return rest if marker else ""
