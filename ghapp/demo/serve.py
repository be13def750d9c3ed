"""`ghapp demo --github-only`: the stand-in alone, with credentials for one's own deployment."""

import shlex
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from ghapp.demo.standin import StandIn, write_key


def serve_github(
    repositories: Mapping[str, Path],
    *,
    port: int = 0,
    webhook_url: str | None = None,
    directory: Path | None = None,
) -> None:
    """Serve until interrupted; prints the address and the credentials as lines for an environment file.

    Args:
        repositories: `owner/name` to a clone.
        port: 0 for a free one.
        webhook_url: Where deliveries go; None until the control route `/_hook` says so.
        directory: Where the private key is written, readable by its owner alone; None: a new temporary one.

    Raises:
        ghapp.clone.CloneError: a repository cannot be read.
        FileExistsError: there is a key in the directory already.
    """
    stand_in = StandIn(webhook_url)
    for full_name, path in repositories.items():
        stand_in.world.add_repository(full_name, path)
    key_path = (directory or Path(tempfile.mkdtemp(prefix="ghapp-github-"))) / "private-key.pem"
    write_key(stand_in, key_path)
    url = stand_in.start(port)
    try:
        for name, value in environment(stand_in, url, key_path).items():
            click.echo(f"{name}={shlex.quote(value)}")
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    finally:
        stand_in.stop()


def environment(stand_in: StandIn, url: str, key_path: Path) -> dict[str, str]:
    """The settings with which a deployment talks to a stand-in."""
    return {
        "GITHUB_API_URL": url,
        "APP_ID": str(stand_in.world.app.app_id),
        "PRIVATE_KEY_PATH": str(key_path),
        "WEBHOOK_SECRET": stand_in.world.hook.secret,
    }
