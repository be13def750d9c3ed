"""Fetches the newest part of a repository over HTTP, bounded in time and size, into a directory that is then deleted.

The token is in the environment of git alone: neither its arguments nor the address, and so no log, ever holds it.
"""

import base64
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from ghapp.children import die_with_parent
from ghapp.processes import holder, is_dead_here

Reason = Literal["too-large", "time-out", "no-git", "refused", "failed", "state-dir"]

#: What begins the names of the directories; `holder` in one says which process made it.
PREFIX, HOLDER = "fetched-", "holder"
#: What a process on another machine left behind is removed after so many seconds.
LEFT_SECONDS = 24 * 3600.0
#: How often size and time are looked at, in seconds: at first, and at most.
LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.02, 0.2
#: What is kept of what git said.
SAID_CHARACTERS = 300

_REFUSED = re.compile(r"\b40[134]\b|not found|[Aa]uthentication failed|could not read (?:Username|Password)")


class FetchError(Exception):
    """It was not fetched; `reason` says why, the text what git said."""

    def __init__(self, reason: Reason, said: str = "") -> None:
        super().__init__(f"{reason}: {said}" if said else reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is fetched at most.

    Attributes:
        depth: Commits from the head, along every line of descent.
        seconds: Time.
        size: Bytes on disk.
    """

    depth: int
    seconds: float
    size: int


def git_address(web_url: str, full_name: str) -> str:
    """Where git reads a repository, for the address of GitHub's pages and `owner/name`."""
    return f"{web_url}/{quote(full_name)}.git"


@contextmanager
def fetched(address: str, token: str, folder: Path, bounds: Bounds) -> Generator[Path]:
    """A bare clone of the default branch for the body of a `with`; it is deleted whatever happens.

    Args:
        address: From `git_address`.
        token: An installation's, which may read the contents.
        folder: Where the directory is made; made when it is not there.
        bounds: Beyond them git is killed.

    Raises:
        FetchError: It was not fetched.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_left(folder)
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        (made / HOLDER).write_text(holder(), encoding="utf-8")
    except OSError as error:
        raise FetchError("state-dir", type(error).__name__) from error
    try:
        _fetch(address, token, made, bounds)
        yield made / "repo.git"
    finally:
        shutil.rmtree(made, ignore_errors=True)


def remove_left(folder: Path) -> None:
    """Remove what killed processes left behind."""
    for left in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            name = (left / HOLDER).read_text(encoding="utf-8") if (left / HOLDER).exists() else ""
            is_old = time.time() - left.stat().st_mtime > LEFT_SECONDS
            if is_old or (name and is_dead_here(name)):
                shutil.rmtree(left, ignore_errors=True)


def _fetch(address: str, token: str, made: Path, bounds: Bounds) -> None:
    options = ["--bare", "--quiet", "--single-branch", "--no-tags", "--template=", f"--depth={bounds.depth}"]
    command = ["git", "clone", *options, "--", address, str(made / "repo.git")]
    said = made / "said"
    with said.open("wb") as errors:
        try:
            process = subprocess.Popen(
                command,
                env=_environment(address, token, made),
                cwd=made,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                preexec_fn=_die_with_us,  # noqa: PLW1509 - a job has no threads
            )
        except FileNotFoundError as error:
            raise FetchError("no-git") from error
    try:
        _watch(process, made, bounds)
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode:
        text = " ".join(said.read_bytes()[-4 * SAID_CHARACTERS :].decode("utf-8", "replace").split())
        raise FetchError("refused" if _REFUSED.search(text) else "failed", text[-SAID_CHARACTERS:])


def _die_with_us() -> None:
    die_with_parent(kill=True)


def _watch(process: subprocess.Popen[bytes], made: Path, bounds: Bounds) -> None:
    """Wait for git.

    Raises:
        FetchError: It takes too long, or too much room.
    """
    until, look = time.monotonic() + bounds.seconds, LOOK_SECONDS
    is_over = False
    while not is_over:
        # Looked at once more when it has ended: it may have been quick.
        is_over = process.poll() is not None
        if _size(made) > bounds.size:
            raise FetchError("too-large", f"more than {bounds.size / 1e6:.0f} MB")
        if time.monotonic() > until:
            raise FetchError("time-out", f"more than {bounds.seconds:.0f} s")
        if not is_over:
            time.sleep(look)
        look = min(2 * look, LONGEST_LOOK_SECONDS)


def _size(folder: Path) -> int:
    """Bytes of the files below a directory in which files come and go."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - thousands of times a second
    return total


def _environment(address: str, token: str, made: Path) -> Mapping[str, str]:
    """Git's environment: no configuration but ours, no program but git's own, no prompt, no other protocol."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    parts = urlsplit(address)
    settings = {
        # For this host alone; and nobody leads us to another one.
        f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: Basic {header}",
        "http.followRedirects": "false",
        "http.lowSpeedLimit": "1000",
        "http.lowSpeedTime": "30",
        "protocol.allow": "never",
        f"protocol.{parts.scheme}.allow": "always",
        "credential.helper": "",
        "core.hooksPath": os.devnull,
        "core.fsmonitor": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "pack.threads": "1",
        "fetch.unpackLimit": "1",
    }
    if os.environ.get("SSL_CERT_FILE"):
        settings["http.sslCAInfo"] = os.environ["SSL_CERT_FILE"]
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for place, (name, value) in enumerate(settings.items()):
        numbered |= {f"GIT_CONFIG_KEY_{place}": name, f"GIT_CONFIG_VALUE_{place}": value}
    return (
        kept
        | numbered
        | {
            "HOME": str(made),
            "XDG_CONFIG_HOME": str(made),
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_LFS_SKIP_SMUDGE": "1",
        }
    )
