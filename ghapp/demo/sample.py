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
    files: Mapping[str, str | None]
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
    marks = path / "sample-marks"
    stream = b"".join(_stream(commits, branch))
    _git(f"--git-dir={path}", "fast-import", "--quiet", f"--export-marks={marks.absolute()}", stdin=stream)
    names = dict(line.split() for line in marks.read_text(encoding="ascii").splitlines())
    marks.unlink()
    return [names[f":{position + 1}"] for position in range(len(commits))]


def _stream(commits: Sequence[SampleCommit], branch: str) -> Iterator[bytes]:
    for position, commit in enumerate(commits):
        yield from _commit(position, commit)
    yield f"reset refs/heads/{branch}\nfrom :{len(commits)}\n".encode()


def _commit(position: int, commit: SampleCommit) -> Iterator[bytes]:
    at = commit.at or _START + position * _STEP
    address = commit.author.lower().replace(" ", ".") + "@example.org"
    person = f"{commit.author} <{address}> {int(at.timestamp())} {at:%z}"
    # A reference of its own: without it fast-import continues from the commit before.
    yield f"reset refs/sample/{position}\ncommit refs/sample/{position}\nmark :{position + 1}\n".encode()
    yield f"author {person}\ncommitter {person}\n".encode() + _data(commit.message)
    before = (position - 1,) if position else ()
    for order, parent in enumerate(before if commit.parents is None else commit.parents):
        yield f"{'merge' if order else 'from'} :{parent + 1}\n".encode()
    for name, content in commit.files.items():
        yield f"D {name}\n".encode() if content is None else f"M 644 inline {name}\n".encode() + _data(content)


def _data(text: str) -> bytes:
    raw = text.encode()
    return b"data %d\n%s\n" % (len(raw), raw)


def _git(*args: str, stdin: bytes = b"") -> None:
    subprocess.run(["git", *args], input=stdin, check=True, capture_output=True, env=_ALONE)
