"""The App's credentials as set-up in the browser keeps them: one file under the state directory.

It holds variables by their names in the environment, so that settings are read from one mapping. It is written whole
or not at all, and read only where the environment names no credentials.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ghapp.folders import private_folder
from ghapp.settings import SettingsError, state_dir_of
from ghapp.settings_credentials import VARIABLES

#: What a file may hold; nothing else of it is used.
STORED = ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "GITHUB_API_URL")


def credentials_path(state_dir: Path) -> Path:
    """The file, in a directory of its own."""
    return state_dir / "app" / "credentials.json"


def has_stored(state_dir: Path) -> bool:
    """Whether the App was set up in the browser."""
    return credentials_path(state_dir).exists()


def with_stored(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, with what is stored where it names no credentials at all.

    What the environment says of `GITHUB_API_URL` goes before what is stored.

    Raises:
        SettingsError: The file is there and cannot be read.
    """
    if any(environ.get(name, "").strip() for name in VARIABLES):
        return dict(environ)
    found = _read(credentials_path(state_dir_of(environ)))
    given = {name for name, value in environ.items() if value.strip()}
    return {**environ, **{name: value for name, value in found.items() if name not in given}}


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problem = f"{path} cannot be read ({type(error).__name__}): let this user read it, or remove it to set up anew."
        raise SettingsError([problem]) from error
    return {name: str(found[name]) for name in STORED if name in found}


def store(state_dir: Path, variables: Mapping[str, str]) -> None:
    """Keep credentials, readable by this user alone; after a crash they are there whole or not at all.

    Raises:
        FileExistsError: There are some already; they stay.
        OSError: The directory cannot be written to.
    """
    path = credentials_path(state_dir)
    if path.exists():
        raise FileExistsError(path)
    write_private(path, json.dumps({name: variables[name] for name in STORED if name in variables}, indent=1))


def write_private(path: Path, text: str) -> None:
    """Write or replace a file of mode 0600 in a directory of mode 0700, whole or not at all.

    Raises:
        OSError: The directory cannot be written to.
    """
    private_folder(path.parent)
    path.parent.chmod(0o700)
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        opened = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
