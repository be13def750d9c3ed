"""Checks of the environment and of this machine: what is set, misspelt or missing, and the state directory."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ghapp.doctor.check import Check, failure, good, warning
from ghapp.redis_process import NoServerError, socket_in
from ghapp.settings import Settings, SettingsError, read_leniently
from ghapp.stored import with_stored

#: Of the credentials, what is named when there are none.
CREDENTIALS = "APP_ID, PRIVATE_KEY, WEBHOOK_SECRET"
_NAME = re.compile(r"[A-Z][A-Z0-9_]+")
#: A wrong value, as problems repeat it. It may be a secret that was given to the wrong variable.
_VALUE = re.compile(r" is (['\"]).*\1(?=[:;,.])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Environment:
    """The environment as it was read.

    Attributes:
        settings: With the default of each variable that is wrong.
        problems: By variable, what is wrong with it.
        unknown: Variables that look like ours and are not; each with the one that was meant, if that can be guessed.
    """

    settings: Settings
    problems: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str], ...]

    def is_wrong(self, *prefixes: str) -> bool:
        """Whether there is a problem with a variable whose name begins so."""
        return any(name.startswith(prefixes) for name, _ in self.problems)


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Read what can be read, of what set-up stored, too."""
    unreadable: tuple[tuple[str, str], ...] = ()
    try:
        environ = with_stored(environ)
    except SettingsError as error:
        unreadable = tuple(("GHAPP_STATE_DIR", problem) for problem in error.problems)
    settings, reader = read_leniently(environ)
    # Some variables are looked at only beside others.
    known = reader.names | read_leniently({"OPENAI_MODEL": "any"})[1].names
    strangers = sorted(name for name in environ if name.startswith("GHAPP_") and name not in known)
    problems = tuple((_named(problem), _VALUE.sub(" is wrong", problem)) for problem in reader.problems)
    return Environment(settings, unreadable + problems, tuple((name, _meant(name, known)) for name in strangers))


def _named(problem: str) -> str:
    found = _NAME.match(problem)
    return found[0] if found else "environment"


def _meant(name: str, known: set[str]) -> str:
    return next(iter(difflib.get_close_matches(name, known, 1)), "")


def environment_checks(environment: Environment) -> Iterator[Check]:
    """The variables."""
    for name, problem in environment.problems:
        yield failure("settings.values", name, problem)
    if not environment.problems:
        yield good("settings.values", "environment")
    for name, meant in environment.unknown:
        yield warning("settings.unknown", name, f"No such variable: {f'write {meant}' if meant else 'unset it'}.")
    if not environment.unknown:
        yield good("settings.unknown", "GHAPP_…")
    yield from _credentials(environment)
    yield from _modes(environment.settings)


def _credentials(environment: Environment) -> Iterator[Check]:
    if environment.is_wrong("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"):
        return
    if environment.settings.credentials is None:
        fix = "Set-up mode: /webhook answers 503 and no worker runs. Set all three, from the App's settings page."
        yield failure("settings.credentials", CREDENTIALS, fix)
        return
    count = len(environment.settings.credentials.webhook_secrets)
    yield good("settings.credentials", CREDENTIALS, f"{count} webhook secrets" if count > 1 else "")


def _modes(settings: Settings) -> Iterator[Check]:
    if settings.dry_run:
        yield warning("settings.dry-run", "GHAPP_DRY_RUN", "Nothing is written to GitHub: unset it when you are ready.")
    else:
        yield good("settings.dry-run", "GHAPP_DRY_RUN", "off")
    if settings.calendar.speed != 1 or settings.calendar.real != settings.calendar.shown:
        yield warning("settings.calendar", "GHAPP_CALENDAR", "Days are not those of the clock: unset it.")
    yield good("settings.place", "GHAPP_TIMEZONE, GHAPP_LANGUAGE", f"{settings.timezone}, {settings.language}")


def state_checks(settings: Settings) -> Iterator[Check]:
    """The directory that state is kept in."""
    name, folder = "GHAPP_STATE_DIR", settings.state_dir
    if settings.redis_url is None:
        try:
            socket_in(folder / "redis")
        except NoServerError as error:
            yield failure("state.path", name, str(error))
    try:
        yield _directory(folder)
    except PermissionError:
        yield failure(
            "state.directory", name, f"{folder} may not be looked at by this user: chown it, or name another."
        )


def _directory(folder: Path) -> Check:
    check, name = "state.directory", "GHAPP_STATE_DIR"
    existing = folder if folder.exists() else _first_that_exists(folder)
    if not existing.is_dir():
        return failure(check, name, f"{existing} is no directory: name another one, or move that file.")
    if not os.access(existing, os.W_OK | os.X_OK):
        return failure(check, name, f"{existing} cannot be written to by this user: chown it, or name another.")
    if folder.exists() and folder.stat().st_mode & 0o077:
        return warning(check, name, f"Others of this machine may look into {folder}: chmod 700 {folder}")
    return good(check, name, str(folder))


def _first_that_exists(folder: Path) -> Path:
    return next(parent for parent in folder.parents if parent.exists())
