"""The command that rates a whole branch: `ghapp rate`."""

import functools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ghapp.cli_options import Day, with_bar


@click.command()
@click.argument("clone", type=click.Path(path_type=Path))
@click.option("--since", type=Day(), help="The first day (UTC), as 2026-01-08.  [default: that of the first commit]")
@click.option("--until", type=Day(), help="The last day (UTC).  [default: that of the newest commit]")
@click.option(
    "--csv", "file", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Where to write the rows."
)
def rate(clone: Path, since: str | None, until: str | None, file: Path) -> None:
    """Every commit that landed on the default branch of CLONE, rated as of its landing: one row each.

    Nothing that came later counts, no model is asked, and nothing is fetched: where a partial clone lacks content, a
    commit is rated from what is there, and its row says that it is incomplete.
    """
    from ghapp.rate import rate as rated

    first = None if since is None else datetime.fromisoformat(since).replace(tzinfo=UTC)
    last = None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC) + timedelta(days=1)
    count = rated(clone, first, last, file, functools.partial(with_bar, "Rating commits"))
    click.echo(f"{count} commits rated: {file}", err=True)
