"""The sentence of a card that says how often ratings such as its own came true in this repository."""

from analysis.rating import Level
from ghapp.calibration_store import Record
from ghapp.phrases import Phrases

#: Of a level with fewer changes nothing is said.
LEAST = 10


def record_text(say: Phrases, record: Record | None, level: Level) -> str:
    """The sentence; "" when there is too little to say.

    Args:
        say: The language.
        record: How often ratings came true; None: it is not known.
        level: The card's own risk: it is named first, and compared with low (a low one with high).
    """
    if record is None or not record.is_enough or record.levels[level][0] < LEAST:
        return ""
    n, bad = record.levels[level]
    other: Level = "high" if level == "low" else "low"
    of_other, bad_other = record.levels[other]
    said = say.say("record.own", n=bad, of=n, level=say.say(f"record.{level}"))
    beside = say.say("record.other", n=bad_other, of=of_other, level=say.say(f"record.{other}"))
    return say.say("record.both", own=said, other=beside) if of_other >= LEAST else say.say("record.alone", own=said)
