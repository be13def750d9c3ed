"""The history that is played: a temporary bare clone of somebody's repository, topped up when it is short.

The clone borrows its objects from the repository, which is read and never written.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ghapp.clone import Clone, CloneError, Commit, EmptyRepository, NotARepository
from ghapp.demo.sample import add_commits
from ghapp.demo.sample_history import sample_history
from ghapp.report import repository_of

#: With fewer first-parent commits than this, the sample's are added.
ENOUGH = 15
#: So many of the newest first-parent commits are read.
MOST = 20
_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class History:
    """What is played.

    Attributes:
        full_name: `owner/name` on the stand-in.
        git_dir: The temporary bare clone.
        branch: Its default branch, which ends at the last of `commits`.
        commits: The newest first-parent commits, oldest first; at least `ENOUGH`, at most `MOST`.
        added: How many of the clone's commits are the sample's.
        own: Whether any of them is the repository's own.
    """

    full_name: str
    git_dir: Path
    branch: str
    commits: tuple[Commit, ...]
    added: int
    own: bool


def prepare(source: Path | None, folder: Path) -> History:
    """Make the clone in `folder`.

    Args:
        source: Somebody's repository; None: the sample alone.
        folder: Exists; the clone becomes `folder`/repo.git.

    Raises:
        CloneError: The repository cannot be read.
    """
    git_dir = folder / "repo.git"
    if source is None:
        full_name, branch, tip = "demo/tidemark", "main", None
        _git("init", "--quiet", "--bare", f"--initial-branch={branch}", str(git_dir))
    else:
        full_name, branch, tip = _borrow(Clone(source), git_dir)
    added = 0
    if tip is None or len(Clone(git_dir).first_parents(None, tip)) < ENOUGH:
        added = len(add_commits(git_dir, sample_history(), branch, tip))
    clone = Clone(git_dir)
    names = _git(f"--git-dir={git_dir}", "rev-list", "--first-parent", f"--max-count={MOST}", branch, "--").split()
    return History(full_name, git_dir, branch, tuple(clone.commits(names[::-1])), added, own=tip is not None)


def source_here(path: Path) -> Path | None:
    """The repository that `path` is in, or None."""
    try:
        Clone(path)
    except NotARepository:
        return None
    return path


def landed(git_dir: Path, base_sha: str, head_sha: str) -> list[str]:
    """What git says landed on the way from one commit to another: `rev-list --first-parent`, newest first."""
    return _git(f"--git-dir={git_dir}", "rev-list", "--first-parent", f"{base_sha}..{head_sha}", "--").split()


def _borrow(clone: Clone, git_dir: Path) -> tuple[str, str, str | None]:
    """Make a bare repository with the objects of `clone` and its default branch alone; its name, branch and tip."""
    try:
        branch = clone.default_branch()
        tip = clone.resolve(branch)
        name = repository_of(clone).full_name
    except EmptyRepository:
        branch, tip, name = "main", None, clone.path.resolve().name
    if tip and len(tip) != _NAME_LENGTH:
        raise CloneError(f"{clone.path} has SHA-256 object names, which GitHub does not serve")
    _git("init", "--quiet", "--bare", f"--initial-branch={branch}", str(git_dir))
    if tip:
        objects, shallow = (path_in(clone.path, part) for part in ("objects", "shallow"))
        (git_dir / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
        if shallow.exists():
            shutil.copyfile(shallow, git_dir / "shallow")
        _git(f"--git-dir={git_dir}", "update-ref", f"refs/heads/{branch}", tip)
    return _full_name(name), branch, tip


def path_in(repository: Path, part: str) -> Path:
    """Where a repository keeps `part` of itself, also when it is a linked worktree."""
    found = _git("-C", str(repository), "rev-parse", "--git-path", part).removesuffix("\n")
    return (repository / found).resolve()


def _full_name(name: str) -> str:
    owner, _, short = name.rpartition("/")
    parts = (re.sub(r"[^\w.-]+", "-", part, flags=re.ASCII).strip("-.") for part in (owner, short))
    return "/".join(part or default for part, default in zip(parts, ("demo", "repository"), strict=True))


def _git(*args: str) -> str:
    command = ["git", "-c", "safe.directory=*", *args]
    done = subprocess.run(command, capture_output=True, check=False, env=_environment())
    if done.returncode:
        raise CloneError("git: " + done.stderr.decode("utf-8", "replace").strip()[-500:])
    return os.fsdecode(done.stdout)


def _environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_NO_LAZY_FETCH": "1"}
