"""How large a run is, and how much faster than life."""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Scale:
    """One run's size.

    Attributes:
        seed: Everything that is planned follows from it.
        landings: Times that something lands on a default branch.
        bulk: Repositories that get one push of 60 to 130 commits: more than a page of a digest holds.
        days: Days shown, from the first landing to the last.
        day_seconds: Seconds of the clock that one shown day takes.
        pace: Delays, intervals and limits of the product are so many times shorter, or higher, than its defaults.
        repair: Seconds of the clock between two repairs; the product's default is 900.
        faults: How many faults and kills are scheduled, as a multiple of one each four seconds; 0: a calm run.
        point_gap: Named points are used on one in so many requests (of a create; reads are rarer still).
        limit: Seconds that the processes have for coming to rest after the storm.
        slow: Whether requests may hang until the product gives up (20 seconds each).
        sabotage: "", or what `sabotage.py` is to break.
    """

    seed: int
    landings: int = 1000
    pulls: int = 200
    repositories: int = 20
    installations: int = 3
    workers: int = 3
    bulk: int = 5
    days: int = 4
    day_seconds: float = 100.0
    pace: float = 10.0
    repair: float = 12.0
    faults: float = 1.0
    point_gap: int = 12
    limit: float = 1500.0
    slow: bool = True
    sabotage: str = ""

    @property
    def speed(self) -> float:
        """How much faster than the clock the calendar goes."""
        return DAY / self.day_seconds

    @property
    def seconds(self) -> float:
        """How long the storm takes, in seconds of the clock."""
        return self.days * self.day_seconds
