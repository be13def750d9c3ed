"""The one-time link: a token in a file that only this user can read, gone when it is used."""

import hmac
import secrets
from pathlib import Path

from ghapp.stored import write_private


def link_path(state_dir: Path) -> Path:
    """The file with the token of the link that has not been used."""
    return state_dir / "app" / "setup-token"


def issue(state_dir: Path, port: int) -> str:
    """A new link; an older one is void.

    Raises:
        OSError: The directory cannot be written to.
    """
    write_private(link_path(state_dir), secrets.token_urlsafe(32))
    return unused(state_dir, port) or ""


def unused(state_dir: Path, port: int) -> str | None:
    """The link that was issued and not used; None: there is none."""
    token = _token(state_dir)
    return f"http://localhost:{port}/setup?token={token}" if token else None


def _token(state_dir: Path) -> str:
    try:
        return link_path(state_dir).read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def use(state_dir: Path, token: str) -> bool:
    """Whether this is the link's token; true once, whichever process is asked."""
    expected = _token(state_dir)
    if not expected or not hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace")):
        return False
    try:
        link_path(state_dir).unlink()
    except FileNotFoundError:
        return False
    return True


def withdraw(state_dir: Path) -> None:
    """Void the link, if there is one."""
    link_path(state_dir).unlink(missing_ok=True)
