"""What the features read from GitHub, as values: repositories, pull requests, commits, ranges, comments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analysis.change import Change, FileChange
from ghapp.github import Installation, MissingError, RefusedError

#: GitHub's own bounds. https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
MAX_FILES = 3000
#: Once a response holds about 20,000 lines of patches, its later rows come with zero counts and no patch.
FULL_RESPONSE_LINES = 15_000
#: Such an answer is read again in smaller pages, where rows are missing their counts.
SMALLER_PAGES = {100: 10, 10: 1}
#: A first push of a whole history is listed from its newest commits on, at most these pages of 100.
MAX_ROOT_PAGES = 10
#: For a commit without any date; it is then shown at its parent's landing time.
EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as it is named now.

    Attributes:
        id: GitHub's id; stays when the repository is renamed or transferred.
        full_name: `owner/name`.
        url: Its page, without a trailing slash.
        default_branch: Name.
        writable: Neither archived nor without issues.
    """

    id: int
    full_name: str
    url: str
    default_branch: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request, without its files.

    Attributes:
        open: Not closed and not merged.
        is_outside: Its author has no write access, as far as `author_association` tells.
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


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, on the issue or pull request `number`; `bot`: not written by a person."""

    number: int
    author: str
    bot: bool
    body: str


@dataclass(frozen=True, slots=True)
class Landed:
    """A commit as a list of commits gives it: without its files."""

    commit_sha: str
    parents: tuple[str, ...]
    title: str
    author: str
    committed_at: int


@dataclass(frozen=True, slots=True)
class Range:
    """What lies between two commits.

    Attributes:
        base_sha: Where the range begins: the base, or the merge base when the base is not an ancestor of the head.
        first_parents: The first-parent chain from there to the head, oldest first.
        reached: Every commit of the range, on whatever side of a merge.
    """

    base_sha: str | None
    first_parents: tuple[Landed, ...]
    reached: frozenset[str]


def repository(github: Installation, number: int) -> Repository:
    """One repository by its id."""
    return _repository(github.get(f"/repositories/{number}"))


def _repository(found: dict[str, Any]) -> Repository:
    writable = not found.get("archived") and found.get("has_issues") is not False
    return Repository(found["id"], found["full_name"], found["html_url"], found["default_branch"], writable)


def pull(github: Installation, number: int, pull_number: int) -> Pull:
    """One pull request of the repository with id `number`."""
    found = github.get(f"/repositories/{number}/pulls/{pull_number}")
    user = found.get("user") or {}
    return Pull(
        repository=_repository(found["base"]["repo"]),
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


def commit_change(github: Installation, number: int, commit_sha: str) -> Change:
    """What a commit does against its first parent."""
    files: list[FileChange] = []
    first: dict[str, Any] = {}
    for page in github.pages(f"/repositories/{number}/commits/{commit_sha}"):
        first = first or page
        files += [_file(row) for row in page.get("files") or []]
    title, _, body = first["commit"]["message"].partition("\n")
    author = first.get("author") or {}
    return Change(
        title=title.strip(),
        body=body.strip(),
        author=_author(first),
        files=tuple(files),
        bot=author.get("type") == "Bot" or _author(first).endswith("[bot]"),
        parents=len(first["parents"]),
        truncated=len(files) >= MAX_FILES,
    )


def _author(found: dict[str, Any]) -> str:
    """The name git recorded; the e-mail address is never taken."""
    return ((found["commit"].get("author") or {}).get("name") or "").strip()


def branch_head(github: Installation, number: int, branch: str) -> str | None:
    """The head of a branch; None when the repository is empty or has no such branch."""
    try:
        # In the query, because a name may hold `#` and `%`, which no path takes through the client.
        newest = github.get(f"/repositories/{number}/commits", {"sha": branch, "per_page": 1})
        return newest[0]["sha"] if newest else None
    except MissingError:
        return None
    except RefusedError as error:
        # "Git Repository is empty." is a 409.
        if str(error).endswith("409"):
            return None
        raise


def first_parent(github: Installation, number: int, commit_sha: str) -> str | None:
    """The first parent of a commit; None for a root commit."""
    parents = github.get(f"/repositories/{number}/commits/{commit_sha}", {"per_page": 1})["parents"]
    return parents[0]["sha"] if parents else None


def merge_base(github: Installation, number: int, one: str, other: str) -> str:
    """The best common ancestor of two commits."""
    return github.get(f"/repositories/{number}/compare/{one}...{other}", {"per_page": 1})["merge_base_commit"]["sha"]


def commits_between(github: Installation, number: int, base_sha: str | None, head_sha: str) -> Range:
    """The range `rev-list --first-parent base..head`, oldest first.

    Without a base: the branch's first parents back to its root, at most 1,000 commits read.

    Raises:
        MissingError: GitHub no longer knows one of the two.
    """
    if base_sha is None:
        pages = github.pages(f"/repositories/{number}/commits", {"sha": head_sha})
        found = [_landed(row) for _, page in zip(range(MAX_ROOT_PAGES), pages, strict=False) for row in page]
        return _range(None, head_sha, found)
    commits: list[Landed] = []
    merge_base = base_sha
    try:
        for page in github.pages(f"/repositories/{number}/compare/{base_sha}...{head_sha}"):
            merge_base = page["merge_base_commit"]["sha"]
            commits += [_landed(row) for row in page["commits"]]
    except MissingError:
        # Also where both exist and share no commit: all of the head's history is new then.
        if not _exists(github, number, base_sha):
            raise
        return commits_between(github, number, None, head_sha)
    return _range(merge_base, head_sha, commits)


def _exists(github: Installation, number: int, commit_sha: str) -> bool:
    try:
        first_parent(github, number, commit_sha)
    except (MissingError, RefusedError):
        # 422: no commit found.
        return False
    return True


def _range(base_sha: str | None, head_sha: str, commits: list[Landed]) -> Range:
    inside = {commit.commit_sha: commit for commit in commits}
    chain: list[Landed] = []
    name = head_sha
    while name in inside:
        chain.append(inside[name])
        name = inside[name].parents[0] if inside[name].parents else ""
    # The chain may leave the range elsewhere than at the base: its own begin is what it really covers.
    begin = name or None if chain else base_sha
    return Range(begin, tuple(reversed(chain)), frozenset(inside))


def _landed(row: dict[str, Any]) -> Landed:
    title, _, _ = row["commit"]["message"].partition("\n")
    commit = row["commit"]
    date = (commit.get("committer") or commit.get("author") or {}).get("date") or EPOCH
    return Landed(
        commit_sha=row["sha"],
        parents=tuple(parent["sha"] for parent in row["parents"]),
        title=title.strip(),
        author=_author(row),
        committed_at=int(datetime.fromisoformat(date).timestamp()),
    )
