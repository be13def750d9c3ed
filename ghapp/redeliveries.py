"""Deliveries that failed: GitHub repeats none by itself, but keeps them for three days and sends them when asked.

https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ghapp.github import Installation, MissingError, RefusedError
from ghapp.repair_state import RepairState
from ghapp.settings import Settings

KEPT_SECONDS = 3 * 24 * 3600
#: A delivery may show up in the list so much later than it was sent, in seconds.
OVERLAP_SECONDS = 600
#: Attempts at one delivery, the first included. Our receiver means it when it says 400 or 413.
MOST_ATTEMPTS, MOST_BY_STATUS = 6, {400: 3, 413: 3}
#: Seconds between the second attempt and the third; then four times as long each, some six hours in all.
FIRST_WAIT = 60

log = logging.getLogger("ghapp.redeliveries")


@dataclass(frozen=True, slots=True)
class Failed:
    """A delivery of which no attempt succeeded.

    Attributes:
        id: Of its newest attempt.
        guid: The same for all attempts.
        event: With its action, as in `issue_comment.created`.
        status_code: What the newest attempt was answered; 0: nothing.
        attempts: How many there were.
        first_at: When it was sent first, seconds since the epoch in GitHub's time.
    """

    id: int
    guid: str
    event: str
    status_code: int
    attempts: int
    first_at: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a reading of the list found: the failed deliveries, newest first, and when the newest of all was sent."""

    failed: list[Failed]
    newest_at: float | None


def read_failed(github: Installation, since: float | None) -> Found:
    """Read the App's deliveries back to a time (seconds since the epoch in GitHub's time; None: three days)."""
    groups: dict[str, list[dict[str, Any]]] = {}
    newest_at = None
    for at, row in _rows(github):
        newest_at = at if newest_at is None else newest_at
        if at < (newest_at - KEPT_SECONDS if since is None else since):
            break
        groups.setdefault(row["guid"], []).append(row)
    failed = [_failed(rows) for rows in groups.values() if not any(map(_succeeded, rows))]
    return Found(failed, newest_at)


def _rows(github: Installation) -> Iterator[tuple[float, dict[str, Any]]]:
    for page in github.pages("/app/hook/deliveries"):
        for row in page:
            yield _time(row), row


def _time(row: dict[str, Any]) -> float:
    return datetime.fromisoformat(row["delivered_at"]).timestamp()


def _succeeded(row: dict[str, Any]) -> bool:
    return 200 <= (row.get("status_code") or 0) < 300  # noqa: PLR2004 - HTTP


def _failed(rows: list[dict[str, Any]]) -> Failed:
    newest = rows[0]
    event = ".".join(part for part in (newest["event"], newest.get("action")) if part)
    return Failed(newest["id"], newest["guid"], event, newest.get("status_code") or 0, len(rows), _time(rows[-1]))


def sweep(github: Installation, settings: Settings, state: RepairState) -> int:
    """Ask again for what failed since the last sweep; returns for how many.

    What still fails keeps the next sweep looking at it. So nothing but one time needs to be remembered, and one
    request is enough while nothing fails.
    """
    found = read_failed(github, state.swept_to())
    open_since: list[float] = []
    asked = 0
    for one in found.failed:
        if one.attempts >= MOST_BY_STATUS.get(one.status_code, MOST_ATTEMPTS):
            continue
        outcome = ask(github, settings, state, one)
        asked += outcome == "asked"
        if outcome != "refused":
            open_since.append(one.first_at)
    if found.newest_at is not None:
        state.put_swept_to(min([found.newest_at, *open_since]) - OVERLAP_SECONDS)
    return asked


def ask(github: Installation, settings: Settings, state: RepairState, one: Failed) -> str:
    """Have one delivery sent again: "asked", "waiting" (it was asked for a while ago) or "refused" by GitHub."""
    path = f"/app/hook/deliveries/{one.id}/attempts"
    if settings.dry_run:
        log.info("dry run: POST %s", path)
        return "waiting"
    if not state.may_ask(one.guid, FIRST_WAIT * 4 ** (one.attempts - 1)):
        return "waiting"
    try:
        github.response("POST", path)
    except (MissingError, RefusedError) as error:
        log.warning("delivery %s (%s) cannot be had again: %s", one.guid, one.event, error)
        return "refused"
    log.info("delivery %s (%s) failed %d times: asked for again", one.guid, one.event, one.attempts)
    state.put_redelivered(one.guid, one.event, one.attempts)
    return "asked"
