"""`python -m tests.chaos --seed N`: one run; exit status 1 when anything differs."""

import os
import signal
import sys

import click

from tests.chaos.figures import lines, too_many_writes
from tests.chaos.sabotage import SABOTAGES, unknown
from tests.chaos.scale import Scale
from tests.chaos.storm import Storm

#: A run of well under a minute, for the suite.
SHORT = {
    "landings": 28,
    "pulls": 6,
    "repositories": 3,
    "installations": 2,
    "workers": 2,
    "bulk": 1,
    "days": 2,
    "day_seconds": 4.0,
    "repair": 3.0,
    "faults": 1.5,
    "point_gap": 3,
    "limit": 240.0,
    "slow": False,
}


@click.command()
@click.option("--seed", type=int, required=True)
@click.option("--short", is_flag=True, help="A run of well under a minute.")
@click.option("--landings", type=int)
@click.option("--pulls", type=int)
@click.option("--repositories", type=int)
@click.option("--installations", type=int)
@click.option("--workers", type=int)
@click.option("--days", type=int, help="Days shown.")
@click.option("--day-seconds", type=float, help="Seconds that a shown day takes.")
@click.option("--bulk", type=int, help="Repositories with one push of many commits.")
@click.option("--repair", type=float, help="Seconds between two repairs.")
@click.option("--pace", type=float, help="The product's delays are so many times shorter, its limits higher.")
@click.option("--faults", type=float, help="0: a calm run.")
@click.option("--point-gap", type=int, help="0: no kills at named points.")
@click.option("--limit", type=float, help="Seconds for coming to rest.")
@click.option("--keep", is_flag=True, help="Keep the folder with logs and repositories.")
def main(*, seed: int, short: bool, keep: bool, **sizes: float | None) -> None:
    """Run the processes through a storm and compare what is left with git. SABOTAGE in the environment breaks them."""
    # What was started is stopped in order also when the suite is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sabotage = os.environ.get("SABOTAGE", "")
    if unknown(sabotage):
        raise click.UsageError(f"SABOTAGE is {sabotage!r}: {', '.join(SABOTAGES)}, or some of them with commas between")
    chosen = (SHORT if short else {}) | {name: value for name, value in sizes.items() if value is not None}
    scale = Scale(seed, sabotage=sabotage, **chosen)
    with Storm(scale) as storm:
        outcome = storm.run()
    for text in too_many_writes(outcome):
        outcome.verdict.differ("too many writes", "GitHub", text)
    for line in lines(outcome):
        click.echo(line)
    failed = bool(outcome.verdict.differences)
    if failed:
        click.echo(f"{len(outcome.verdict.differences)} differences: replay with make chaos SEED={seed}")
    if failed or keep:
        click.echo(f"logs and repositories: {storm.folder}", err=True)
    else:
        storm.remove()
    sys.exit(failed)


if __name__ == "__main__":
    main()
