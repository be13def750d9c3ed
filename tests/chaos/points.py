"""Named points: at which requests a worker is killed, before GitHub sees the request or before it sees the answer."""

import re
import threading
from collections import Counter
from dataclasses import dataclass
from random import Random

#: A page of a digest after its first begins with this.
LATER_PAGE = re.compile(rb'"<!-- ghapp:digest:v1 repository=\d+ day=[\d-]+ page=[1-9]')
#: What differs between requests of one route.
NAMES = re.compile(r"[0-9a-f]{40}|\d+")
CREATE = re.compile(r"POST /repositories/\d+/issues(/\d+/comments)?$")
CHANGE = re.compile(r"PATCH /repositories/\d+/issues/")
READ = re.compile(r"GET /repositories/")


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker sends: method, path without the query, body."""

    method: str
    path: str
    body: bytes

    @property
    def line(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    @property
    def creates(self) -> bool:
        """Whether it makes an issue or a comment."""
        return CREATE.match(self.line) is not None

    @property
    def writes(self) -> bool:
        """Whether it is a content write."""
        return self.method != "GET" and self.path.startswith("/repositories/")

    @property
    def repository(self) -> int | None:
        """The repository's id."""
        found = re.match(r"/repositories/(\d+)", self.path)
        return int(found[1]) if found else None


#: Point -> (which requests, whether the worker dies before the request is passed on, gap of requests between two).
POINTS = {
    "between two pages": (lambda r: r.method != "GET" and LATER_PAGE.search(r.body) is not None, True, 0.25),
    "before a create": (lambda r: r.creates, True, 1),
    "after a create, before its answer is stored": (lambda r: r.creates, False, 1),
    "after a change, before its answer is stored": (lambda r: CHANGE.match(r.line) is not None, False, 4),
    "holding a lease": (lambda r: READ.match(r.line) is not None, True, 25),
}


class Points:
    """Decides at which requests a worker is killed; every decision follows from the seed and the order of requests.

    Attributes:
        active: Whether anybody is killed now.
        once: Whether only those points are used that were not used yet.
        used: (point, request) -> how often.
        seen: How many requests each point could have been used on.
    """

    def __init__(self, seed: int, gap: int) -> None:
        """On average, one in `gap` requests of a point is used; 0: none."""
        self.active = self.once = False
        self.used: Counter[tuple[str, str]] = Counter()
        self.seen: Counter[str] = Counter()
        self._lock, self._gap = threading.Lock(), gap
        self._rng = {name: Random(f"{seed} {name}") for name in POINTS}  # noqa: S311 - replayable
        self._left = {name: self._next(name, first=True) for name in POINTS}

    @property
    def unused(self) -> set[str]:
        """Points that nobody was killed at yet."""
        return set(POINTS) - {name for name, _ in self.used}

    def chosen(self, request: Request) -> tuple[str, bool] | None:
        """The point that is used on a request, and whether before it is passed on; None: none is."""
        if not self.active or not self._gap:
            return None
        with self._lock:
            for name, (matches, before, _) in POINTS.items():
                if matches(request) and self._is_due(name) and not (self.once and name not in self.unused):
                    self._left[name] = self._next(name)
                    self.used[name, NAMES.sub("{}", request.line)] += 1
                    return name, before
        return None

    def _is_due(self, name: str) -> bool:
        self.seen[name] += 1
        self._left[name] -= 1
        return self._left[name] <= 0 or self.once

    def _next(self, name: str, *, first: bool = False) -> int:
        gap = max(1, round(self._gap * POINTS[name][2]))
        return (
            self._rng[name].randint(1, 1 + gap // 3)
            if first
            else self._rng[name].randint(1 + gap // 2, 1 + gap * 3 // 2)
        )
