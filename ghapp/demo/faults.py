"""Faults on request: which of the next requests go wrong, and how."""

import random
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(slots=True)
class Fault:
    """What goes wrong with requests that match.

    Attributes:
        route: Pattern (`*`, `?`) for `METHOD /path/{}` as the request log writes it.
        status: Answer this instead of doing anything; None: do it.
        headers: Added to that answer, e.g. `retry-after`.
        body: That answer's JSON; None: GitHub's own for the status.
        delay: Seconds to wait first.
        reset: Cut the connection before doing anything.
        lose: Do it, then cut the connection instead of answering.
        times: How many requests are still to go wrong; None: all of them.
        probability: Of each request that matches.
    """

    route: str = "*"
    status: int | None = None
    headers: dict[str, str] | None = None
    body: dict[str, Any] | None = None
    delay: float = 0.0
    reset: bool = False
    lose: bool = False
    times: int | None = 1
    probability: float = 1.0


class Faults:
    """The faults that are armed, oldest first; a request takes the first that matches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[Fault] = []
        self._random = random.Random(7)  # noqa: S311 - the same faults in each run

    def arm(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._armed.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._armed.clear()

    def take(self, route: str) -> Fault | None:
        """The fault that befalls a request, counted down, or None."""
        with self._lock:
            for fault in self._armed:
                if self._befalls(fault, route):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
            return None

    def _befalls(self, fault: Fault, route: str) -> bool:
        # fnmatch would read "[bot]" as a set; routes hold no brackets, so patterns need none either.
        matches = fault.times != 0 and fnmatchcase(route, fault.route)
        return matches and self._random.random() < fault.probability
