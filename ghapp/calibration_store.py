"""How often ratings came true in a repository, in Redis: a few numbers that a card prints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from analysis.calibration import Calibration
from analysis.outcomes import is_enough
from analysis.rating import Level
from ghapp import keys
from ghapp.redis_server import time_of

KEPT_SECONDS = 60 * 24 * 3600
#: So seldom are they counted again, in seconds; a history that is read for another reason brings them, too.
AGAIN_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Record:
    """How often ratings came true.

    Attributes:
        levels: Of each level of risk, how many changes were counted, and how many of these were reverted or fixed.
        is_enough: Whether these are enough to say anything.
    """

    levels: Mapping[Level, tuple[int, int]]
    is_enough: bool


class CalibrationStore:
    """Over one connection that decodes nothing."""

    def __init__(self, connection: redis.Redis) -> None:
        """Nothing is sent."""
        self._connection = connection

    def put(self, repository: int, found: Calibration) -> None:
        """Keep what was counted."""
        value = {
            "levels": {level: [one.n, one.bad] for level, one in found.shares.items()},
            "enough": is_enough(found.shares.values()),
            "between": found.between,
            "made_at": int(time_of(self._connection)),
        }
        self._connection.set(keys.calibration(repository), json.dumps(value), ex=KEPT_SECONDS)

    def record(self, repository: int) -> Record | None:
        """What was counted last; None: nothing was."""
        found: Any = self._connection.get(keys.calibration(repository))
        if not found:
            return None
        value = json.loads(found)
        return Record({level: (n, bad) for level, (n, bad) in value["levels"].items()}, value["enough"])

    def begin(self, repository: int) -> None:
        """It is counted now: not again for a week, however this ends."""
        self._connection.set(_once(repository), "1", ex=AGAIN_SECONDS)

    def may_begin(self, repository: int) -> bool:
        """Whether nobody counted, or had it counted, in the last week; then we do now."""
        return bool(self._connection.set(_once(repository), "1", nx=True, ex=AGAIN_SECONDS))


def _once(repository: int) -> str:
    return keys.ONCE + f"calibration:{repository}"
