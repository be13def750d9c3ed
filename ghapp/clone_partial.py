"""Reads changes as far as a partial clone holds their content: where it does not, names of files are what is left."""

from collections.abc import Iterator

from analysis.change import FileChange
from ghapp.clone_diff import named_files, read_files
from ghapp.clone_git import Git, GitFailed

#: A commit, and what it is compared with; None: the empty tree.
Pair = tuple[str, str | None]


def readable_files(git: Git, pairs: list[Pair], *, patches: bool) -> Iterator[tuple[tuple[FileChange, ...], bool]]:
    """The files of each pair, in order, and whether all of their content is there.

    Nothing is fetched. Files whose content is not there have no patch and no counts, and renames among them are not
    found; a commit whose trees are not there has no files.

    Args:
        git: The repository.
        pairs: Commits and what they are compared with; all are held in memory, so a few hundred at a time.
        patches: Whether patches are read.
    """
    try:
        whole = list(read_files(git, pairs, patches=patches))
    except GitFailed:
        # Git does not say which commit it failed at, and asked for what is missing it ends.
        if len(pairs) == 1:
            yield _named(git, pairs), False
            return
        middle = len(pairs) // 2
        for half in (pairs[:middle], pairs[middle:]):
            yield from readable_files(git, half, patches=patches)
        return
    yield from ((files, True) for files in whole)


def _named(git: Git, pairs: list[Pair]) -> tuple[FileChange, ...]:
    """The files as the trees name them; none where a tree is missing, too."""
    try:
        return next(named_files(git, pairs))
    except GitFailed:
        return ()
