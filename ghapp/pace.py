"""How fast one installation is written to, and when GitHub may not be asked at all: one state for all machines.

Slots. Each content write has a slot of its own, taken in one step of Redis by Redis's clock. Of one installation

* no two slots are nearer to each other than 1 / `per_second` seconds, and no hour has more than `per_hour` of them,
  whatever number of workers, machines and jobs asks for them (they need the same settings, and a Redis that keeps its
  data: after a FLUSHALL the count begins anew);
* a write is sent `READY_SECONDS` after its slot's time at the latest, never before it; what the network then does to
  the distances is not known here;
* a slot that was taken is used up, also when its job dies before it writes: nothing is given back;
* digests (and all that is as urgent: commands, landings) go first. A card gets no slot while a digest that was refused
  one waits for its turn, none so far ahead that a digest that asks next would be refused, and none of the last part of
  the hour's budget (60 of 450, scaled).

A slot within `AHEAD_SECONDS` is slept for. Who would have to wait longer reserves nothing and is told when to come
back, after those that were told so before; who came back goes before those that were not refused yet.

Limits. When GitHub refuses an installation, that is kept in Redis until the time that GitHub named; until then no job
of it is started (`scripts.TAKE`), and one that is running sends nothing more: only what was under way at that moment
still arrives. Other installations are not concerned. A limit without a time is waited for a minute, then twice as long
each time that it is met again within as long a time as was waited.
"""

import time
from dataclasses import dataclass

import redis

from ghapp import keys, pace_scripts
from ghapp.jobqueue import CLASSES, PostponedError
from ghapp.limits import LONGEST_SECONDS

#: The longest that a worker sleeps for a slot.
AHEAD_SECONDS = 2.0
#: A slot may be used so long after its time; then another is needed.
READY_SECONDS = 1.0
#: Who does not come back so long after its turn has lost it: jobs start a second or two late.
TURN_SECONDS = 15.0
#: GitHub asks for at least a minute when it names no time.
UNNAMED_SECONDS = 60.0
#: Of each hour's budget, what is kept for digests: 60 of 450.
KEPT_SHARE = 60 / 450


@dataclass(frozen=True, slots=True)
class Rates:
    """How many content writes one installation may have.

    Attributes:
        per_second: Above 0; may be a fraction.
        per_hour: At least 1.
        hour: How long an hour is, in seconds (tests have shorter ones).
    """

    per_second: float
    per_hour: int
    hour: float = 3600.0

    @property
    def kept(self) -> int:
        """How many of an hour's writes cards may not have."""
        return int(self.per_hour * KEPT_SHARE)


def is_urgent(key: str) -> bool:
    """Whether writes for this due key go before those for cards."""
    return CLASSES.get(key.partition(":")[0], CLASSES["card"]) < CLASSES["card"]


class Pace:
    """The pace of one installation, for one job."""

    def __init__(self, connection: redis.Redis, installation: int, rates: Rates, key: str = "") -> None:
        """Nothing is sent.

        Args:
            connection: Decodes nothing.
            installation: GitHub's id.
            rates: The same in all processes.
            key: The due key that is worked: it decides what goes first. "": something that can wait.
        """
        self._installation, self._key, self._rates = installation, key, rates
        self._slots, self._turns = keys.slots(installation), keys.turns(installation)
        self._backoff = keys.backoff(installation)
        self._take = connection.register_script(pace_scripts.SLOT)
        self._stop = connection.register_script(pace_scripts.STOP)
        self._left = connection.register_script(pace_scripts.LEFT)
        self._ready_at: float | None = None

    def go_ahead(self) -> None:
        """Let a request pass that writes no content.

        Raises:
            PostponedError: GitHub refuses this installation for a time that is not over.
        """
        left = float(self._left(keys=[keys.LIMITED], args=[self._installation]))
        if left > 0:
            raise PostponedError(left, "GitHub's rate limit")

    def take_slot(self) -> float:
        """Have a slot for one write, after sleeping for it for `AHEAD_SECONDS` at most; returns its time by Redis.

        Raises:
            PostponedError: There is none so soon, or GitHub refuses this installation. Nothing was taken.
        """
        rates, urgent = self._rates, is_urgent(self._key)
        outcome, at, wait = self._take(
            keys=[self._slots, self._turns, keys.LIMITED],
            args=[
                *(self._installation, f"{'u' if urgent else 'c'}:{self._key}"),
                *(1 / rates.per_second, rates.per_hour, rates.kept, rates.hour),
                *(AHEAD_SECONDS, TURN_SECONDS),
            ],
        )
        if outcome == pace_scripts.LIMITED:
            raise PostponedError(float(wait), "GitHub's rate limit")
        if outcome == pace_scripts.REFUSED:
            raise PostponedError(float(wait), "the pace of writes")
        time.sleep(max(0.0, float(wait)))
        self._ready_at = time.monotonic()
        return float(at)

    def use_slot(self) -> None:
        """Let one write pass: with the slot that `take_slot` took just now, else with one that is taken here.

        Raises:
            PostponedError: As `take_slot` and `go_ahead` do.
        """
        ready_at, self._ready_at = self._ready_at, None
        if ready_at is not None and time.monotonic() - ready_at <= READY_SECONDS:
            self.go_ahead()
            return
        self.take_slot()
        self._ready_at = None

    def stop(self, seconds: float | None) -> float:
        """GitHub refuses this installation: from now on nothing is sent for it.

        Args:
            seconds: For how long, if GitHub said so. A longer time that is known already stays.

        Returns:
            The seconds until it may be asked again.
        """
        named = "" if seconds is None else min(seconds, LONGEST_SECONDS)
        args = [self._installation, named, UNNAMED_SECONDS, LONGEST_SECONDS]
        return float(self._stop(keys=[keys.LIMITED, self._backoff], args=args))
