"""One commit of a clone: its value, and how `git log` is asked for it and read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from ghapp.clone_git import Git

_FIELDS = ("%H", "%P", "%an", "%ae", "%ad", "%cd", "%T", "%B")
FORMAT = "--format=tformat:" + "%x00".join(_FIELDS)
#: Options of `git log` under which configuration cannot change what is written.
LOG = ("--encoding=UTF-8", "--date=raw", "--no-notes", "--no-color", "--no-show-signature", "--no-decorate")
_LAST_SECOND = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())
_SQUASHED = re.compile(r"\(#(\d{1,9})\)\s*$")
_MERGED = re.compile(r"Merge pull request #(\d{1,9}) from ")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit as git has it; every text is untrusted, invalid UTF-8 is U+FFFD.

    Attributes:
        commit_sha: Full hex name.
        tree_sha: Full hex name of its tree.
        parents: Full hex names, the first parent first; empty for a root commit.
        title: First line of the message.
        body: The rest of the message; may be empty.
        author: Display name; may be empty.
        author_email: Only for telling bots apart; never shown.
        authored_at: With the author's own offset.
        committed_at: With the committer's own offset.
    """

    commit_sha: str
    tree_sha: str
    parents: tuple[str, ...]
    title: str
    body: str
    author: str
    author_email: str
    authored_at: datetime
    committed_at: datetime

    @property
    def landed_at(self) -> int:
        """Committer date, seconds since the epoch."""
        return int(self.committed_at.timestamp())

    @property
    def bot(self) -> bool:
        """The author is an App's account."""
        return self.author.endswith("[bot]") or "[bot]@" in self.author_email

    @property
    def pull(self) -> int | None:
        """Number of the pull request that the title names, or None."""
        return pull_number(self.title)


def pull_number(title: str) -> int | None:
    """The pull request that a title names as GitHub writes it on merging, or None."""
    found = _MERGED.match(title) or _SQUASHED.search(title)
    return int(found[1]) if found else None


def read_commits(output: bytes) -> Iterator[Commit]:
    """The commits that `git log -z` wrote with `LOG` and `FORMAT`."""
    values = output.decode("utf-8", "replace").split("\0")[:-1]
    width = len(_FIELDS)
    for start in range(0, len(values), width):
        yield _commit(values[start : start + width])


def read_subjects(git: Git, shas: Sequence[str]) -> dict[str, str]:
    """Subjects of commits, by full name.

    Raises:
        GitFailed: One of them does not exist.
    """
    stdin = "\n".join(shas).encode() + b"\n"
    output = git.run("log", "--no-walk=unsorted", "--stdin", *LOG, "--format=%H %s", stdin=stdin)
    rows = (line.partition(" ") for line in output.decode("utf-8", "replace").split("\n") if line)
    return {name: subject for name, _, subject in rows}


def _commit(values: list[str]) -> Commit:
    commit_sha, parents, author, author_email, authored, committed, tree_sha, message = values
    title, _, body = message.strip("\n").partition("\n")
    return Commit(
        commit_sha=commit_sha,
        tree_sha=tree_sha,
        parents=tuple(parents.split()),
        title=title.strip(),
        body=body.strip("\r\n"),
        author=author,
        author_email=author_email,
        authored_at=_time(authored),
        committed_at=_time(committed),
    )


def _time(raw: str) -> datetime:
    """A time of `--date=raw` (seconds, offset); what broken tools wrote is brought into Python's range."""
    seconds, _, offset = raw.partition(" ")
    when = datetime.fromtimestamp(max(0, min(int(seconds or 0), _LAST_SECOND)), UTC)
    digits = int(offset or 0)
    minutes = abs(digits) // 100 * 60 + abs(digits) % 100
    if minutes >= 24 * 60:
        return when
    return when.astimezone(timezone(timedelta(minutes=minutes if digits >= 0 else -minutes)))
