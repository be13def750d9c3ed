"""Runs git on a clone: one environment for every call, no user configuration, no network, clear errors."""

import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Repository configuration that would change what we read; command-line settings win over it.
_SETTINGS = (
    "safe.directory=*",
    "core.quotepath=off",
    "core.fsmonitor=false",
    "diff.suppressBlankEmpty=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "log.showSignature=false",
    "log.mailmap=false",
)


class CloneError(Exception):
    """A clone could not be read; the text says why, in words for the person who named the clone."""


class NotARepository(CloneError):  # noqa: N818 - reads as what is wrong
    """There is no git repository at the path."""


class EmptyRepository(CloneError):  # noqa: N818 - reads as what is wrong
    """The repository has no commit yet."""


class NoSuchRevision(CloneError):  # noqa: N818 - reads as what is wrong
    """The name does not lead to a commit of this repository."""


class GitFailed(CloneError):  # noqa: N818 - reads as what is wrong
    """Git ended with an error: a damaged repository, or an object that a partial clone does not hold.

    Attributes:
        status: Git's exit status; None when git could not be started.
    """

    def __init__(self, said: str, status: int | None = None) -> None:
        super().__init__(said)
        self.status = status


@dataclass(frozen=True, slots=True)
class Git:
    """Git bound to one repository.

    Attributes:
        git_dir: The repository's own directory (`.git`, a bare clone, or a linked worktree's directory).
    """

    git_dir: Path

    def run(self, *args: str, stdin: bytes = b"") -> bytes:
        """The output of `git <args>`.

        Raises:
            GitFailed: git ended with an error.
        """
        with self.stream(*args, stdin=stdin) as output:
            return output.read()

    def attempt(self, *args: str) -> bytes | None:
        """The output of `git <args>`, or None when its exit status 1 says that there is no such thing.

        Raises:
            GitFailed: git ended with an error.
        """
        try:
            return self.run(*args)
        except GitFailed as failure:
            if failure.status == 1:
                return None
            raise

    @contextmanager
    def stream(self, *args: str, stdin: bytes = b"") -> Generator[IO[bytes]]:
        """Run `git <args>` and read its output as it comes; leaving early ends the process.

        Raises:
            GitFailed: git ended with an error and its output was read to the end.
        """
        # A file on both sides: git may fill its output before it has read all input.
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as errors:
            source.write(stdin)
            source.seek(0)
            with _start([*_command(self.git_dir), *args], source, errors) as process:
                assert process.stdout is not None  # noqa: S101 - PIPE was asked for
                try:
                    yield process.stdout
                    finished = not process.stdout.read(1)
                finally:
                    process.stdout.close()
            if finished and process.returncode:
                errors.seek(0)
                raise GitFailed(f"git {args[0]}: {_said(errors.read())}", process.returncode)


def find_git_dir(path: Path) -> Path:
    """The repository's own directory, for a work tree, a directory in it, or a bare clone.

    Raises:
        NotARepository: there is none.
    """
    command = ["git", "-c", "safe.directory=*", "-C", str(path), "rev-parse", "--absolute-git-dir"]
    try:
        found = subprocess.run(command, env=_environment(), capture_output=True, check=False)
    except FileNotFoundError as error:
        raise GitFailed("git is not installed, or not on the PATH") from error
    except ValueError as error:  # a NUL in the path
        raise NotARepository(f"{str(path)!r} is not a path") from error
    if found.returncode:
        raise NotARepository(f"{path} is not a git repository")
    return Path(os.fsdecode(found.stdout.removesuffix(b"\n")))


def opened(path: Path) -> Git:
    """Git bound to the repository at a path.

    Raises:
        NotARepository: There is none.
    """
    return Git(find_git_dir(path))


def cut_off(git: Git) -> frozenset[str]:
    """The commits at which a shallow clone was cut off; git shows them as if they had no parents."""
    path = Path(os.fsdecode(git.run("rev-parse", "--git-path", "shallow").removesuffix(b"\n")))
    return frozenset(path.read_text(encoding="ascii").split()) if path.exists() else frozenset()


def _start(command: list[str], source: IO[bytes], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, env=_environment(), stdin=source, stdout=subprocess.PIPE, stderr=errors)
    except ValueError as error:  # a NUL in an argument
        raise GitFailed("a name with a NUL character") from error


def _command(git_dir: Path) -> list[str]:
    # --bare: attributes of whatever is checked out must not change how a commit is shown.
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    options = ["--no-optional-locks", "--no-replace-objects", "--no-pager", "--literal-pathspecs"]
    return ["git", *options, "--bare", f"--git-dir={git_dir}", *settings]


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return inherited | {
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",  # the same for versions of git that do not know GIT_NO_LAZY_FETCH
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }


def _said(errors: bytes) -> str:
    return errors.decode("utf-8", "replace").strip()[-500:]
