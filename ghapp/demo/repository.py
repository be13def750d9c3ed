"""One repository of the stand-in: its commits are git's, its branches, issues and labels are its own."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from analysis.change import Change
from ghapp.clone import Clone, Commit, EmptyRepository, NoSuchRevision
from ghapp.demo.records import Activity, Comment, Issue, Label, Versions

_HEX = re.compile(r"[0-9a-f]{7,64}")


class Repository:
    """A repository with its state in memory.

    Args:
        repository_id: GitHub's number for it; survives renames.
        full_name: `owner/name`.
        clone: Where its commits are read; while it has none, the repository is empty.
        created_at: When it was made, and last pushed to.

    Attributes:
        renamed_branches: New name by old one; the old one redirects until a branch has it again.
        collected: Names of the commits that were garbage-collected: nobody can read them any more.
    """

    def __init__(self, repository_id: int, full_name: str, clone: Clone, created_at: datetime) -> None:
        self.repository_id = repository_id
        self.owner, self.name = full_name.split("/")
        self.clone = clone
        self.default_branch, self.heads = _branches(clone)
        self.renamed_branches: dict[str, str] = {}
        self.collected: set[str] = set()
        self.created_at = self.pushed_at = created_at
        self.private = self.archived = False
        self.has_issues = True
        self.issues: dict[int, Versions[Issue]] = {}
        self.comments: dict[int, Versions[Comment]] = {}
        self.labels: dict[str, Label] = {}
        self.activities: list[Versions[Activity]] = []
        self.contents: dict[str, bytes | None] = {}
        self.collaborators: dict[str, str] = {}
        self.reactions: dict[tuple[int, str, str], int] = {}
        self._last_number = 0
        self._cache_git()

    def _cache_git(self) -> None:
        clone = self.clone
        self.commit = lru_cache(4096)(clone.commit)
        self.between = lru_cache(64)(clone.between)
        self.merge_base = lru_cache(1024)(clone.merge_base)
        self.change = lru_cache(32)(clone.change)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def empty(self) -> bool:
        """Whether nobody has pushed yet."""
        return not self.heads

    def take_number(self, wanted: int = 0) -> int:
        """A number for an issue or pull request: the wanted one when it is free, else (and for 0) the next."""
        number = wanted if wanted and wanted not in self.issues else self._last_number + 1
        self._last_number = max(self._last_number, number)
        return number

    def head(self, branch: str, lag: float = 0.0) -> str | None:
        """Name of the commit at a branch's head, as a read sees it that lags; None: no such branch."""
        versions = self.heads.get(branch)
        return versions.seen(lag) if versions else None

    def resolve(self, ref: str, lag: float = 0.0) -> str | None:
        """The commit that a branch or a (short) name leads to, or None."""
        branch = ref.removeprefix("refs/").removeprefix("heads/")
        if (head := self.head(branch, lag)) is not None:
            return head
        if ref == "HEAD":
            return self.head(self.default_branch, lag)
        if not _HEX.fullmatch(ref):
            return None
        try:
            name = self.commit(ref).commit_sha
        except (EmptyRepository, NoSuchRevision):
            return None
        return None if name in self.collected else name

    def commits(self, names: Sequence[str]) -> list[Commit]:
        """Commits by full name, in the order asked for."""
        return self.clone.commits(names)

    def pull_change(self, issue: Issue) -> Change:
        """What a pull request does since it left its base."""
        return self.change(issue.the_pull.head_sha, issue.the_pull.base_sha)

    def pull_commits(self, issue: Issue) -> list[str]:
        """Names of a pull request's commits, oldest first."""
        return self.between(issue.the_pull.base_sha, issue.the_pull.head_sha)

    def file(self, ref: str, path: str) -> bytes | None:
        """Content of a file; what a test put in its place wins."""
        if path in self.contents:
            return self.contents[path]
        return self.clone.file(ref, path)

    def pulls(self) -> list[Issue]:
        """Every pull request, newest first, in its latest version."""
        latest = [versions.latest for versions in list(self.issues.values())]
        return sorted((issue for issue in latest if issue.pull), key=lambda issue: -issue.number)

    def permission(self, login: str) -> str:
        """`admin`, `write`, `read` or `none`; the owner is `admin`, unknown people may `read`."""
        return self.collaborators.get(login, "admin" if login == self.owner else "read")


def _branches(clone: Clone) -> tuple[str, dict[str, Versions[str]]]:
    """The default branch's name, and the branches with their heads."""
    try:
        name = clone.default_branch()
    except EmptyRepository:
        return "main", {}
    # Old enough that no lag hides it.
    return name, {name: Versions(clone.resolve(name), age=3600)}
