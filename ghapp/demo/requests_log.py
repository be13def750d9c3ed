"""What was asked of the stand-in: counts by route and the last requests, for tests and benchmarks."""

import threading
from collections import Counter, deque
from typing import Any

_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_TOKENS = "POST /app/installations/{}/access_tokens"


class RequestLog:
    """Counts requests until it is reset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._by_route: Counter[str] = Counter()
            self._log: deque[dict[str, Any]] = deque(maxlen=1000)
            self._writes = 0
            self._unknown = 0

    def add(self, route: str | None, entry: dict[str, Any]) -> None:
        """Count one request.

        Args:
            route: `METHOD /path/{}`; None for a route that GitHub does not have.
            entry: What the log keeps: method, path, query, status and so on.
        """
        with self._lock:
            self._unknown += route is None
            self._by_route[route or "unknown"] += 1
            self._writes += route is not None and entry["method"] in _WRITES and route != _TOKENS
            self._log.append({"route": route, **entry})

    def summary(self) -> dict[str, Any]:
        """`total`, `writes` (without token minting), `unknown`, `by_route` and `log` (the last 1,000)."""
        with self._lock:
            return {
                "total": self._by_route.total(),
                "writes": self._writes,
                "unknown": self._unknown,
                "by_route": dict(sorted(self._by_route.items())),
                "log": list(self._log),
            }
