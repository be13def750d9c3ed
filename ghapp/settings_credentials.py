"""What identifies us as a GitHub App, read from the environment or from the files that it names."""

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path

from ghapp.settings_reader import Reader

_BEGIN = "-----BEGIN"
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
VARIABLES = ("APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH", "WEBHOOK_SECRET", "WEBHOOK_SECRET_PATH")


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What identifies us as a GitHub App. Never printed: there is no repr.

    Attributes:
        app_id: The App's numeric id.
        private_keys: PEM texts; one, or several while they are rotated, in the order they are tried; never empty.
        webhook_secrets: One secret, or several while they are rotated; never empty.
    """

    app_id: int
    private_keys: tuple[str, ...]
    webhook_secrets: tuple[bytes, ...]


def credentials(reader: Reader) -> Credentials | None:
    """The App's credentials, None when there are none at all; faults are left with the reader.

    Files are read each time: who asks again sees what stands in them now.
    """
    if not any(map(reader.text, VARIABLES)):
        return None
    app_id = reader.text("APP_ID")
    if not app_id.isdecimal():
        reader.problems.append(f"APP_ID is {app_id!r}: set it to the number on the App's settings page.")
    return Credentials(int(app_id) if app_id.isdecimal() else 0, _private_keys(reader), _webhook_secrets(reader))


def _private_keys(reader: Reader) -> tuple[str, ...]:
    """From PRIVATE_KEY (as it is, with backslash-n for line ends, or in base64), else from PRIVATE_KEY_PATH's files."""
    text, paths = reader.text("PRIVATE_KEY"), _listed(reader.text("PRIVATE_KEY_PATH"))
    name = "PRIVATE_KEY" if text else "PRIVATE_KEY_PATH"
    if text:
        found = [_pems(text)]
    else:
        texts = [_file(reader, "PRIVATE_KEY_PATH", path, "name the .pem file") for path in paths]
        if None in texts:
            return ()
        found = [_pems(one or "") for one in texts]
    if not found:
        reader.problems.append("PRIVATE_KEY or PRIVATE_KEY_PATH: give the PEM of the App's private key.")
    elif not all(found):
        reader.problems.append(f"{name} is not a PEM file's text (nor its base64).")
    # The same key twice would have its turn twice.
    return tuple(dict.fromkeys(pem for pems in found for pem in pems))


def _pems(text: str) -> list[str]:
    """The keys in a text; empty when there is anything between their marks that does not end."""
    if _BEGIN not in text:
        try:
            text = base64.b64decode("".join(text.split()), validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            return []
    text = text.replace("\\n", "\n")
    found = [match[0] + "\n" for match in _PEM.finditer(text)]
    return found if len(found) == text.count(_BEGIN) else []


def _webhook_secrets(reader: Reader) -> tuple[bytes, ...]:
    """From WEBHOOK_SECRET, else from WEBHOOK_SECRET_PATH's file: separated by commas or, there, by line ends."""
    text, path = reader.text("WEBHOOK_SECRET"), reader.text("WEBHOOK_SECRET_PATH")
    if path and not text:
        read = _file(reader, "WEBHOOK_SECRET_PATH", path, "name the file with the webhook's secret")
        if read is None:
            return ()
        text = ",".join(read.splitlines())
    found = tuple(part.encode() for part in _listed(text))
    if not found:
        reader.problems.append(
            f"{'WEBHOOK_SECRET_PATH names an empty file' if path else 'WEBHOOK_SECRET is not set'}: "
            "without it anybody could post; set the App's secret."
        )
    return found


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _file(reader: Reader, variable: str, path: str, fix: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reader.problems.append(f"{variable} cannot be read ({type(error).__name__}): {fix}.")
        return None
