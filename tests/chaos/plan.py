"""What people do in one run: landings and pull requests over repositories and days, all from the seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from ghapp.demo.sample import SampleCommit
from tests.chaos.line import Act, Line, PullPlan
from tests.chaos.scale import DAY, Scale

#: What the calendar shows when the storm begins: this hour, UTC.
START_HOUR = 6
#: Repositories that chose a zone; midnight is not at the same time everywhere.
ZONES = {1: "Asia/Shanghai", 4: "America/New_York", 7: "Asia/Kolkata"}


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """One repository: its name, its commits (the first is where the App is installed), and what is done, in order."""

    full_name: str
    commits: list[SampleCommit]
    acts: list[Act]


def plan(scale: Scale, start: datetime) -> list[RepositoryPlan]:
    """The whole plan.

    Args:
        scale: With the seed.
        start: What the calendar shows when the storm begins; commits get their dates from it.
    """
    rng = Random(f"plan {scale.seed}")  # noqa: S311 - the same plan for the same seed
    landings = _shares(rng, scale.landings - scale.repositories - scale.bulk, scale.repositories)
    pulls = _shares(rng, scale.pulls, scale.repositories)
    made = []
    for number in range(scale.repositories):
        owner = f"acme-{number % scale.installations + 1}"
        own = Random(f"{scale.seed} {number}")  # noqa: S311 - as above
        files = {".github/ghapp.yml": f"timezone: {ZONES[number]}\n"} if number in ZONES else {}
        line = Line(own, start, files)
        # Heard of before the storm begins: from here on a digest tells where it goes on.
        line.push(-1.0)
        events = [*_events(own, scale, landings[number], pulls[number])]
        if number < scale.bulk:
            at = own.uniform(0, scale.days * DAY / 2)
            events.append((at, "push", (at, own.randint(60, 60 + scale.landings // 14))))
        for _, method, arguments in sorted(events, key=lambda event: event[0]):
            _play(line, method, arguments)
        made.append(RepositoryPlan(f"{owner}/repo-{number}", line.commits, line.acts))
    return made


def _shares(rng: Random, total: int, count: int) -> list[int]:
    """`total` in `count` uneven parts: some repositories are busy, some are not."""
    weights = [rng.choice((1, 2, 2, 3, 6)) for _ in range(count)]
    ends = [round(total * sum(weights[: place + 1]) / sum(weights)) for place in range(count)]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


class _Pull:
    """A pull request that is opened when its first event is played."""

    def __init__(self) -> None:
        self.plan: PullPlan | None = None


def _play(line: Line, method: str, arguments: tuple) -> None:
    at, *rest = arguments
    if method == "open":
        holder, draft = rest
        holder.plan = line.open(at, draft=draft)
    elif rest and isinstance(rest[0], _Pull):
        getattr(line, method)(at, rest[0].plan)
    else:
        getattr(line, method)(at, *rest)


def _events(rng: Random, scale: Scale, landings: int, pulls: int) -> Iterator[tuple[float, str, tuple]]:
    """(when, method of `Line`, its arguments), in any order."""
    when = _Times(rng, scale.days)
    merges = 0
    for _ in range(pulls):
        holder, end = _Pull(), when.one()
        how = rng.choices(("squash", "merge", "rebase", "close", "reopen", "stay"), (30, 15, 20, 10, 5, 20))[0]
        merged = how in ("squash", "merge", "rebase") and merges < landings
        merges += merged
        yield from _pull_events(rng, holder, end, how if merged or how in ("close", "reopen") else "stay")
    for _ in range(landings - merges):
        at, roll = when.one(), rng.random()
        if roll < 0.025:
            yield at, "force", (at,)
        else:
            yield at, "push", (at, rng.randint(2, 8) if roll < 0.15 else 1)


def _pull_events(rng: Random, holder: _Pull, end: float, how: str) -> Iterator[tuple[float, str, tuple]]:
    begin = rng.uniform(max(0.0, end - 0.7 * DAY), end)
    draft = rng.random() < 0.25
    yield begin, "open", (begin, holder, draft)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        at = rng.uniform(begin, end)
        yield at, "update", (at, holder)
    if rng.random() < 0.2:
        at = rng.uniform(begin, end)
        yield at, "retitle", (at, holder)
    if draft and (how != "stay" or rng.random() < 0.5):
        at = rng.uniform(begin, end)
        yield at, "ready", (at, holder)
    if how == "reopen":
        at = rng.uniform(begin, end)
        yield at, "close", (at, holder)
    if how != "stay":
        yield end, how, (end, holder)


class _Times:
    """Draws shown times of one repository: no two alike, more around midnight, some days without any."""

    def __init__(self, rng: Random, days: int) -> None:
        self._rng, self._days = rng, days
        self._quiet = rng.randrange(1, days) if days > 2 and rng.random() < 0.3 else None

    def one(self) -> float:
        """Shown seconds since the storm began."""
        while True:
            at = self._rng.uniform(0, self._days * DAY)
            if self._rng.random() < 0.1:
                at = at // DAY * DAY + (24 - START_HOUR) * 3600 + self._rng.uniform(-900, 900)
            if 0 <= at < self._days * DAY and int(at // DAY) != self._quiet:
                return at
