"""What the commands share: kinds of values, options, and how settings are read for a person who sits there."""

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from ghapp.settings import LANGUAGES, Settings, SettingsError, settings_from
from ghapp.settings_reader import is_timezone
from ghapp.stored import with_stored

T = TypeVar("T")


class Timezone(click.ParamType[str]):
    """An IANA time zone."""

    name = "zone"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value, or an error in words."""
        if not is_timezone(value):
            self.fail(f"{value!r} is not an IANA time zone name such as Europe/Berlin", param, ctx)
        return value


class Day(click.ParamType[str]):
    """A day such as 2026-01-08."""

    name = "day"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value, or an error in words."""
        try:
            return datetime.strptime(value, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2026-01-08", param, ctx)


LANGUAGE = click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
OUTPUT = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of standard output."
)
NO_MODEL = click.option("--no-model", is_flag=True, help="Leave out the model that OPENAI_MODEL names.")
#: What the commands on a clone read of the environment: nothing that belongs to the server alone.
LOCAL_VARIABLES = ("OPENAI_", "GHAPP_", "REDIS_URL")


def read_settings() -> Settings:
    """The settings; a fault in them ends the process with status 2. Logs are set up with them."""
    from ghapp.logs import set_up_logs

    settings = _settings_of(os.environ, is_server=True)
    set_up_logs(settings.log_level)
    return settings


def _settings_of(environ: Mapping[str, str], *, is_server: bool = False) -> Settings:
    try:
        return settings_from(with_stored(environ) if is_server else environ)
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"ghapp: {problem}", err=True)
        raise SystemExit(2) from None


def model_settings() -> Settings | None:
    """The settings that asking a model needs; None, and nothing is looked at, when OPENAI_MODEL names none.

    A key of OPENAI_API_KEY alone, which many have in their environment, is no fault here.
    """
    if not os.environ.get("OPENAI_MODEL", "").strip():
        return None
    return _settings_of({name: value for name, value in os.environ.items() if name.startswith(LOCAL_VARIABLES)})


def settings_with_redis() -> Settings:
    """The settings of a process that works on somebody else's Redis."""
    settings = read_settings()
    if settings.redis_url is None:
        raise click.ClickException("REDIS_URL is not set: set it, or use `ghapp run`, which embeds a server.")
    return settings


def with_bar(label: str, rows: Iterable[T], count: int) -> Iterable[T]:
    """Pass rows on, with a bar on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield from rows
        return
    with click.progressbar(rows, length=count, label=label, file=sys.stderr) as bar:
        yield from bar


def write_text(text: str, output: Path | None) -> None:
    """Print it, or put it into a file; it ends with one line end."""
    if output is None:
        # Names of files and people may hold anything; a terminal that cannot show it is no reason to fail.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        click.echo(text.rstrip("\n"))
        return
    from ghapp.report import write_file

    write_file(text.rstrip("\n") + "\n", output)
