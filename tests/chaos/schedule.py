"""What goes wrong, and when: kills, Redis, and the stand-in's faults, all from the seed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.chaos.scale import Scale

#: Longer than the product waits for an answer.
HANGS = 25.0
CREATES, CHANGES = "POST /repos/{}/issues*", "PATCH /repos/{}/issues/*"
JUST_MADE = (
    "GET /repos/{}/pulls/{}",
    "GET /repos/{}/commits/{}",
    "GET /repos/{}/compare/{}",
    "GET /repos/{}/issues/{}",
    CHANGES,
)
ANY = "* /repos/{}*"


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that goes wrong.

    Attributes:
        at: Seconds of the clock since the storm began.
        kind: For the figures.
        action: `kill`, `redis`, `flush`, `fault` (of the stand-in), `tokens` or `lag`.
        value: Whom to kill; the stand-in's fault; or for how many seconds.
    """

    at: float
    kind: str
    action: str
    value: Any = None


def schedule(scale: Scale) -> list[Mishap]:
    """Every mishap of a run, in order of time."""
    rng = Random(f"schedule {scale.seed}")  # noqa: S311 - the same mishaps for the same seed
    count = round(scale.faults * scale.seconds / 4)
    if not count:
        return []
    kinds = list(_first(scale))
    kinds += rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=max(0, count - len(kinds)))
    rng.shuffle(kinds)
    # None in the last tenth: what comes then is answered like everything else, by repair alone.
    step = 0.9 * scale.seconds / len(kinds)
    made = [_mishap(rng, scale, kind, place * step + rng.uniform(0, step)) for place, kind in enumerate(kinds)]
    return [one for one in made if scale.slow or one.kind != "time-out"]


#: How often each kind, among those that are drawn.
WEIGHTS = {
    "kill a worker": 5,
    "kill a job": 3,
    "kill web": 2,
    "kill the clock": 2,
    "kill Redis": 2,
    "FLUSHALL": 1,
    "500": 3,
    "502": 4,
    "403 with Retry-After": 3,
    "404 right after creation": 5,
    "reset": 4,
    "answer lost": 6,
    "401": 2,
    "tokens revoked": 2,
    "lists lag": 3,
    "time-out": 1,
}


def _first(scale: Scale) -> Iterator[str]:
    """One of each kind when there is time for it; the gravest ones always."""
    for kind in WEIGHTS:
        if scale.faults * scale.seconds / 4 >= len(WEIGHTS) or kind in ("FLUSHALL", "kill Redis", "answer lost"):
            yield kind


def _mishap(rng: Random, scale: Scale, kind: str, at: float) -> Mishap:
    if kind in ("kill a worker", "kill a job"):
        return Mishap(at, kind, "kill", (f"worker-{rng.randint(1, scale.workers)}", kind == "kill a job"))
    if kind in ("kill web", "kill the clock"):
        return Mishap(at, kind, "kill", (kind.rpartition(" ")[2], False))
    plain = {"kill Redis": "redis", "FLUSHALL": "flush", "tokens revoked": "tokens", "lists lag": "lag"}
    if kind in plain:
        return Mishap(at, kind, plain[kind], rng.uniform(0.5, 2.0))
    return Mishap(at, kind, "fault", _fault(rng, kind))


def _fault(rng: Random, kind: str) -> dict[str, Any]:
    """A fault as the stand-in is told of it."""
    match kind:
        case "404 right after creation":
            return {"route": rng.choice(JUST_MADE), "status": 404, "times": rng.randint(1, 2)}
        case "403 with Retry-After":
            headers = {"retry-after": str(rng.randint(1, 3))}
            return {"route": rng.choice((ANY, CREATES)), "status": 403, "headers": headers, "times": 1}
        case "reset":
            return {"route": rng.choice((ANY, CREATES)), "reset": True, "times": rng.randint(1, 3)}
        case "answer lost":
            return {"route": rng.choice((CREATES, CREATES, CHANGES)), "lose": True, "times": rng.randint(1, 2)}
        case "time-out":
            return {"route": ANY, "delay": HANGS, "times": 1}
        case _:
            return {"route": ANY, "status": int(kind), "times": rng.randint(1, 4)}


def counted(mishaps: list[Mishap]) -> Counter[str]:
    """How many of each kind."""
    return Counter(one.kind for one in mishaps)
