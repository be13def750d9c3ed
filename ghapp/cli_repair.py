"""The commands that repair what no delivery told us of: `ghapp catch-up` and `ghapp redeliver`."""

import os
import re
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ghapp.cli_options import Day, read_settings

if TYPE_CHECKING:
    from ghapp.places import Parts

JSON = click.option("--json", "as_json", is_flag=True, help="The same for machines.")
AGO = re.compile(r"(\d+)([mhd])")
SECONDS = {"m": 60, "h": 3600, "d": 86_400}


class Since(click.ParamType[float]):
    """A time, or how long ago: seconds since the epoch."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The time, or an error in words. Without a zone it is UTC."""
        if ago := AGO.fullmatch(value):
            return time.time() - int(ago[1]) * SECONDS[ago[2]]
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a time such as 2026-01-08T12:00 nor how long ago such as 6h", param, ctx)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


@click.command("catch-up")
@click.option("--repository", "names", multiple=True, metavar="OWNER/NAME", help="Only this one; may be repeated.")
@click.option("--since", type=Day(), help="Have digests begin with this day, although the App came later.")
@click.option("--dry-run", is_flag=True, help="Say what is behind; mark nothing and write nothing.")
@JSON
def catch_up_command(names: tuple[str, ...], since: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Look at every repository as if no delivery had ever come, and work until nothing is left.

    It needs the App's credentials and its Redis; receiver, workers and clock may run or not. Exit status 1: something
    is left, or was given up.
    """
    from ghapp import catch_up, catch_up_text, places, redeliveries

    with _parts() as (parts, redis_url):
        looked = places.look(parts, names)
        if dry_run:
            with _bar("Looking") as show:
                found = places.behind(parts, looked.found, show)
            with parts.github() as app:
                failed = [] if names else redeliveries.read_failed(app, parts.state.swept_to()).failed
            say = catch_up_text.behind_json if as_json else catch_up_text.behind_text
            click.echo(say(found, failed, looked.closed))
            return
        asked = 0 if names else catch_up.ask_again(parts)
        environ = os.environ | {"REDIS_URL": redis_url}
        with _bar("Catching up") as show:
            done = replace(catch_up.catch_up(parts, looked, since, environ, show), deliveries=asked)
    click.echo((catch_up_text.done_json if as_json else catch_up_text.done_text)(done))
    if not done.complete:
        raise SystemExit(1)


@click.command()
@click.option("--since", type=Since(), help="From then on: a time such as 2026-01-08T12:00, or 6h.  [default: 3d]")
@click.option("--dry-run", is_flag=True, help="List them only.")
@JSON
def redeliver(since: float | None, *, dry_run: bool, as_json: bool) -> None:
    """Ask GitHub for deliveries of which no attempt succeeded, however often they were tried.

    The receiver must be running: GitHub sends them at once. Exit status 1: GitHub refused one.
    """
    from ghapp import catch_up_text, redeliveries

    with _parts() as (parts, _), parts.github() as app:
        failed = redeliveries.read_failed(app, since).failed
        outcomes = {
            one.guid: "listed" if dry_run else redeliveries.ask(app, parts.settings, parts.state, one) for one in failed
        }
    click.echo((catch_up_text.outcomes_json if as_json else catch_up_text.outcomes_text)(failed, outcomes))
    if "refused" in outcomes.values():
        raise SystemExit(1)


@contextmanager
def _parts() -> "Generator[tuple[Parts, str]]":
    """What the commands work with, and the address of its Redis; an embedded one ends with it.

    Raises:
        click.ClickException: What is needed is not there; says what.
    """
    import redis

    from ghapp.github import GitHubException, InstallationGoneError, MissingError, RefusedError
    from ghapp.jobqueue import JobQueue, PostponedError
    from ghapp.places import Parts, UnknownRepositoryError
    from ghapp.redis_server import NoServerError, connect, reached

    os.environ.setdefault("LOG_LEVEL", "WARNING")
    settings = read_settings()
    if settings.credentials is None:
        raise click.ClickException("APP_ID, PRIVATE_KEY and WEBHOOK_SECRET are needed.")
    try:
        with reached(settings.redis_url, settings.state_dir / "redis") as url, connect(url) as connection:
            connection.ping()
            yield Parts(settings, settings.credentials, JobQueue(connection, settings.job_seconds)), url
    except (NoServerError, UnknownRepositoryError, PostponedError) as error:
        raise click.ClickException(str(error)) from error
    except (MissingError, RefusedError, InstallationGoneError) as error:
        raise click.ClickException(f"GitHub refuses: {error}") from error
    except GitHubException as error:
        raise click.ClickException(f"GitHub is unreachable: {type(error).__name__}") from error
    except redis.RedisError as error:
        raise click.ClickException(f"Redis is unreachable: {type(error).__name__}") from error


@contextmanager
def _bar(label: str) -> Generator[Callable[[int, int], None]]:
    """What shows how far the work is, on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, of: int) -> None:
            bar.length = max(1, of)
            # What followed meanwhile may put the bar back.
            bar.update(done - bar.pos)

        yield show
