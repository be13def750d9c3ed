"""Which day it is: the clock's, or in a rehearsal a faster one, so that weeks pass within minutes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar that shows `shown` when the clock says `real`, and goes `speed` times as fast.

    Only dates and times that people read, and what is due at midnight, follow it; delays, leases and limits never do.
    Both times in seconds since the epoch.
    """

    real: float = 0.0
    shown: float = 0.0
    speed: float = 1.0

    @classmethod
    def read(cls, text: str) -> "Calendar":
        """From `<real>:<shown>:<speed>`; the clock's own when `text` is empty.

        Raises:
            ValueError: It is neither.
        """
        if not text:
            return CLOCK
        real, shown, speed = (float(part) for part in text.split(":"))
        if not 0 < speed <= 1e6:  # noqa: PLR2004 - a year in half a minute
            raise ValueError(text)
        return cls(real, shown, speed)

    def at(self, clock: float) -> float:
        """What the calendar shows when the clock says `clock`."""
        return self.shown + (clock - self.real) * self.speed

    def wait(self, shown: float, clock: float) -> float:
        """In how many seconds of the clock the calendar shows `shown`; 0 when it has."""
        return max(0.0, (shown - self.at(clock)) / self.speed)


#: The clock's own.
CLOCK = Calendar()
