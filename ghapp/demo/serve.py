"""`ghapp demo --github-only`: the stand-in alone, with credentials for one's own deployment."""

import json
import shlex
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from ghapp.clone import CloneError
from ghapp.demo.history import History, prepare, source_here
from ghapp.demo.records import Versions
from ghapp.demo.scene import new_folder
from ghapp.demo.standin import StandIn, write_key


def serve_history(source: Path | None, port: int = 0, webhook_url: str | None = None) -> None:
    """Serve a repository whose newest commits have not landed yet, until interrupted.

    Args:
        source: Somebody's repository; None: the one that the current directory is in, else the bundled sample.
        port: 0 for a free one.
        webhook_url: Where deliveries go; None until the control route `/_hook` says so.

    Raises:
        click.ClickException: The repository cannot be read, or the port is taken.
    """
    folder = new_folder()
    try:
        history = prepare(source or source_here(Path.cwd()), folder)
        stand_in = StandIn(webhook_url)
        # Who tries set-up with it has a server on this machine, as this GitHub is.
        stand_in.world.behaviour.local_hooks = True
        one = stand_in.world.add_repository(history.full_name, history.git_dir)
        one.heads[history.branch] = Versions(history.commits[0].commit_sha, age=3600)
        _serve(stand_in, port, folder, history)
    except (CloneError, OSError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        shutil.rmtree(folder)


def serve_github(
    repositories: Mapping[str, Path], *, port: int = 0, webhook_url: str | None = None, directory: Path
) -> None:
    """Serve until interrupted; prints the address and the credentials as lines for an environment file.

    Args:
        repositories: `owner/name` to a clone.
        port: 0 for a free one.
        webhook_url: Where deliveries go; None until the control route `/_hook` says so.
        directory: Where the private key is written, readable by its owner alone.

    Raises:
        ghapp.clone.CloneError: a repository cannot be read.
        FileExistsError: there is a key in the directory already.
    """
    stand_in = StandIn(webhook_url)
    for full_name, path in repositories.items():
        stand_in.world.add_repository(full_name, path)
    _serve(stand_in, port, directory)


def _serve(stand_in: StandIn, port: int, directory: Path, history: History | None = None) -> None:
    key_path = directory / "private-key.pem"
    write_key(stand_in, key_path)
    url = stand_in.start(port)
    try:
        for name, value in environment(stand_in, url, key_path).items():
            click.echo(f"{name}={shlex.quote(value)}")
        if history:
            click.echo("\n".join(f"# {line}".rstrip() for line in hints(url, history, stand_in.world.hook.url)))
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    finally:
        stand_in.stop()


def environment(stand_in: StandIn, url: str, key_path: Path) -> dict[str, str]:
    """The settings with which a deployment talks to a stand-in."""
    return {
        "GITHUB_API_URL": url + stand_in.world.prefix,
        "APP_ID": str(stand_in.world.app.app_id),
        "PRIVATE_KEY_PATH": str(key_path),
        "WEBHOOK_SECRET": stand_in.world.hook.secret,
    }


def hints(url: str, history: History, webhook_url: str | None) -> list[str]:
    """What to type in a second terminal: how to land a commit, and how to open and merge a pull request."""
    begin, first, second, third = (commit.commit_sha for commit in history.commits[:4])
    repository = {"repository": history.full_name}
    hook = {"url": "http://127.0.0.1:3000/webhook"}
    return [
        "",
        f"{history.full_name}: {history.branch} is at {begin[:7]}; the commits after it have not landed.",
        f"Look at {url}/",
        "",
        *(
            []
            if webhook_url
            else ["Deliveries go nowhere yet. Send them to your receiver:", _curl(url, "/_hook", hook), ""]
        ),
        'Land a commit by pushing it ("deliver": 2 sends the delivery twice, 0 never):',
        _curl(url, "/_push", repository | {"head_sha": first, "deliver": 1}),
        "",
        "Open a pull request for the commit after it; merge it when its card is there (its number is in the answer):",
        _curl(url, "/_pull", repository | {"head_sha": second, "base_sha": first, "number": 1}),
        _curl(url, "/_merge", repository | {"number": 1, "merge_commit_sha": second}),
        "",
        "Make GitHub fail once, then land another:",
        _curl(url, "/_faults", {"route": "GET /repos/{}/compare/{}", "status": 502}),
        _curl(url, "/_push", repository | {"head_sha": third}),
        "",
        "What was asked of this GitHub:",
        f"curl {url}/_requests",
    ]


def _curl(url: str, path: str, body: Mapping[str, object]) -> str:
    return f"curl -X POST {url}{path} -d {shlex.quote(json.dumps(body))}"
