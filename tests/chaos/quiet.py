"""When all is done: nothing is written any more, and every key that is still due comes back by itself."""

import time
from collections.abc import Callable

import redis

from tests.chaos.proxy import Traffic
from tests.chaos.read import OWN_KINDS, due_keys, kind_of

#: The clock looks after dead workers' jobs each 15 seconds.
LATE_SECONDS = 40.0

#: Kinds of keys that are due at a time to come, and that is as it must be.
PLANNED = ("sweep", "repair", "rollover")


class Quiet:
    """Watches Redis and what is sent to GitHub.

    Args:
        connection: Redis.
        traffic: What workers sent.
        pending: How many deliveries are on their way.
        seconds: As long as repair takes to find something, and to have it done.
    """

    def __init__(self, connection: redis.Redis, traffic: Traffic, pending: Callable[[], int], seconds: float) -> None:
        self._connection, self._traffic, self._pending, self._seconds = connection, traffic, pending, seconds

    def came(self) -> bool:
        """Whether nothing was left to do for all of the time; returns early when there is."""
        writes, until = self._writes(), time.monotonic() + self._seconds
        waits = self._coming_back(due_keys(self._connection))
        while time.monotonic() < until:
            time.sleep(0.2)
            try:
                now = due_keys(self._connection)
            except redis.RedisError:
                return False
            if self._pending() or any(kind_of(key) in OWN_KINDS for key in now):
                return False
            waits = _unmoved(waits, now)
        return self._writes() == writes and not self._overdue(waits)

    def stuck(self) -> dict[str, float]:
        """Keys and leases that must be gone, and those that repair brings back and nobody works on: seconds to go."""
        waits = self._coming_back(due_keys(self._connection))
        until = time.monotonic() + self._seconds
        while self._overdue(waits) and time.monotonic() < until:
            time.sleep(0.2)
            waits = _unmoved(waits, due_keys(self._connection))
        return self._overdue(waits)

    @staticmethod
    def _coming_back(keys: dict[str, float]) -> dict[str, float]:
        return {key: at for key, at in keys.items() if kind_of(key) not in OWN_KINDS}

    def _overdue(self, waits: dict[str, float]) -> dict[str, float]:
        """What is stuck when `waits` did not move for all of the time."""
        clock = float(self._connection.time()[0])
        left = {key: at for key, at in waits.items() if at < clock or key.partition(":")[0] not in PLANNED}
        left |= {key: at for key, at in due_keys(self._connection).items() if kind_of(key) in OWN_KINDS}
        return {key: at - clock for key, at in left.items()} | self._stuck_tickets(clock)

    def _stuck_tickets(self, clock: float) -> dict[str, float]:
        """RQ's jobs whose worker is dead, and that the clock should have seen to."""
        late = self._connection.zrangebyscore("rq:wip:ghapp", "-inf", clock - LATE_SECONDS, withscores=True)
        return {f"RQ job {name.decode()}": score - clock for name, score in late}

    def _writes(self) -> int:
        return sum(one.request.writes for one in list(self._traffic.sent))


def _unmoved(waits: dict[str, float], now: dict[str, float]) -> dict[str, float]:
    """Without those that were worked and marked again, or leased again: they are due at another time."""
    return {key: at for key, at in waits.items() if now.get(key) == at}
