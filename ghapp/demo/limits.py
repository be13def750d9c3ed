"""GitHub's rate limits: the hourly primary one, and the secondary ones on content writes."""

import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from ghapp.demo.records import Behaviour


@dataclass(frozen=True, slots=True)
class Quota:
    """Where an installation stands in its hour; `reset` in seconds since 1970."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        """Requests left in this hour."""
        return max(0, self.limit - self.used)

    @property
    def exceeded(self) -> bool:
        """The request that was counted last is over the limit."""
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        """The `x-ratelimit-*` headers."""
        values = {"limit": self.limit, "remaining": self.remaining, "used": min(self.used, self.limit)}
        values["reset"] = self.reset
        return {f"x-ratelimit-{name}": str(value) for name, value in values.items()} | {"x-ratelimit-resource": "core"}


class Limits:
    """Counts by installation; the figures come from `Behaviour` and may change at any time."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._lock = threading.Lock()
        self._hours: dict[int, tuple[datetime, int]] = {}
        self._writes: defaultdict[int, deque[datetime]] = defaultdict(deque)

    def count(self, installation_id: int, now: datetime, requests: int = 1) -> Quota:
        """Count requests (0 to look, -1 to take back a 304) and say where the installation stands."""
        with self._lock:
            start, used = self._hours.get(installation_id, (now, 0))
            if now >= start + self._hour:
                start, used = now, 0
            self._hours[installation_id] = (start, used + requests)
        return Quota(self._behaviour.primary, used + requests, ceil((start + self._hour).timestamp()))

    def wait_before_write(self, installation_id: int, now: datetime) -> int | None:
        """Count a content write; None when it may go ahead, else the seconds that GitHub asks to wait."""
        with self._lock:
            writes = self._writes[installation_id]
            while writes and writes[0] <= now - self._hour:
                writes.popleft()
            if len(writes) >= self._behaviour.per_hour:
                return _seconds(writes[-self._behaviour.per_hour] + self._hour - now)
            if sum(when > now - self._minute for when in writes) >= self._behaviour.per_minute:
                return _seconds(writes[-self._behaviour.per_minute] + self._minute - now)
            writes.append(now)
            return None

    @property
    def _hour(self) -> timedelta:
        return timedelta(seconds=self._behaviour.hour)

    @property
    def _minute(self) -> timedelta:
        return timedelta(seconds=self._behaviour.minute)


def _seconds(left: timedelta) -> int:
    return max(1, int(left.total_seconds()) + 1)
