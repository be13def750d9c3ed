"""Past commits: what a repository's history keeps of each landed commit, compact enough to store thousands."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.change import FileChange
from analysis.follow_ups import follow_ups
from analysis.references import FollowUp
from analysis.title import TITLE_LIMIT, read_title

#: Files of one commit that are kept, first in order of their paths: what touches more says nothing of each.
FILE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class PastFile:
    """One file of a past commit.

    Attributes:
        path: Path after the change, as `FileChange` has it.
        added: Lines added; 0 for a binary file.
        deleted: Lines deleted; 0 for a binary file.
        previous_path: Path before a rename, else None.
    """

    path: str
    added: int
    deleted: int
    previous_path: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """One landed first-parent commit; texts are untrusted.

    Attributes:
        commit_sha: Full hex name.
        committed_at: Committer date, seconds since the epoch.
        author: `author_key` of the display name; empty when it is not known.
        title: The title that people wrote, at most `TITLE_LIMIT` characters.
        files: Against the first parent, in order of their paths, at most `FILE_LIMIT`.
        pull: Number of its pull request, or None.
        bot: Written by an app or a bot account.
        undoes: What its message says that it reverts.
        has_files: Whether its files are kept; of what landed long ago they are when it was reverted.
    """

    commit_sha: str
    committed_at: int
    author: str
    title: str
    files: tuple[PastFile, ...]
    pull: int | None = None
    bot: bool = False
    undoes: tuple[FollowUp, ...] = ()
    has_files: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """Who wrote a commit and what it says.

    Attributes:
        author: Display name; may be empty.
        title: First line, as git has it.
        body: The rest.
        pull: Number of its pull request, or None.
        bot: Written by an app or a bot account.
    """

    author: str
    title: str
    body: str
    pull: int | None = None
    bot: bool = False


def past_of(commit_sha: str, committed_at: int, message: Message, files: Iterable[FileChange]) -> Past:
    """What is kept of a commit; the same at every door, so that the same commit gets the same points everywhere.

    Args:
        commit_sha: Full hex name.
        committed_at: Committer date, seconds since the epoch.
        message: Who wrote it and what it says.
        files: What it changes against its first parent.
    """
    found = follow_ups(message.title, message.body, message.pull, bot=message.bot)
    return Past(
        commit_sha=commit_sha,
        committed_at=committed_at,
        author=author_key(message.author),
        title=read_title(message.title, message.body).text[:TITLE_LIMIT],
        files=past_files(files),
        pull=message.pull,
        bot=message.bot,
        undoes=tuple(one for one in found if one.kind == "reverts"),
    )


def past_files(files: Iterable[FileChange]) -> tuple[PastFile, ...]:
    """What is kept of a change's files."""
    kept = sorted(files, key=lambda file: file.path)[:FILE_LIMIT]
    return tuple(PastFile(one.path, one.added, one.deleted, one.previous_path) for one in kept)


def author_key(name: str) -> str:
    """16 hex digits that stand for a display name, whatever its case and spaces; empty for an empty name."""
    plain = " ".join(name.casefold().split())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16] if plain else ""
