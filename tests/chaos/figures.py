"""The figures of a run, as lines of text."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from tests.chaos.points import POINTS, Points
from tests.chaos.proxy import Sent
from tests.chaos.storm import Outcome

#: What the product allows itself by default, for each installation.
WRITES = {"second": (1.0, 1), "minute": (60.0, 60), "hour": (3600.0, 450)}
SHOWN_DIFFERENCES = 60


def lines(outcome: Outcome) -> Iterator[str]:
    """Everything that a run is judged by."""
    scale, verdict = outcome.scale, outcome.verdict
    yield f"seed {scale.seed}" + (f", sabotage: {scale.sabotage}" if scale.sabotage else "")
    yield (
        f"scale: a day in {scale.day_seconds:g} s (calendar x {scale.speed:g}); delays and limits x {scale.pace:g}"
        f" (writes: {scale.pace:g} a second, {450 * scale.pace:g} an hour); repair each {scale.repair:g} s"
    )
    yield "time: " + _counts({name: f"{seconds:.0f} s" for name, seconds in outcome.seconds.items()})
    yield f"landings: {outcome.landings} on {scale.repositories} repositories: {_counts(outcome.acts)}"
    yield f"deliveries: {_counts(outcome.deliveries)}"
    yield f"mishaps: {_counts(outcome.mishaps)}"
    yield f"killed: {_counts(outcome.kills)}; started again: {_counts(outcome.restarts)}"
    yield from _points(outcome.points)
    yield from _requests(outcome)
    yield f"RQ: {_counts(outcome.jobs)}"
    yield "result: " + _counts(verdict.figures)
    for difference in verdict.differences[:SHOWN_DIFFERENCES]:
        yield f"DIFFERENCE {difference}"
    if len(verdict.differences) > SHOWN_DIFFERENCES:
        yield f"DIFFERENCE … and {len(verdict.differences) - SHOWN_DIFFERENCES} more"


def _counts(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def _points(points: Points) -> Iterator[str]:
    for name in POINTS:
        at = {route: count for (used, route), count in points.used.items() if used == name}
        yield f"point: {name}: {sum(at.values())} of {points.seen[name]} requests: {_counts(at)}"


def _requests(outcome: Outcome) -> Iterator[str]:
    sent = outcome.traffic.sent
    statuses = Counter("broken" if one.status == 0 else str(one.status) for one in sent if one.status not in (200, 201))
    writes = sum(one.request.writes for one in sent)
    yield f"requests: {len(sent)}, {writes} writes, {outcome.traffic.stopped} stopped; answers: {_counts(statuses)}"
    for installation, at in sorted(_writes(outcome).items()):
        most = {name: _most(at, seconds) for name, (seconds, _) in WRITES.items()}
        told = ", ".join(f"{most[name]} a {name} (of {allowed(outcome, name):g})" for name in WRITES)
        yield f"writes of installation {installation}: {len(at)}; at most {told}"


def allowed(outcome: Outcome, name: str) -> float:
    """How many writes an installation may have in a second, minute or hour of this run."""
    return WRITES[name][1] * outcome.scale.pace


def too_many_writes(outcome: Outcome) -> list[str]:
    """Where an installation wrote more than is allowed; a second's edge is no sharper than a request takes."""
    found = []
    for installation, at in _writes(outcome).items():
        for name in ("minute", "hour"):
            most = _most(at, WRITES[name][0])
            if most > allowed(outcome, name) + outcome.scale.pace:
                found.append(f"installation {installation}: {most} in a {name}, {allowed(outcome, name):g} allowed")
    return found


def _writes(outcome: Outcome) -> dict[int, list[float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for one in outcome.traffic.sent:
        if _counts_as_write(one):
            found[outcome.installations[one.request.repository]].append(one.at)
    return {installation: sorted(at) for installation, at in found.items()}


def _counts_as_write(one: Sent) -> bool:
    return one.request.writes and one.request.repository is not None


def _most(at: list[float], seconds: float) -> int:
    """The most in any window of so many seconds."""
    return max((place - bisect_left(at, end - seconds) + 1 for place, end in enumerate(at)), default=0)
