"""Makes git repositories from plain values: the bundled sample's, and those of tests."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_STEP = timedelta(hours=1)
_ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "PATH": os.environ.get("PATH", os.defpath),
}


#: Text is written as UTF-8.
Content = str | bytes


@dataclass(frozen=True, slots=True)
class SampleCommit:
    """One commit to make.

    Attributes:
        message: Whole message.
        files: Path to new content; None removes the file.
        parents: Positions of its parents in the list, the first parent first; None: the commit before it.
        author: Display name; the address is made from it.
        at: Author and committer date; None: an hour after the commit before it in the list.
    """

    message: str
    files: Mapping[str, Content | None]
    parents: tuple[int, ...] | None = None
    author: str = "Ada Example"
    at: datetime | None = None


def make_repository(path: Path, commits: Sequence[SampleCommit], branch: str = "main") -> list[str]:
    """Make a bare repository whose branch ends at the last commit.

    Args:
        path: A directory that does not exist yet.
        commits: Parents before children.
        branch: Name of the default branch.

    Returns:
        The full name of each commit, in the order given.

    Raises:
        subprocess.CalledProcessError: git refused.
    """
    _git("init", "--quiet", "--bare", f"--initial-branch={branch}", str(path))
    return add_commits(path, commits, branch)


def add_commits(git_dir: Path, commits: Sequence[SampleCommit], branch: str, onto: str | None = None) -> list[str]:
    """Add commits to a bare repository and let the branch end at the last of them.

    Args:
        git_dir: The repository.
        commits: Parents before children.
        branch: Created or moved.
        onto: The commit that those without parents come after; None: they are root commits.

    Returns:
        The full name of each commit, in the order given.

    Raises:
        subprocess.CalledProcessError: git refused.
    """
    marks = git_dir.absolute() / "sample-marks"
    stream = b"".join(_stream(commits, branch, onto))
    _git(f"--git-dir={git_dir}", "fast-import", "--quiet", f"--export-marks={marks}", stdin=stream)
    names = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines())
    marks.unlink()
    return [names[f":{position + 1}"] for position in range(len(commits))]


def _stream(commits: Sequence[SampleCommit], branch: str, onto: str | None) -> Iterator[bytes]:
    for position, commit in enumerate(commits):
        yield from _commit(position, commit, onto)
        yield b"".join(_file(name, content) for name, content in commit.files.items())
    yield f"reset refs/heads/{branch}\nfrom :{len(commits)}\n".encode()


def _commit(position: int, commit: SampleCommit, onto: str | None) -> Iterator[bytes]:
    at = commit.at or _START + position * _STEP
    address = commit.author.lower().replace(" ", ".") + "@example.org"
    person = f"{commit.author} <{address}> {int(at.timestamp())} {at:%z}"
    # A reference of its own: without it fast-import continues from the commit before.
    yield f"reset refs/sample/{position}\ncommit refs/sample/{position}\nmark :{position + 1}\n".encode()
    yield f"author {person}\ncommitter {person}\n".encode() + _data(commit.message)
    before = (position - 1,) if position else ()
    parents = [f":{parent + 1}" for parent in (before if commit.parents is None else commit.parents)]
    for order, parent in enumerate(parents or ([onto] if onto else [])):
        yield f"{'merge' if order else 'from'} {parent}\n".encode()


def _file(name: str, content: Content | None) -> bytes:
    return f"D {name}\n".encode() if content is None else f"M 644 inline {name}\n".encode() + _data(content)


def _data(content: Content) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return b"data %d\n%s\n" % (len(raw), raw)


def _git(*args: str, stdin: bytes = b"") -> None:
    subprocess.run(["git", *args], input=stdin, check=True, capture_output=True, env=_ALONE)
