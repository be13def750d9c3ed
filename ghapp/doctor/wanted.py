"""What the App must be allowed and told, from the manifest that it is created with; and what a grant lacks of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ghapp.manifest import manifest

#: What includes what.
LEVELS = {"read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions, each with its level, and events."""

    permissions: Mapping[str, str]
    events: frozenset[str]

    def lacks(self, wanted: "Grant") -> list[str]:
        """The permissions that are not given, or not as far, as `name: level`."""
        asked = wanted.permissions.items()
        return [f"{name}: {level}" for name, level in asked if _rank(self.permissions.get(name)) < _rank(level)]

    def exceeds(self, wanted: "Grant") -> list[str]:
        """The permissions that go further than needed."""
        given = self.permissions.items()
        return [f"{name}: {level}" for name, level in given if _rank(level) > _rank(wanted.permissions.get(name))]

    def within(self, other: "Grant") -> "Grant":
        """What of this the other one has, too."""
        missing = {one.partition(":")[0] for one in other.lacks(self)}
        kept = {name: level for name, level in self.permissions.items() if name not in missing}
        return Grant(kept, self.events & other.events)


def _rank(level: str | None) -> int:
    return LEVELS.get(level or "", 0)


def grant_of(body: Mapping[str, Any]) -> Grant:
    """What an App or an installation has, as GitHub writes it."""
    events: Iterable[str] = body.get("events") or ()
    return Grant(dict(body.get("permissions") or {}), frozenset(events))


def wanted() -> Grant:
    """What app.yml asks for."""
    asked = manifest()
    return Grant(asked["default_permissions"], frozenset(asked["default_events"]))
