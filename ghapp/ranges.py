"""What git's graph and its dates say through GitHub: heads, ranges along first parents, pushes to a branch."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ghapp.github import Installation, MissingError, RefusedError

#: A first push of a whole history is listed from its newest commits on, at most these pages of 100.
MAX_ROOT_PAGES = 10
#: For a commit without any date; it is then shown at its parent's landing time.
EPOCH = "1970-01-01T00:00:00Z"
#: What stands for "no commit" where a branch was created or deleted.
ZEROS = frozenset({"0" * 40, "0" * 64})


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
        is_related: The head has an ancestor in common with the base.
        is_cut: The range is longer than what was read: it begins later than it should.
    """

    base_sha: str | None
    first_parents: tuple[Landed, ...]
    reached: frozenset[str]
    is_related: bool = True
    is_cut: bool = False


def author_name(found: dict[str, Any]) -> str:
    """The name git recorded; the e-mail address is never taken."""
    return ((found["commit"].get("author") or {}).get("name") or "").strip()


def committed_at(found: dict[str, Any]) -> int:
    """The committer date, seconds since the epoch."""
    commit = found["commit"]
    date = (commit.get("committer") or commit.get("author") or {}).get("date") or EPOCH
    return int(datetime.fromisoformat(date).timestamp())


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


def is_ancestor(github: Installation, number: int, name: str, head_sha: str) -> bool:
    """Whether `name` is the head or comes before it; False when GitHub no longer knows it.

    Raises:
        MissingError: GitHub does not know the head.
    """
    try:
        return merge_base(github, number, name, head_sha) == name
    except MissingError:
        if not _exists(github, number, head_sha):
            raise
    # Both may exist, and share no commit; or a copy that lags answered.
    if not _exists(github, number, name):
        return False
    try:
        return merge_base(github, number, name, head_sha) == name
    except MissingError:
        return False


def commits_between(github: Installation, number: int, base_sha: str | None, head_sha: str) -> Range:
    """The range `rev-list --first-parent base..head`, oldest first.

    Without a base, or one that has nothing to do with the head: the head's first parents back to the root, at most
    1,000 commits read.

    Raises:
        MissingError: GitHub does not know one of the two.
    """
    if base_sha is None:
        return _to_root(github, number, head_sha)
    try:
        return _compared(github, number, base_sha, head_sha)
    except MissingError:
        # Where both exist and share no commit, too; or a copy that lags answered.
        if not (_exists(github, number, base_sha) and _exists(github, number, head_sha)):
            raise
    try:
        return _compared(github, number, base_sha, head_sha)
    except MissingError:
        return _to_root(github, number, head_sha)


def _compared(github: Installation, number: int, base_sha: str, head_sha: str) -> Range:
    commits: list[Landed] = []
    begin = base_sha
    for page in github.pages(f"/repositories/{number}/compare/{base_sha}...{head_sha}"):
        begin = page["merge_base_commit"]["sha"]
        commits += [_landed(row) for row in page["commits"]]
    return _range(begin, head_sha, commits)


def _to_root(github: Installation, number: int, head_sha: str) -> Range:
    pages = github.pages(f"/repositories/{number}/commits", {"sha": head_sha})
    found = [_landed(row) for _, page in zip(range(MAX_ROOT_PAGES), pages, strict=False) for row in page]
    read = _range(None, head_sha, found)
    return replace(read, is_related=False, is_cut=read.base_sha is not None)


def first_parents_since(github: Installation, number: int, head_sha: str, since: float) -> Range:
    """The first parents that end in `head_sha`, back to the first one that was committed before `since`.

    At most the newest 5,000 commits are read: what was committed before is then cut.
    """
    stamp = datetime.fromtimestamp(since, UTC).isoformat().replace("+00:00", "Z")
    pages = github.pages(f"/repositories/{number}/commits", {"sha": head_sha, "since": stamp})
    found = [_landed(row) for _, page in zip(range(5 * MAX_ROOT_PAGES), pages, strict=False) for row in page]
    return replace(_range(head_sha, head_sha, found), is_cut=next(pages, None) is not None)


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
    return Landed(
        commit_sha=row["sha"],
        parents=tuple(parent["sha"] for parent in row["parents"]),
        title=title.strip(),
        author=author_name(row),
        committed_at=committed_at(row),
    )


@dataclass(frozen=True, slots=True)
class Activity:
    """What was done to a branch, and when (seconds since the epoch). A head is None where there was none."""

    at: float
    before: str | None
    after: str | None
    is_forced: bool


def activity(github: Installation, number: int, ref: str, since: float) -> list[Activity]:
    """What was done to a branch since a time (seconds since the epoch), newest last; `ref` as in `refs/heads/main`.

    Raises:
        MissingError: This server does not tell (Enterprise Server has no such route before 3.17).
    """
    found: list[Activity] = []
    for page in github.pages(f"/repositories/{number}/activity", {"ref": ref}):
        rows = [_activity(row) for row in page]
        found += [one for one in rows if one.at >= since]
        if any(one.at < since for one in rows):
            break
    return found[::-1]


def _activity(row: dict[str, Any]) -> Activity:
    at = datetime.fromisoformat(row["timestamp"]).timestamp()
    is_forced = row.get("activity_type") == "force_push"
    return Activity(at, _commit_or_none(row["before"]), _commit_or_none(row["after"]), is_forced)


def _commit_or_none(name: str | None) -> str | None:
    return None if not name or name in ZEROS else name
