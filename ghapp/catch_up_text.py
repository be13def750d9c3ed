"""What `ghapp catch-up` and `ghapp redeliver` say, in words and as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ghapp.catch_up import Done
from ghapp.places import Behind, Place
from ghapp.redeliveries import Failed


def done_json(done: Done) -> str:
    """Everything, of every repository that was looked at."""
    rows = [_row(done, place) for place in done.places.found]
    values = {"repositories": rows, "closed": done.places.closed, "deliveries_asked_again": done.deliveries}
    return json.dumps({"complete": done.complete, **values}, indent=2)


def _row(done: Done, place: Place) -> dict[str, Any]:
    number = place.repository.id
    of_it = [(kind, count) for (repository, kind, _), count in done.counted.items() if repository == number]
    return {
        "repository": place.repository.full_name,
        "id": number,
        "skipped": place.skipped,
        "commits_added": sum(count for kind, count in of_it if kind == "entries"),
        "digests_written": sum(kind == "digest" for kind, _ in of_it),
        "cards_written": sum(kind == "card" for kind, _ in of_it),
        "given_up": {key: reason for key, reason in done.given_up.items() if key.split(":")[1] == str(number)},
        "remaining": {key: failures for key, failures in done.remaining.items() if key.split(":")[1] == str(number)},
    }


def done_text(done: Done) -> str:
    """A line for each repository where something happened, and what all of it comes to."""
    rows = [_row(done, place) for place in done.places.found]
    lines = [line for row in rows for line in _lines(row)]
    lines += [f"{account}: no access, {reason}" for account, reason in sorted(done.places.closed.items())]
    if done.deliveries:
        lines.append(f"{_count(done.deliveries, 'failed delivery', 'failed deliveries')} asked for again.")
    lines.append(f"{_count(len(rows), 'repository', 'repositories')} looked at.")
    left = len(done.given_up) + len(done.remaining)
    lines.append(f"Not complete: {_count(left, 'thing', 'things')} left." if left else "Nothing is left.")
    return "\n".join(lines)


def _lines(row: dict[str, Any]) -> list[str]:
    parts = [
        _count(row["commits_added"], "commit added", "commits added"),
        _count(row["digests_written"], "digest written", "digests written"),
        _count(row["cards_written"], "card written", "cards written"),
    ]
    happened = row["commits_added"] or row["digests_written"] or row["cards_written"]
    lines = [f"{row['repository']}: " + ", ".join(parts)] if happened else []
    lines += [f"{row['repository']}: {row['skipped']}"] if row["skipped"] else []
    lines += [f"{row['repository']}: {key} given up: {reason}" for key, reason in row["given_up"].items()]
    said = row["remaining"].items()
    return lines + [f"{row['repository']}: {key} is left, {_count(n, 'failure', 'failures')}" for key, n in said]


def behind_json(found: Iterable[Behind], failed: Iterable[Failed], closed: dict[str, str]) -> str:
    """Everything that a dry run found."""
    values = {"repositories": [asdict(one) for one in found], "closed": closed}
    return json.dumps({"dry_run": True, **values, "failed_deliveries": [asdict(one) for one in failed]}, indent=2)


def behind_text(found: list[Behind], failed: list[Failed], closed: dict[str, str]) -> str:
    """A line for each repository where something is behind."""
    lines = [f"{one.full_name}: {said}" for one in found if (said := _behind(one))]
    lines += [f"{account}: no access, {reason}" for account, reason in sorted(closed.items())]
    if failed:
        lines += ["Failed deliveries:", *(f"  {failed_line(one)}" for one in failed)]
    lines.append(f"{_count(len(found), 'repository', 'repositories')} looked at; nothing was marked or written.")
    return "\n".join(lines)


def _behind(one: Behind) -> str:
    said = [one.skipped] if one.skipped else []
    if one.head_sha and not one.read_to:
        said.append(f"head {one.head_sha[:7]}, not read here before")
    elif one.head_sha and one.read_to and one.head_sha != one.read_to:
        how_many = "read" if one.commits is None else _count(one.commits, "commit behind: read", "commits behind: read")
        said.append(f"{how_many} to {one.read_to[:7]}, head {one.head_sha[:7]}")
    if one.pulls:
        said.append("cards to be written: " + ", ".join(f"#{number}" for number in one.pulls))
    return "; ".join(said)


def failed_line(one: Failed) -> str:
    """One failed delivery."""
    when = datetime.fromtimestamp(one.first_at, UTC).isoformat(timespec="seconds")
    answered = f"answered {one.status_code}" if one.status_code else "not answered"
    return f"{one.guid} {one.event}, first sent {when}, {_count(one.attempts, 'attempt', 'attempts')}, {answered}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def outcomes_text(failed: list[Failed], outcomes: dict[str, str]) -> str:
    """A line for each failed delivery, with what became of it."""
    if not failed:
        return "No delivery failed."
    return "\n".join(f"{outcomes[one.guid]}: {failed_line(one)}" for one in failed)


def outcomes_json(failed: list[Failed], outcomes: dict[str, str]) -> str:
    """The same for machines."""
    return json.dumps([asdict(one) | {"outcome": outcomes[one.guid]} for one in failed], indent=2)
