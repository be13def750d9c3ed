"""One repository's plan: commits that git will hold, and what people do with them, in order of time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from ghapp.demo.sample import SampleCommit

#: Pull requests get numbers far apart: issues of the App take the next free ones in between.
NUMBER_STEP = 1000
AUTHORS = ("Ada Example", "Zoë Ünal", "王小明", "Bob | Pipe", "Ann O'Hara", "release-bot")
TITLES = (
    "Fix crash in {0}",
    "feat({0}): take a list",
    "Remove the flag --{0}",
    "perf: half the copies in {0}",
    "docs: {0} | a table",
    "Change default of `{0}`",
    "Bump {0} from 1.{1} to 2.{1}",
    "Refactor {0}, thanks @ann and #12",
    "chore: {0}",
)
PARTS = ("parser", "cache", "scheduler", "router", "kernel", "tokenizer", "store", "wire")


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does: one request to a control route of the stand-in.

    Attributes:
        at: Shown seconds since the storm began; negative: before it.
        kind: For the figures.
        body: Values under `head_sha` and `merge_commit_sha` are positions among the commits.
        landed: How many commits it brings to the default branch.
    """

    at: float
    kind: str
    path: str
    body: dict[str, Any]
    landed: int = 0


@dataclass(slots=True)
class PullPlan:
    """One pull request while it is planned."""

    number: int
    title: str
    draft: bool = False
    commits: list[int] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


class Line:
    """A default branch and the pull requests beside it; methods must be called in order of time."""

    def __init__(self, rng: Random, start: datetime, files: dict[str, str]) -> None:
        """The App is installed when the branch ends at the first commit, which holds `files`."""
        self.rng, self._start = rng, start
        self.commits = [SampleCommit("Begin", {"README.md": "# Begin\n"} | files, at=start - timedelta(days=3))]
        self.main = [0]
        self.acts: list[Act] = []
        self._pulls = self._changes = 0
        self._undone: list[int] = []

    def push(self, at: float, count: int = 1) -> None:
        """Push to the default branch."""
        for _ in range(count):
            self.main.append(self._commit(at, self._title(), self._change(), self.main[-1]))
        self._act(at, "push" if count == 1 else "push of many", "/_push", {"head_sha": self.main[-1]}, count)

    def force(self, at: float) -> None:
        """Take the newest commits off the branch, or put back what was taken off the last time."""
        if self._undone and self.rng.random() < 0.5:
            self.main, self._undone = self._undone, []
        else:
            # The first two stay: where the App was installed, and the landing that it heard of before the storm.
            lost = min(self.rng.randint(1, 3), len(self.main) - 2)
            if lost <= 0:
                self.push(at)
                return
            self._undone = list(self.main)
            del self.main[-lost:]
            if self.rng.random() < 0.8:
                self.main.append(self._commit(at, self._title(), self._change(), self.main[-1]))
        self._act(at, "force push", "/_push", {"head_sha": self.main[-1]}, 1)

    def open(self, at: float, *, draft: bool) -> PullPlan:
        """Open a pull request from the branch as it is now."""
        self._pulls += 1
        pull = PullPlan(self._pulls * NUMBER_STEP, self._title(), draft)
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            self._grow(at, pull)
        body = {"head_sha": pull.commits[-1], "number": pull.number, "title": pull.title, "draft": draft}
        self._act(at, "pull request opened", "/_pull", body)
        return pull

    def update(self, at: float, pull: PullPlan) -> None:
        """Push to a pull request."""
        self._grow(at, pull)
        self._change_pull(at, pull, "pull request pushed to", head_sha=pull.commits[-1])

    def retitle(self, at: float, pull: PullPlan) -> None:
        """Give a pull request another title."""
        pull.title = self._title()
        self._change_pull(at, pull, "pull request retitled", title=pull.title)

    def ready(self, at: float, pull: PullPlan) -> None:
        """Say that a draft is none any more."""
        pull.draft = False
        self._change_pull(at, pull, "draft made ready", draft=False)

    def close(self, at: float, pull: PullPlan) -> None:
        """Close without a merge."""
        self._change_pull(at, pull, "pull request closed", state="closed")

    def reopen(self, at: float, pull: PullPlan) -> None:
        """Open again what was closed."""
        self._change_pull(at, pull, "pull request reopened", state="open")

    def squash(self, at: float, pull: PullPlan) -> None:
        """Land a pull request as one commit."""
        self.main.append(self._commit(at, f"{pull.title} (#{pull.number})", pull.files, self.main[-1]))
        self._merge(at, pull, "squash", 1)

    def merge(self, at: float, pull: PullPlan) -> None:
        """Land a pull request by a merge commit."""
        title = f"Merge pull request #{pull.number} from acme/topic\n\n{pull.title}"
        self.main.append(self._commit(at, title, pull.files, self.main[-1], pull.commits[-1]))
        self._merge(at, pull, "merge", 1)

    def rebase(self, at: float, pull: PullPlan) -> None:
        """Land each commit of a pull request on top of the branch."""
        for position in pull.commits:
            one = self.commits[position]
            self.main.append(self._commit(at, one.message, dict(one.files), self.main[-1]))
        self._merge(at, pull, "rebase", len(pull.commits))

    def _merge(self, at: float, pull: PullPlan, kind: str, landed: int) -> None:
        self._act(at, kind, "/_merge", {"number": pull.number, "merge_commit_sha": self.main[-1]}, landed)

    def _change_pull(self, at: float, pull: PullPlan, kind: str, **changes: Any) -> None:
        self._act(at, kind, "/_pull/update", {"number": pull.number, **changes})

    def _act(self, at: float, kind: str, path: str, body: dict[str, Any], landed: int = 0) -> None:
        self.acts.append(Act(at, kind, path, body, landed))

    def _grow(self, at: float, pull: PullPlan) -> None:
        changed = self._change()
        pull.files |= changed
        parent = pull.commits[-1] if pull.commits else self.main[-1]
        pull.commits.append(self._commit(at, self._title(), changed, parent))

    def _commit(self, at: float, message: str, files: dict[str, str], *parents: int) -> int:
        when = self._start + timedelta(seconds=at)
        if self.rng.random() < 0.03:
            # People's clocks are wrong, and old work is pushed late.
            when += timedelta(days=self.rng.choice((-4000, -30, 40, 5000)))
        author = self.rng.choice(AUTHORS)
        self.commits.append(SampleCommit(message, files, parents, author, when))
        return len(self.commits) - 1

    def _change(self) -> dict[str, str]:
        self._changes += 1
        folder = self.rng.choice(("src", "src/core", "tests", "docs"))
        return {f"{folder}/module_{self.rng.randrange(40)}.py": f"VALUE = {self._changes}\n"}

    def _title(self) -> str:
        earlier = self.commits[self.rng.choice(self.main)].message.partition("\n")[0]
        if self.rng.random() < 0.03 and not earlier.startswith(("Revert", "Merge")):
            return f'Revert "{earlier}"'
        return self.rng.choice(TITLES).format(self.rng.choice(PARTS), self._changes)
