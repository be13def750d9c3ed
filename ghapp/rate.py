"""What `ghapp rate` does: one row for each commit of a clone's default branch, in a file that is whole or not there."""

import csv
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from ghapp.clone import Clone, CloneError
from ghapp.rating_pass import Landing, landings, landings_between

COLUMNS = (
    "sha",
    "committed_at",
    "types",
    "importance",
    "importance_points",
    "risk",
    "risk_points",
    "incomplete",
    "follow_up_points",
)

#: Given rows as they are made and how many there will be; passes them on.
Progress = Callable[[Iterable[Landing], int], Iterable[Landing]]


def rate(path: Path, since: datetime | None, until: datetime | None, file: Path, progress: Progress) -> int:
    """Write the ratings of a clone's commits.

    Args:
        path: The clone.
        since: Aware time, included; None: from the root.
        until: Aware time, excluded; None: to the newest.
        file: Where to; what was there stays until all rows are written.
        progress: Shows how far it is.

    Returns:
        How many commits were rated.

    Raises:
        click.ClickException: The clone cannot be read, or has no commit in the range; says why.
    """
    try:
        clone = Clone(path)
        chosen = landings_between(clone, since, until)
        with _replaced(file) as output:
            table = csv.writer(output, lineterminator="\n")
            table.writerow(COLUMNS)
            table.writerows(_row(one) for one in progress(landings(clone, chosen), len(chosen.rated)))
    except CloneError as error:
        raise click.ClickException(str(error)) from error
    return len(chosen.rated)


def _row(one: Landing) -> tuple[str | int, ...]:
    found = one.assessment
    return (
        one.commit_sha,
        datetime.fromtimestamp(one.committed_at, UTC).isoformat().replace("+00:00", "Z"),
        ";".join(found.types),
        found.importance.level,
        found.importance.points,
        found.risk.level,
        found.risk.points,
        int(not one.is_whole),
        found.follow_up,
    )


@contextmanager
def _replaced(path: Path) -> Generator[IO[str]]:
    """A file beside `path` that takes its place when the body ends well, and is gone when it does not."""
    half = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        output = half.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
    try:
        with output:
            yield output
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
