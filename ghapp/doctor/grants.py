"""Checks of what the App may do and is told: of the App itself, and of each installation."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from ghapp.doctor.check import MOST_LINES, Check, failure, good, warning
from ghapp.doctor.wanted import Grant, grant_of

ALLOWED = "GHAPP_ALLOWED_ACCOUNTS"


@dataclass(frozen=True, slots=True)
class Place:
    """An installation: where it is, its page, and what its owner has accepted."""

    id: int
    account: str
    url: str
    suspended: bool
    grant: Grant


def place_of(row: dict[str, Any]) -> Place:
    """From a row of `GET /app/installations`."""
    account = (row.get("account") or {}).get("login") or f"installation {row['id']}"
    return Place(row["id"], account, row.get("html_url") or "", bool(row.get("suspended_at")), grant_of(row))


def app_checks(app: dict[str, Any], wanted: Grant) -> Iterator[Check]:
    """Whether the App asks for what app.yml does."""
    has, page = grant_of(app), f"{app.get('html_url') or 'the App'}"
    where = f"the settings of {page}, Permissions & events"
    for one in has.lacks(wanted):
        yield failure(
            "app.permissions", one, f"The App may not: give it in {where}, then accept it where it is installed."
        )
    for one in has.exceeds(wanted):
        yield warning("app.permissions", one, f"More than is needed: take it away in {where}.")
    if dict(has.permissions) == dict(wanted.permissions):
        yield good(
            "app.permissions",
            "permissions",
            ", ".join(f"{name}: {level}" for name, level in wanted.permissions.items()),
        )
    for one in sorted(wanted.events - has.events):
        yield failure("app.events", one, f"The App is not told of it: subscribe to it in {where}.")
    for one in sorted(has.events - wanted.events):
        yield warning("app.events", one, f"Deliveries for nothing: unsubscribe from it in {where}.")
    if has.events == wanted.events:
        yield good("app.events", "events", ", ".join(sorted(wanted.events)))


def installation_checks(app: dict[str, Any], places: Sequence[Place], wanted: Grant, *, more: bool) -> Iterator[Check]:
    """Whether the App is installed, and whether each owner accepted what it asks for.

    Args:
        app: `GET /app`.
        places: Installations.
        wanted: What app.yml asks for. What the App itself lacks is said of the App.
        more: Whether there are others that are not looked at.
    """
    if not places:
        page = app.get("html_url") or "the App's page"
        yield failure(
            "installations.present", "installation", f"The App is installed nowhere: {page}/installations/new"
        )
        return
    found = f"the first {len(places)}" if more else f"{len(places)}"
    yield good("installations.present", "installation", found)
    asleep = [place for place in places if place.suspended]
    for place in asleep[:MOST_LINES]:
        yield warning("installations.suspended", place.account, f"Nothing is done there: unsuspend it at {place.url}")
    if not asleep:
        yield good("installations.suspended", "installation", "none")
    yield from _accepted(places, wanted.within(grant_of(app)))


def served_checks(places: Sequence[Place], allowed: AbstractSet[str], *, more: bool) -> Iterator[Check]:
    """Whether those are served who should be, and nobody else.

    Args:
        places: Installations.
        allowed: Logins, in lower case; none: all are served.
        more: As above.
    """
    here = {place.account.lower(): place for place in places}
    others = sorted(place.account for login, place in here.items() if allowed and login not in allowed)
    for account in others[:MOST_LINES]:
        yield warning("installations.served", account, f"Nothing is done there: add it to {ALLOWED}, or leave it so.")
    absent = sorted(login for login in allowed - here.keys() if not more)
    for login in absent[:MOST_LINES]:
        yield warning("installations.served", login, f"It is in {ALLOWED}, and the App is not installed there.")
    if not allowed and len(here) > 1:
        fix = f"The App is installed on {len(here)} accounts, and anybody may install it: name those that you serve."
        yield warning("installations.served", ALLOWED, fix)
    elif places and not others and not absent:
        yield good("installations.served", ALLOWED, ", ".join(sorted(allowed)[:MOST_LINES]) or "all")


def _accepted(places: Sequence[Place], asked: Grant) -> Iterator[Check]:
    lacking = [(place, what) for place in places for what in _pending(place, asked)]
    for place, what in lacking[:MOST_LINES]:
        fix = f"An owner of {place.account} has not accepted it: Review request at {place.url}"
        yield failure("installations.accepted", f"{place.account} {what}", fix)
    if len(lacking) > MOST_LINES:
        fix = "Have their owners accept the App's new permissions."
        yield failure("installations.accepted", f"{len(lacking) - MOST_LINES} more", fix)
    if not lacking:
        yield good("installations.accepted", "installation", "by all")


def _pending(place: Place, asked: Grant) -> list[str]:
    return [*place.grant.lacks(asked), *sorted(asked.events - place.grant.events)]
