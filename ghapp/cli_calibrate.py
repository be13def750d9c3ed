"""The command that compares ratings with what became of the changes: `ghapp calibrate`."""

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ghapp.cli_options import OUTPUT, Day, with_bar, write_text

if TYPE_CHECKING:
    from ghapp.calibrate import Form


@click.command()
@click.argument("clone", type=click.Path(path_type=Path))
@click.option("--since", type=Day(), help="The first day (UTC), as 2026-01-08.  [default: that of the first commit]")
@click.option("--until", type=Day(), help="The last day (UTC).  [default: that of the newest commit]")
@click.option("--format", "form", type=click.Choice(("md", "html", "json")), default="md", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@OUTPUT
def calibrate(
    clone: Path, since: str | None, until: str | None, form: "Form", output: Path | None, *, as_json: bool
) -> None:
    """How often changes of high, medium and low risk were reverted or fixed within 14 days of landing in CLONE.

    Every commit of the default branch is rated as of its landing, as by `ghapp rate`; nothing is fetched, no
    model is asked.
    """
    from ghapp.calibrate import calibrate as calibrated

    first = None if since is None else datetime.fromisoformat(since).replace(tzinfo=UTC)
    last = None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC) + timedelta(days=1)
    progress = functools.partial(with_bar, "Rating commits")
    write_text(calibrated(clone, first, last, "json" if as_json else form, progress), output)
