"""The command that finds out what is wrong: `ghapp doctor`."""

import os

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same for machines: docs/doctor.schema.json.")
def doctor(*, as_json: bool) -> None:
    """Check settings, GitHub, the webhook, Redis, the processes and the model, and say what to fix.

    It changes nothing, and takes half a minute at most. Run it with the server's environment, beside it or without
    it. Exit status 1: something fails; warnings do not count.
    """
    from ghapp.doctor import check
    from ghapp.doctor.examination import examine
    from ghapp.logs import set_up_logs

    # What they would say is said by the checks.
    set_up_logs("ERROR")
    checks = examine(os.environ)
    click.echo(check.as_json(checks) if as_json else check.as_text(checks), color=_colours())
    if not check.is_healthy(checks):
        raise SystemExit(1)


def _colours() -> bool | None:
    """False where the user wants none (https://no-color.org); None: as the terminal can."""
    return False if os.environ.get("NO_COLOR") else None
