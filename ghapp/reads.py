"""What the features read from GitHub, as values: repositories, pull requests, changes, comments."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analysis.change import Change, FileChange
from analysis.history import Past, past_of
from analysis.past import Message
from ghapp.clone_commit import pull_number
from ghapp.github import Installation, MissingError, RefusedError
from ghapp.ranges import author_name, committed_at

#: GitHub's own bounds. https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
MAX_FILES = 3000
#: Once a response holds about 20,000 lines of patches, its later rows come with zero counts and no patch.
FULL_RESPONSE_LINES = 15_000
#: Such an answer is read again in smaller pages, where rows are missing their counts.
SMALLER_PAGES = {100: 10, 10: 1}


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as it is named now.

    Attributes:
        id: GitHub's id; stays when the repository is renamed or transferred.
        full_name: `owner/name`.
        url: Its page, without a trailing slash.
        default_branch: Name.
        writable: Neither archived nor without issues.
        pushed_at: When somebody last pushed, as GitHub writes it; "" when it does not say.
        archived: Nothing of it can be written, cards included.
    """

    id: int
    full_name: str
    url: str
    default_branch: str
    writable: bool
    pushed_at: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request, without its files.

    Attributes:
        open: Not closed and not merged.
        is_outside: Its author has no write access, as far as `author_association` tells.
        base_name: Name of the branch that it is to be merged into.
    """

    repository: Repository
    number: int
    title: str
    body: str
    author: str
    bot: bool
    open: bool
    draft: bool
    head_sha: str
    base_sha: str
    is_outside: bool = False
    base_name: str = ""

    @property
    def version(self) -> str:
        """What a card is made of, as far as a list of pull requests tells it: another version, another card."""
        said = hashlib.sha256(f"{self.base_name}\n{self.title}".encode()).hexdigest()
        return f"{self.head_sha} {said[:16]}"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, on the issue or pull request `number`; `bot`: not written by a person."""

    number: int
    author: str
    bot: bool
    body: str


@dataclass(frozen=True, slots=True)
class LandedCommit:
    """A commit: what it does, what a history keeps of it, and its author's login ("": no account is known)."""

    change: Change
    past: Past
    login: str


def repository(github: Installation, number: int) -> Repository:
    """One repository by its id."""
    return repository_from(github.get(f"/repositories/{number}"))


def repository_from(found: dict[str, Any]) -> Repository:
    """A repository out of any answer that holds one."""
    return Repository(
        id=found["id"],
        full_name=found["full_name"],
        url=found["html_url"],
        default_branch=found["default_branch"],
        writable=not found.get("archived") and found.get("has_issues") is not False,
        pushed_at=found.get("pushed_at") or "",
        archived=bool(found.get("archived")),
    )


def pull(github: Installation, number: int, pull_number: int) -> Pull:
    """One pull request of the repository with id `number`."""
    return pull_from(github.get(f"/repositories/{number}/pulls/{pull_number}"))


def pull_from(found: dict[str, Any]) -> Pull:
    """A pull request out of any answer that holds one."""
    user = found.get("user") or {}
    return Pull(
        repository=repository_from(found["base"]["repo"]),
        number=found["number"],
        title=found["title"],
        body=found.get("body") or "",
        author=user.get("login") or "",
        bot=user.get("type") == "Bot",
        open=found["state"] == "open",
        draft=bool(found.get("draft")),
        head_sha=found["head"]["sha"],
        base_sha=found["base"]["sha"],
        is_outside=found.get("author_association") not in ("OWNER", "MEMBER", "COLLABORATOR"),
        base_name=found["base"].get("ref") or "",
    )


def comment(github: Installation, number: int, comment_id: int) -> Comment:
    """One comment on an issue or pull request."""
    found = github.get(f"/repositories/{number}/issues/comments/{comment_id}")
    user = found.get("user") or {}
    bot = user.get("type") == "Bot" or github.is_ours(found)
    return Comment(int(found["issue_url"].rpartition("/")[2]), user.get("login") or "", bot, found.get("body") or "")


def may_write(github: Installation, number: int, login: str) -> bool:
    """Whether a person may write to the repository, as GitHub says now; False when it does not say."""
    try:
        found = github.get(f"/repositories/{number}/collaborators/{login}/permission")
    except (MissingError, RefusedError):
        return False
    return found.get("permission") in ("admin", "write", "maintain")


def pull_change(github: Installation, found: Pull) -> Change:
    """What a pull request does: all its files, up to GitHub's 3,000."""
    files = _files(github, f"/repositories/{found.repository.id}/pulls/{found.number}/files")
    return Change(
        title=found.title,
        body=found.body,
        author=found.author,
        files=tuple(files),
        bot=found.bot,
        truncated=len(files) >= MAX_FILES,
    )


def _files(github: Installation, path: str) -> list[FileChange]:
    files: list[FileChange] = []
    for number, rows in enumerate(github.pages(path)):
        whole = _whole(github, path, rows, number * 100, 100) if _is_cut(rows) else rows
        files += [_file(row) for row in whole]
    return files


def _is_cut(rows: list[dict[str, Any]]) -> bool:
    """Whether rows at the end may have lost their counts because the response was full."""
    lines = sum((row.get("patch") or "").count("\n") + 1 for row in rows)
    return lines > FULL_RESPONSE_LINES and any(map(_is_empty, rows))


def _is_empty(row: dict[str, Any]) -> bool:
    return not row["changes"] and "patch" not in row and row["status"] != "removed"


def _whole(github: Installation, path: str, rows: list[dict[str, Any]], start: int, size: int) -> list[dict[str, Any]]:
    """Rows from number `start` on, those without counts read again in pages smaller than `size`."""
    smaller = SMALLER_PAGES.get(size)
    if smaller is None:
        return rows
    whole: list[dict[str, Any]] = []
    for at in range(0, len(rows), smaller):
        part = rows[at : at + smaller]
        if any(map(_is_empty, part)):
            part = github.get(path, {"per_page": smaller, "page": (start + at) // smaller + 1})
            part = _whole(github, path, part, start + at, smaller) if _is_cut(part) else part
        whole += part
    return whole


def _file(row: dict[str, Any]) -> FileChange:
    return FileChange(
        path=row["filename"],
        status=row["status"],
        added=row["additions"],
        deleted=row["deletions"],
        patch=row.get("patch"),
        previous_path=row.get("previous_filename"),
        blob=row.get("sha"),
    )


def landed_commit(github: Installation, number: int, commit_sha: str) -> LandedCommit:
    """One commit, compared with its first parent."""
    files: list[FileChange] = []
    first: dict[str, Any] = {}
    for page in github.pages(f"/repositories/{number}/commits/{commit_sha}"):
        first = first or page
        files += [_file(row) for row in page.get("files") or []]
    title, _, body = first["commit"]["message"].partition("\n")
    author = first.get("author") or {}
    change = Change(
        title=title.strip(),
        body=body.strip(),
        author=author_name(first),
        files=tuple(files),
        bot=author.get("type") == "Bot" or author_name(first).endswith("[bot]"),
        parents=len(first["parents"]),
        truncated=len(files) >= MAX_FILES,
        committed_at=committed_at(first),
    )
    message = Message(change.author, change.title, change.body, pull_number(change.title), change.bot)
    return LandedCommit(change, past_of(first["sha"], committed_at(first), message, files), author.get("login") or "")


def installation_created(github: Installation, installation: int) -> float:
    """When the App was installed there, in seconds since the epoch."""
    return datetime.fromisoformat(github.get(f"/app/installations/{installation}")["created_at"]).timestamp()
