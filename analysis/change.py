"""A change: one complete, frozen value that says what a pull request or a commit does."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a change, in the words of GitHub's "diff entry".

    Attributes:
        path: Path after the change, `/`-separated; invalid UTF-8 is replaced by U+FFFD, as GitHub does.
        status: `added`, `removed`, `modified`, `renamed`, `copied`, `changed` or `unchanged`.
        added: Lines added; 0 for a binary file.
        deleted: Lines deleted; 0 for a binary file.
        patch: Hunks in unified format, the first line begins with `@@`. None when there is no text to show:
            a binary file, a pure rename, a submodule without a patch, or a patch too large for GitHub.
        previous_path: Path before a rename or copy, else None.
        blob: Hex object name of the content after the change; None when it is not known or the file is gone.
    """

    path: str
    status: str
    added: int
    deleted: int
    patch: str | None = None
    previous_path: str | None = None
    blob: str | None = None

    @property
    def content(self) -> str:
        """64 hexadecimal digits that stand for what the change does to this file; see `Change.content`."""
        if self.patch is None:
            lines = f"blob {self.blob or ''}"
        else:
            lines = "\n".join(line for line in self.patch.split("\n") if line[:1] in "+-")
        return _digest(f"{self.path}\n{self.previous_path or ''}\n{self.status}\n{lines}")


@dataclass(frozen=True, slots=True)
class Change:
    """What a pull request or a commit does, as far as it can be read; nothing here is trusted text.

    Attributes:
        title: First line of the commit message, or the pull request's title.
        body: The rest of the message, or the pull request's description; may be empty.
        author: Display name of the author; may be empty (a deleted account).
        files: Every file of the change; for a merge commit, against its first parent.
        bot: The author is an app or a bot account.
        parents: Number of parents of the commit; 0 for a root commit, 1 for a pull request.
        truncated: GitHub's limits kept some files back (more than 3,000).
        committed_at: Committer date, seconds since the epoch; None when it is not known (a pull request's is that of
            its head).
    """

    title: str
    body: str
    author: str
    files: tuple[FileChange, ...]
    bot: bool = False
    parents: int = 1
    truncated: bool = False
    committed_at: int | None = None

    @property
    def content(self) -> str:
        """64 hexadecimal digits that stand for what the change does, wherever it does it.

        Paths, states and the lines that go and come, without their surroundings: a rebase, a squash or a merge of the
        same lines has the same content. Where GitHub leaves out a patch, the name of the file's new content stands in.
        """
        return _digest("\n".join(sorted(file.content for file in self.files)))

    @property
    def added(self) -> int:
        """Lines added over all files."""
        return sum(file.added for file in self.files)

    @property
    def deleted(self) -> int:
        """Lines deleted over all files."""
        return sum(file.deleted for file in self.files)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
