"""Reads people's clones: branches, commits and changes of a local git repository, never its work tree."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from analysis.change import Change, FileChange
from ghapp.clone_commit import FORMAT, LOG, Commit, pull_number, read_commits, read_subjects
from ghapp.clone_diff import read_files
from ghapp.clone_git import CloneError, EmptyRepository, GitFailed, NoSuchRevision, NotARepository, cut_off, opened
from ghapp.clone_partial import readable_files

__all__ = ["Clone", "CloneError", "Commit", "EmptyRepository", "GitFailed", "NoSuchRevision", "NotARepository"]
__all__ += ["pull_number"]


class Clone:
    """A local git repository: a work tree, a linked worktree, or a bare clone.

    Args:
        path: Where it is; a directory inside a work tree will do.

    Raises:
        NotARepository: there is no repository at the path.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._git = opened(self.path)
        self._cut = cut_off(self._git)

    def default_branch(self) -> str:
        """Short name: the remote's default, else the branch that is checked out, else main or master.

        Raises:
            EmptyRepository: no commit yet.
            NoSuchRevision: none of these exists.
        """
        remote = self._symbolic_ref("refs/remotes/origin/HEAD")
        named = [
            remote.removeprefix("origin/") if remote else None,
            self._symbolic_ref("HEAD"),
            "main",
            "master",
        ]
        for name in named:
            if name and self._find(name):
                return name
        raise self._missing("a default branch")

    def resolve(self, rev: str) -> str:
        """Full hex name of the commit that a branch (also one of `origin`), tag or expression leads to.

        Raises:
            EmptyRepository: no commit yet.
            NoSuchRevision: it leads to no commit.
        """
        found = self._find(rev)
        if found is None:
            raise self._missing(rev)
        return found

    def first_parents(self, base: str | None, head: str) -> list[str]:
        """Names of the commits of `base..head` along first parents, oldest first; base None: from the root.

        Raises:
            NoSuchRevision: an end does not exist.
        """
        return self._rev_list("--first-parent", *self._range(base, head))

    def lineage(self, rev: str, count: int) -> list[str]:
        """Names of a commit and of those below it along first parents, at most `count`, oldest first.

        Raises:
            NoSuchRevision: it does not exist.
        """
        return self._rev_list("--first-parent", f"--max-count={count}", self.resolve(rev))

    def between(self, base: str | None, head: str) -> list[str]:
        """Names of all commits of `base..head`, side branches too, oldest first.

        Raises:
            NoSuchRevision: an end does not exist.
        """
        return self._rev_list("--topo-order", *self._range(base, head))

    def merge_base(self, left: str, right: str) -> str | None:
        """Full hex name of the best common ancestor, or None when there is none.

        Raises:
            NoSuchRevision: one of them does not exist.
        """
        found = self._git.attempt("merge-base", self.resolve(left), self.resolve(right))
        return found.decode().strip() if found else None

    def landed_between(self, branch: str, since: datetime, until: datetime) -> tuple[str | None, list[str]]:
        """The first-parent commits of a branch whose committer date is in `[since, until)`.

        Args:
            branch: Branch or any other revision.
            since: Aware time, included.
            until: Aware time, excluded.

        Returns:
            The oldest one's first parent (None: it has none, or nothing landed); full names, oldest first.

        Raises:
            NoSuchRevision: there is no such branch.
        """
        rows = self.landed(branch)
        inside = [n for n, (_, at) in enumerate(rows) if since.timestamp() <= at < until.timestamp()]
        base_sha = rows[inside[0] - 1][0] if inside and inside[0] else None
        return base_sha, [rows[n][0] for n in inside]

    def landed(self, branch: str) -> list[tuple[str, int]]:
        """The first-parent commits of a branch, oldest first: full names, committer dates in seconds since the epoch.

        Raises:
            NoSuchRevision: there is no such branch.
        """
        lines = self._git.run("log", *LOG, "--first-parent", "--format=%H %ct", self.resolve(branch)).decode()
        return [(name, int(at)) for name, at in (line.split() for line in reversed(lines.splitlines()))]

    def commit(self, rev: str) -> Commit:
        """One commit.

        Raises:
            NoSuchRevision: it does not exist.
        """
        return self.commits([self.resolve(rev)])[0]

    def commits(self, shas: Sequence[str]) -> list[Commit]:
        """Commits by full name, in the order asked for; one git process.

        Raises:
            GitFailed: one of them does not exist.
        """
        unique = list(dict.fromkeys(shas))
        if not unique:
            return []
        stdin = "\n".join(unique).encode() + b"\n"
        output = self._git.run("log", "--no-walk=unsorted", "--stdin", "-z", *LOG, FORMAT, stdin=stdin)
        by_name = {commit.commit_sha: commit for commit in read_commits(output)}
        return [by_name[name] for name in shas]

    def subjects(self, shas: Sequence[str]) -> dict[str, str]:
        """Subjects of commits as git shows them, all lines of a title as one, by full name."""
        return read_subjects(self._git, shas)

    def change(self, rev: str, base: str | None = None) -> Change:
        """What a commit does against its first parent, or, with `base`, what it does since their merge base.

        Raises:
            NoSuchRevision: one of them does not exist.
        """
        commit = self.commit(rev)
        if base is None:
            return next(self.changes([commit.commit_sha]))
        start = self.merge_base(base, commit.commit_sha)
        files = next(read_files(self._git, [(commit.commit_sha, start or self.resolve(base))], patches=True))
        return _change(commit, files, parents=1)

    def changes(self, shas: Sequence[str], *, patches: bool = True) -> Iterator[Change]:
        """What each commit does against its first parent, in order; three git processes for all of them.

        Args:
            shas: Full names.
            patches: False reads the lists of files alone, which is many times faster.

        A commit at which a shallow clone was cut off has no files and is `truncated`: what it did is not known.

        Raises:
            GitFailed: one of them does not exist, or a partial clone lacks its content.
        """
        commits = self.commits(shas)
        pairs = [(commit.commit_sha, self._compared_with(commit)) for commit in commits]
        for commit, files in zip(commits, read_files(self._git, pairs, patches=patches), strict=True):
            cut = commit.commit_sha in self._cut
            yield _change(commit, files, parents=1 if cut else len(commit.parents), truncated=cut)

    def readable_changes(self, shas: Sequence[str], *, patches: bool = True) -> Iterator[tuple[Commit, Change, bool]]:
        """Each commit with what it does, and whether all of it could be read; see `readable_files`.

        Args:
            shas: Full names, a few hundred at a time.
            patches: False reads the lists of files alone.
        """
        commits = self.commits(shas)
        pairs = [(commit.commit_sha, self._compared_with(commit)) for commit in commits]
        found = readable_files(self._git, pairs, patches=patches)
        for commit, (files, is_whole) in zip(commits, found, strict=True):
            cut = commit.commit_sha in self._cut
            yield commit, _change(commit, files, parents=len(commit.parents), truncated=cut), is_whole and not cut

    def file(self, rev: str, path: str) -> bytes | None:
        """Content of a file at a revision, or None when there is no such file.

        Raises:
            NoSuchRevision: there is no such revision.
        """
        if not path or "\0" in path:
            return None
        entry = self._git.run("ls-tree", "-z", "--full-tree", self.resolve(rev), "--", path)
        found = re.match(rb"\d+ blob ([0-9a-f]+)\t", entry)
        return self._git.run("cat-file", "blob", found[1].decode()) if found else None

    def origin(self) -> str | None:
        """URL that the clone came from, as configured; None when there is none."""
        found = self._git.attempt("config", "--get", "remote.origin.url")
        return found.decode("utf-8", "replace").strip() if found else None

    def _compared_with(self, commit: Commit) -> str | None:
        if commit.commit_sha in self._cut:
            return commit.commit_sha
        return commit.parents[0] if commit.parents else None

    def _range(self, base: str | None, head: str) -> list[str]:
        ends = [self.resolve(head)]
        return ends if base is None else [*ends, "^" + self.resolve(base)]

    def _rev_list(self, *args: str) -> list[str]:
        return self._git.run("rev-list", "--reverse", *args).decode().split()

    def _symbolic_ref(self, name: str) -> str | None:
        found = self._git.attempt("symbolic-ref", "--quiet", "--short", name)
        return found.decode("utf-8", "surrogateescape").strip() if found else None

    def _find(self, rev: str) -> str | None:
        if "\0" in rev:
            return None
        for name in (rev, f"refs/remotes/origin/{rev}"):
            found = self._git.attempt("rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
            if found:
                return found.decode().strip()
        return None

    def _missing(self, rev: str) -> CloneError:
        if not self._git.run("for-each-ref", "--count=1") and self._find("HEAD") is None:
            return EmptyRepository(f"{self.path} has no commit yet")
        return NoSuchRevision(f"{rev!r} is not a commit of {self.path}")


def _change(commit: Commit, files: tuple[FileChange, ...], *, parents: int, truncated: bool = False) -> Change:
    said = (commit.title, commit.body, commit.author)
    return Change(*said, files, commit.bot, parents, truncated, commit.landed_at)
