"""The command line: `ghapp`, one function per command, nothing decided here.

Exit status: 0 done, 1 did not succeed, 2 wrong use.
"""

import functools
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from analysis.change import Change
from ghapp.cli_calibrate import calibrate
from ghapp.cli_doctor import doctor
from ghapp.cli_options import (
    LANGUAGE,
    NO_MODEL,
    OUTPUT,
    Day,
    Timezone,
    model_settings,
    read_settings,
    settings_with_redis,
    with_bar,
    write_text,
)
from ghapp.cli_rate import rate
from ghapp.cli_repair import catch_up_command, redeliver
from ghapp.garbage import collect_rarely
from ghapp.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ghapp")
def main() -> None:
    """One card per pull request, one digest issue per day, nothing that landed missing."""
    collect_rarely()


main.add_command(doctor)
main.add_command(catch_up_command)
main.add_command(redeliver)
main.add_command(rate)
main.add_command(calibrate)


@main.command()
def run() -> None:
    """Web, worker and clock in one, with an embedded Redis unless REDIS_URL is set."""
    from ghapp.run import run_all

    run_all(read_settings(), os.environ)


@main.command()
def web() -> None:
    """The receiver alone, under gunicorn, on PORT."""
    from ghapp.run import show_link, web_command

    settings = settings_with_redis()
    if settings.credentials is None:
        show_link(settings)
    command = web_command(settings)
    os.execv(command[0], command)  # noqa: S606 - this process becomes gunicorn


@main.command()
def setup() -> None:
    """Print the link that the running server waits for, to create the App or to import one."""
    from ghapp.run import waiting_link

    click.echo(waiting_link(read_settings()))


@main.command()
def worker() -> None:
    """One worker alone."""
    from ghapp.jobqueue import JobQueue
    from ghapp.redis_server import connect
    from ghapp.worker import run_worker

    settings = settings_with_redis()
    if settings.credentials is None:
        raise click.ClickException("APP_ID, PRIVATE_KEY and WEBHOOK_SECRET are needed by a worker.")
    run_worker(JobQueue(connect(str(settings.redis_url)), settings.job_seconds), with_model=settings.model is not None)


@main.command()
def clock() -> None:
    """The clock alone: scheduling and recovery. Any number may run."""
    from ghapp.clock import keep_time
    from ghapp.jobqueue import JobQueue
    from ghapp.redis_server import connect
    from ghapp.stopping import Stop

    settings = settings_with_redis()
    stop = Stop()
    # Without the App's credentials there is nobody who could sweep it.
    jobs = JobQueue(connect(str(settings.redis_url)), settings.job_seconds)
    keep_time(jobs, stop.wait, settings.repair_interval if settings.credentials else 0)


@main.command()
@click.argument("repo", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--github-only", is_flag=True, help="Serve the stand-in GitHub alone, for a deployment of one's own.")
@click.option("--port", type=click.IntRange(0, 65535), help="With --github-only: where it listens.  [default: any]")
@click.option("--webhook-url", help="With --github-only: where deliveries go.")
def demo(repo: Path | None, *, github_only: bool, port: int | None, webhook_url: str | None) -> None:
    """The whole system on this machine, fed from a git repository (REPO) and a stand-in GitHub.

    Without REPO it is the repository of the current directory, else a bundled sample.
    """
    from ghapp.demo.run import run_demo
    from ghapp.demo.serve import serve_history

    if github_only:
        serve_history(repo, port or 0, webhook_url)
        return
    if port is not None or webhook_url is not None:
        raise click.UsageError("--port and --webhook-url belong to --github-only.")
    run_demo(repo, os.environ)


@main.command()
@click.argument("repo", type=click.Path(exists=True, path_type=Path))
@click.option("--day", type=Day(), help="The day, as 2026-01-08.  [default: today]")
@click.option("--timezone", type=Timezone(), default="UTC", show_default=True, help="Whose midnights bound the day.")
@LANGUAGE
@click.option("--format", "kind", type=click.Choice(("md", "json", "html")), default="md", show_default=True)
@OUTPUT
@NO_MODEL
def report(  # noqa: PLR0913 - one for each option
    repo: Path, day: str | None, timezone: str, language: str, kind: str, output: Path | None, *, no_model: bool
) -> None:
    """A day's digest from a local clone (REPO), without GitHub."""
    from ghapp import local

    chosen = day or datetime.now(ZoneInfo(timezone)).date().isoformat()
    settings = None if no_model else model_settings()
    write_text(local.report(repo, chosen, local.Style(timezone, language, kind), settings, _progress(settings)), output)


@main.command()
@click.argument("repo", type=click.Path(exists=True, path_type=Path))
@click.argument("revision")
@LANGUAGE
@click.option("--format", "kind", type=click.Choice(("md", "json", "html")), default="md", show_default=True)
@OUTPUT
@NO_MODEL
@click.option(
    "--explain", is_flag=True, help="Each point with the git commands that show where it comes from; no model."
)
def assess(  # noqa: PLR0913 - one for each option
    repo: Path, revision: str, language: str, kind: str, output: Path | None, *, no_model: bool, explain: bool
) -> None:
    """One commit, or a range BASE..HEAD taken as one change, as its card."""
    from ghapp import local

    if explain:
        write_text(local.explanation(repo, revision, local.Style("UTC", language, kind)), output)
        return
    settings = None if no_model else model_settings()
    write_text(local.card(repo, revision, local.Style("UTC", language, kind), settings), output)


@main.command()
@click.argument("labels", type=click.Path(exists=True, path_type=Path, dir_okay=False))
@click.argument("clone", type=click.Path(exists=True, path_type=Path))
@NO_MODEL
@click.option("--json", "as_json", is_flag=True, help="The same for machines.")
def evaluate(labels: Path, clone: Path, *, no_model: bool, as_json: bool) -> None:
    """How ratings agree with people's: LABELS names commits of CLONE and their importance, one JSON object a line.

    With a model configured: with it and without it, its findings, tokens and cost.
    """
    from ghapp import local

    settings = None if no_model else model_settings()
    write_text(local.evaluate(labels, clone, settings, _progress(settings), as_json=as_json), None)


def _progress(settings: Settings | None) -> Callable[[Iterable[Change], int], Iterable[Change]]:
    """What passes changes on, with a bar on standard error when that is a terminal.

    Args:
        settings: With the model that reads each change before the next one is taken; None: none does.
    """
    return functools.partial(with_bar, "Reading changes, with the model" if settings else "Reading changes")
