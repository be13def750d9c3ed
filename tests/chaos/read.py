"""What the checker is given: GitHub's side over HTTP, git's by `git rev-list`, Redis, and the logs.

Nothing here knows the product's code: marks and key names are spelt as its texts show them.
"""

import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import redis

PAGE = re.compile(
    r"<!-- ghapp:digest:v1 repository=(\d+) day=(\d{4}-\d\d-\d\d) page=(\d+)"
    r"(?: base=([0-9a-f]{40}|-) head=([0-9a-f]{40}) zone=(\S+))?[^>]*-->"
)
CARD = re.compile(r"<!-- ghapp:card:v1 repository=(\d+) number=(\d+) (?:head=([0-9a-f]{40}))?[^>]*-->")
ROW = re.compile(r"^\| [^|]*\d\d:\d\d[^|]* \|.*?/commit/([0-9a-f]{40})\) (~~)?", re.MULTILINE)
SAYS = re.compile(r": (\d+) commits?, (\d+) listed, (\d+) analysed, (\d+) pending")
#: Kinds of due keys that nothing but an event brings about: they must be gone when all is done. Others come back.
OWN_KINDS = ("command", "render", "card", "entry", "reading")
TOKENS = re.compile(r"ghs_\w{10,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a digest.

    Attributes:
        number: Of its issue.
        comment: The comment's id; 0: the issue itself.
        rows: (commit, struck) from top to bottom.
        says: Commits, listed, analysed, pending, as the page tells; empty when it does not.
    """

    number: int
    comment: int
    day: str
    page: int
    base_sha: str | None
    head_sha: str | None
    zone: str | None
    rows: tuple[tuple[str, bool], ...]
    says: tuple[int, ...] = ()


@dataclass(slots=True)
class Seen:
    """One repository as it stands on GitHub.

    Attributes:
        issues: Digests' first pages with their issues' JSON, by number.
        pages: Every further page.
        cards: Pull request -> the head that each of its cards names.
        strays: Texts by the App that are neither.
        pulls: Open pull requests' JSON.
    """

    id: int
    full_name: str
    head_sha: str
    installed_sha: str
    git_dir: Path
    issues: list[tuple[dict[str, Any], Page]] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    cards: dict[int, list[str | None]] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)

    def first_parents(self, base_sha: str | None, head_sha: str) -> list[str]:
        """What git says landed, oldest first."""
        span = f"{base_sha}..{head_sha}" if base_sha else head_sha
        words = ["git", f"--git-dir={self.git_dir}", "rev-list", "--first-parent", "--reverse", span, "--"]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()


def page_in(body: str, number: int, comment: int = 0) -> Page | None:
    """The digest's page that a text is; None when it is none."""
    found = PAGE.match(body)
    if not found:
        return None
    _, day, page, base, head, zone = found.groups()
    rows = tuple((sha, bool(struck)) for sha, struck in ROW.findall(body))
    says = SAYS.search(body)
    told = tuple(map(int, says.groups())) if says else ()
    return Page(number, comment, day, int(page), None if base == "-" else base, head, zone, rows, told)


class GitHub:
    """The stand-in's public side, as the App sees it."""

    def __init__(self, url: str, app_id: int, private_key: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=120, trust_env=False, headers={"User-Agent": "checker"})
        self._app_id, self._key = app_id, private_key
        self._tokens: dict[int, str] = {}

    def seen(self, state: dict[str, Any], installed_sha: str, git_dir: Path) -> Seen:
        """One repository of `/_state`, with its open pull requests."""
        head = state["heads"][state["default_branch"]]
        made = Seen(state["id"], state["full_name"], head, installed_sha, git_dir)
        for issue in state["issues"]:
            _sort_in(made, issue)
        path = f"/repositories/{made.id}/pulls"
        for page in range(1, 100):
            rows = self._get(path, state["installation_id"], {"state": "open", "per_page": 100, "page": page})
            made.pulls += rows
            if len(rows) < 100:
                break
        return made

    def states(self) -> list[dict[str, Any]]:
        """Every repository."""
        return self._client.get("/_state").json()["repositories"]

    def _get(self, path: str, installation: int, params: Mapping[str, Any]) -> Any:
        if installation not in self._tokens:
            now = int(time.time())
            claims = {"iat": now - 60, "exp": now + 300, "iss": str(self._app_id)}
            bearer = {"Authorization": f"Bearer {jwt.encode(claims, self._key, algorithm='RS256')}"}
            minted = self._client.post(f"/app/installations/{installation}/access_tokens", headers=bearer)
            self._tokens[installation] = minted.raise_for_status().json()["token"]
        bearer = {"Authorization": f"token {self._tokens[installation]}"}
        answer = self._client.get(path, params=params, headers=bearer)
        if answer.status_code == 401:
            del self._tokens[installation]
            return self._get(path, installation, params)
        return answer.raise_for_status().json()


def _sort_in(made: Seen, issue: dict[str, Any]) -> None:
    number, is_pull = issue["number"], "pull_request" in issue
    if issue.get("performed_via_github_app"):
        page = page_in(issue["body"] or "", number)
        if page and page.page == 0:
            made.issues.append((issue, page))
        else:
            made.strays.append(f"issue #{number}")
    for comment in issue["comments"]:
        if not comment.get("performed_via_github_app"):
            continue
        page, card = page_in(comment["body"], number, comment["id"]), CARD.match(comment["body"])
        if page and not is_pull:
            made.pages.append(page)
        elif card and is_pull and int(card[2]) == number:
            made.cards.setdefault(number, []).append(card[3])
        else:
            made.strays.append(f"comment {comment['id']} on #{number}")


def due_keys(connection: redis.Redis) -> dict[str, float]:
    """Every due key with the time it is due, and as `lease <key>` each lease with its end, by Redis's clock."""
    found: dict[str, float] = {}
    for line in connection.scan_iter(match="ghapp:line:*"):
        found |= {key.decode(): score for key, score in connection.zrange(line, 0, -1, withscores=True)}
    leases = connection.zrange("ghapp:leases", 0, -1, withscores=True)
    return found | {f"lease {key.decode()}": score for key, score in leases}


def kind_of(key: str) -> str:
    """`card` of `card:1:2` and of its lease."""
    return key.removeprefix("lease ").partition(":")[0]


def queue_counts(connection: redis.Redis) -> Counter[str]:
    """How many of RQ's jobs are where."""
    return Counter(
        waiting=connection.llen("rq:queue:ghapp"),
        between=connection.llen("rq:queue:ghapp:intermediate"),
        started=connection.zcard("rq:wip:ghapp"),
        failed=connection.zcard("rq:failed:ghapp"),
    )


def leaks(logs: Iterable[Path], secrets: Iterable[str]) -> list[str]:
    """Which logs hold a secret, or what looks like a token."""
    known = [secret for secret in secrets if secret]
    found = []
    for path in logs:
        text = path.read_text(encoding="utf-8", errors="replace")
        told = [number for number, secret in enumerate(known) if secret in text]
        if told or TOKENS.search(text):
            found.append(f"{path.name}: secrets {told}" if told else f"{path.name}: a token")
    return found


@dataclass(slots=True)
class Facts:
    """Everything that the checker compares.

    Attributes:
        now: What the calendar shows.
        in_doubt: Repository -> creates whose answer was lost: what may have been made twice, and undone.
        forced: Repositories whose branch was moved by force, by id: commits may stand in another order there.
        unfinished: Due keys and leases left, with the seconds to go.
        leaks: Logs with secrets.
    """

    repositories: list[Seen]
    now: datetime
    in_doubt: Mapping[int, int] = field(default_factory=dict)
    forced: frozenset[int] = frozenset()
    unfinished: Mapping[str, float] = field(default_factory=dict)
    leaks: list[str] = field(default_factory=list)
