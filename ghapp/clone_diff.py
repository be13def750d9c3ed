"""Reads what `git diff-tree` writes: the list of files with counts, and the patches, as GitHub shows them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from analysis.change import FileChange
from ghapp.clone_git import Git, GitFailed

#: Above these GitHub shows no patch for a file.
PATCH_BYTES = 1_000_000
PATCH_LINES = 20_000

# One line per option that a repository's configuration could otherwise decide.
_OPTIONS = (
    "-r",
    "--root",
    "--always",
    "--find-renames=50%",
    "-l1000",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--full-index",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--ignore-submodules=none",
    "-O/dev/null",
)
_STATUS = {
    b"A": "added",
    b"D": "removed",
    b"M": "modified",
    b"R": "renamed",
    b"C": "copied",
    b"T": "changed",
}
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_HEADER = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64})\n")


@dataclass(slots=True)
class _Row:
    """One file of the raw list; paths as git has them, in bytes."""

    status: bytes
    path: bytes
    previous_path: bytes | None
    blob: str | None


@dataclass(slots=True)
class _Table:
    """One commit's files and, by path, its lines added and deleted."""

    rows: list[_Row] = field(default_factory=list["_Row"])
    counts: dict[bytes, tuple[int, int]] = field(default_factory=dict[bytes, tuple[int, int]])


def read_files(git: Git, pairs: list[tuple[str, str | None]], *, patches: bool) -> Iterator[tuple[FileChange, ...]]:
    """The files of each (commit, what it is compared with), in order; two git processes for all of them.

    Args:
        git: The repository.
        pairs: Full names of a commit and of the commit it is compared with; None: with the empty tree.
        patches: Whether patches are read; without them every `patch` is None.

    Raises:
        GitFailed: an object is missing, or git's two answers do not agree.
    """
    stdin = b"".join(_request(*pair) for pair in pairs)
    if not stdin:
        return
    listing = git.run("diff-tree", "--stdin", *_OPTIONS, "-z", "--raw", "--no-abbrev", "--numstat", stdin=stdin)
    if not patches:
        for table in _tables(listing):
            yield _files(table, [None] * _sections(table))
        return
    with git.stream("diff-tree", "--stdin", *_OPTIONS, "--patch", "--unified=3", stdin=stdin) as output:
        for table, texts in zip(_tables(listing), _patches(output), strict=True):
            yield _files(table, texts)


def named_files(git: Git, pairs: list[tuple[str, str | None]]) -> Iterator[tuple[FileChange, ...]]:
    """The files of each pair as their trees name them: without counts and patches, renames as two files.

    Raises:
        GitFailed: a tree is missing.
    """
    stdin = b"".join(_request(*pair) for pair in pairs)
    listing = git.run("diff-tree", "--stdin", *_OPTIONS, "--no-renames", "-z", "--raw", "--no-abbrev", stdin=stdin)
    for table in _tables(listing):
        yield _files(table, [None] * _sections(table))


def _request(commit_sha: str, base_sha: str | None) -> bytes:
    return f"{commit_sha} {base_sha}\n".encode() if base_sha else f"{commit_sha}\n".encode()


def _tables(listing: bytes) -> Iterator[_Table]:
    """Split `-z --raw --numstat`: a commit's name, its raw rows, its counts, the next commit's name."""
    tokens = iter(listing.split(b"\0"))
    table: _Table | None = None
    for token in tokens:
        if table is not None and token.startswith(b":"):
            table.rows.append(_row(token, tokens))
        elif table is not None and b"\t" in token:
            path, counts = _count(token, tokens)
            table.counts[path] = counts
        elif token:
            if table is not None:
                yield table
            table = _Table()
    if table is not None:
        yield table


def _row(token: bytes, tokens: Iterator[bytes]) -> _Row:
    _, _, _, blob, status = token.split(b" ")
    letter, path = status[:1], next(tokens)
    previous = None
    if letter in b"RC":
        previous, path = path, next(tokens)
    gone = not blob.strip(b"0")
    return _Row(letter, path, previous, None if gone else blob.decode())


def _count(token: bytes, tokens: Iterator[bytes]) -> tuple[bytes, tuple[int, int]]:
    added, deleted, path = token.split(b"\t", 2)
    if not path:  # a rename: both paths follow
        next(tokens)
        path = next(tokens)
    return path, (0, 0) if added == b"-" else (int(added), int(deleted))


def _sections(table: _Table) -> int:
    # A file that became a symbolic link (or back) is shown as a deletion and an addition.
    return sum(2 if row.status == b"T" else 1 for row in table.rows)


def _files(table: _Table, texts: list[str | None]) -> tuple[FileChange, ...]:
    if len(texts) != _sections(table):
        raise GitFailed(f"{len(table.rows)} files listed, {len(texts)} patches shown")
    remaining = iter(texts)
    return tuple(_file(row, table, remaining) for row in table.rows)


def _file(row: _Row, table: _Table, texts: Iterator[str | None]) -> FileChange:
    parts = [next(texts) for _ in range(2 if row.status == b"T" else 1)]
    added, deleted = table.counts.get(row.path, (0, 0))
    return FileChange(
        path=_text(row.path),
        status=_STATUS[row.status],
        added=added,
        deleted=deleted,
        patch="\n".join(part for part in parts if part is not None) or None,
        previous_path=None if row.previous_path is None else _text(row.previous_path),
        blob=row.blob,
    )


def _text(path: bytes) -> str:
    return path.decode("utf-8", "replace")


def _patches(lines: Iterable[bytes]) -> Iterator[list[str | None]]:
    """Split `--patch` output by commit and file; hunks are measured, so no content can pass for a header."""
    stream = iter(lines)
    sections: list[_Patch] | None = None
    for line in stream:
        if sections is not None and line.startswith(b"diff --git "):
            sections.append(_Patch())
        elif sections and line.startswith((b"@@", b"\\")):
            sections[-1].add_hunk(line, stream)
        elif _HEADER.fullmatch(line):
            if sections is not None:
                yield [section.text() for section in sections]
            sections = []
    if sections is not None:
        yield [section.text() for section in sections]


class _Patch:
    """The hunks of one file, forgotten once they exceed what GitHub shows."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._bytes = 0
        self._too_large = False

    def add_hunk(self, first: bytes, stream: Iterator[bytes]) -> None:
        """Read one hunk to its measured end (or the remark on a missing final newline)."""
        self._add(first)
        found = _HUNK.match(first)
        if found is None:
            return
        old, new = (1 if count is None else int(count) for count in found.groups())
        while old > 0 or new > 0:
            line = next(stream)
            self._add(line)
            old -= not line.startswith((b"+", b"\\"))
            new -= not line.startswith((b"-", b"\\"))

    def text(self) -> str | None:
        """The hunks, without a final newline; None when there are none or they are too large."""
        if not self._lines:
            return None
        return b"".join(self._lines).removesuffix(b"\n").decode("utf-8", "replace")

    def _add(self, line: bytes) -> None:
        self._bytes += len(line)
        self._too_large |= self._bytes > PATCH_BYTES or len(self._lines) >= PATCH_LINES
        if self._too_large:
            self._lines.clear()
        else:
            self._lines.append(line)
