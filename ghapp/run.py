"""`ghapp run`: the receiver, workers and the clock as one group of processes, with the Redis they need."""

import sys
from collections.abc import Mapping

import click

from ghapp import redis_server
from ghapp.children import Children
from ghapp.settings import Settings


def ghapp_command(name: str) -> list[str]:
    """How this installation's `ghapp <name>` is started, whatever the PATH says."""
    return [sys.executable, "-m", "ghapp", name]


def web_command(settings: Settings) -> list[str]:
    """How the receiver is started.

    Threads: a slow client holds one of eight, not a whole worker. The control socket that gunicorn would open in
    the home directory is not wanted.
    """
    options = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--graceful-timeout", "25"]
    return [
        *(sys.executable, "-m", "gunicorn", *options, "--no-control-socket", "--log-level", "warning"),
        *("--bind", f"{settings.host}:{settings.port}", "ghapp.wsgi:application()"),
    ]


def run_all(settings: Settings, environ: Mapping[str, str]) -> None:
    """Start everything, keep it running, and stop it all on SIGINT or SIGTERM.

    Raises:
        click.ClickException: Redis cannot be started.
    """
    children = Children(environ)
    if settings.redis_url is None:
        try:
            server, url = redis_server.start(settings.state_dir / "redis")
        except redis_server.NoServerError as error:
            raise click.ClickException(str(error)) from error
        children.add_variable("REDIS_URL", url)
        if server is not None:
            children.adopt("redis", server)
    try:
        children.start("web", web_command(settings), reloads=True)
        click.echo(f"Listening on http://{settings.host}:{settings.port}/webhook", err=True)
        children.start("clock", ghapp_command("clock"))
        if settings.credentials:
            for number in range(1, settings.workers + 1):
                children.start(f"worker {number}", ghapp_command("worker"))
        else:
            click.echo(
                "The App is not set up yet: /webhook answers 503 until APP_ID, PRIVATE_KEY and WEBHOOK_SECRET are set.",
                err=True,
            )
        children.watch()
    finally:
        children.stop()
