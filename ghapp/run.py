"""`ghapp run`: the receiver, workers and the clock as one group of processes, with the Redis they need."""

import signal
import socket
import sys
from collections.abc import Mapping

import click

from ghapp import redis_server
from ghapp.children import Children
from ghapp.settings import Settings
from ghapp.setup import link
from ghapp.stored import has_stored


def ghapp_command(name: str) -> list[str]:
    """How this installation's `ghapp <name>` is started, whatever the PATH says."""
    return [sys.executable, "-m", "ghapp", name]


def web_command(settings: Settings) -> list[str]:
    """How the receiver is started; without credentials it comes with set-up.

    Threads: a slow client holds one of eight, not a whole worker. The control socket that gunicorn would open in
    the home directory is not wanted.
    """
    options = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--graceful-timeout", "25"]
    loaded = "ghapp.wsgi" if settings.credentials else "ghapp.setup.wsgi"
    return [
        *(sys.executable, "-m", "gunicorn", *options, "--no-control-socket", "--log-level", "warning"),
        *("--bind", f"{settings.host}:{settings.port}", f"{loaded}:application()"),
    ]


def run_all(settings: Settings, environ: Mapping[str, str]) -> None:
    """Start everything, keep it running, and stop it all on SIGINT or SIGTERM.

    Without credentials only what set-up needs is started; the rest follows as soon as the App is set up.

    Raises:
        click.ClickException: Redis cannot be started, or the state directory cannot be written to.
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
        if settings.credentials or _is_set_up(children, settings):
            _start_the_rest(children, settings)
            children.watch()
    finally:
        children.stop()


def _start_the_rest(children: Children, settings: Settings) -> None:
    if settings.credentials:
        children.start("web", web_command(settings), reloads=True)
        click.echo(f"Listening on http://{settings.host}:{settings.port}/webhook", err=True)
    children.start("clock", ghapp_command("clock"))
    for number in range(1, settings.workers + 1):
        children.start(f"worker {number}", ghapp_command("worker"))


def _is_set_up(children: Children, settings: Settings) -> bool:
    """Have a person set the App up with a browser; False when we are asked to end before."""
    show_link(settings)
    try:
        web = children.start("web", web_command(settings), reloads=True)
        if not children.watch(lambda: has_stored(settings.state_dir)):
            return False
    finally:
        link.withdraw(settings.state_dir)
    # It loads the receiver anew, with what is stored; who is being answered is answered first.
    web.process.send_signal(signal.SIGHUP)
    click.echo("The App is set up: the workers and the clock start now.", err=True)
    return True


def show_link(settings: Settings) -> None:
    """Print a new one-time link, the only place where it is written but for its file.

    Raises:
        click.ClickException: The state directory cannot be written to.
    """
    try:
        address = link.issue(settings.state_dir, settings.port)
    except OSError as error:
        problem = f"{settings.state_dir} cannot be written to ({type(error).__name__}): set GHAPP_STATE_DIR."
        raise click.ClickException(problem) from error
    click.echo("The App is not set up yet. Open this link, once, in a browser on this machine:", err=True)
    click.echo(f"\n    {address}\n", err=True)
    click.echo("From another machine, put this server's own address in the place of localhost.", err=True)


def waiting_link(settings: Settings) -> str:
    """The one-time link that the server on this machine waits for.

    Raises:
        click.ClickException: It is set up, does not run, or the link was used; says what to do.
    """
    if settings.credentials:
        raise click.ClickException(f"The App is set up already (APP_ID {settings.credentials.app_id}).")
    address = link.unused(settings.state_dir, settings.port)
    if not _listens(settings.port):
        raise click.ClickException("The server does not run: start `ghapp run`, which prints the link.")
    if address is None:
        raise click.ClickException("The link was used. To get another one, stop `ghapp run` and start it again.")
    return address


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 2).close()
    except OSError:
        return False
    return True
