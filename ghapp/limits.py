"""What a refusal of GitHub says about its rate limits: whether it is one, and for how long.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

#: Statuses that GitHub refuses with when a limit is exceeded (and 403 for other reasons, too).
LIMITED = (403, 429)
#: Primary limits are reset every hour; a minute more for clocks that disagree. What asks for more is not believed.
LONGEST_SECONDS = 3660.0
#: What the message says when no header does. The second is how older Enterprise Servers call it.
_SAID = ("rate limit", "abuse detection")
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit that was exceeded.

    Attributes:
        seconds: For how long, 1 to `LONGEST_SECONDS`; None: GitHub named no time.
    """

    seconds: float | None


def limit_of(status: int, headers: Mapping[str, str], text: str, now: float) -> Limit | None:
    """The limit that an answer speaks of, None when it speaks of none.

    Args:
        status: Of the answer.
        headers: By name, in whatever case the mapping finds them.
        text: The body.
        now: Seconds since the epoch by our clock; the answer's own `Date` is preferred to it.
    """
    if status not in LIMITED:
        return None
    now = _date(headers.get("date", "")) or now
    if "retry-after" in headers:
        return Limit(_bounded(_seconds(headers["retry-after"], now)))
    if headers.get("x-ratelimit-remaining", "").strip() == "0":
        reset = _number(headers.get("x-ratelimit-reset", ""))
        return Limit(_bounded(None if reset is None else reset - now))
    if status == _TOO_MANY or any(said in text.lower() for said in _SAID):
        return Limit(None)
    return None


def _seconds(value: str, now: float) -> float | None:
    """`Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3); None: neither."""
    number, date = _number(value), _date(value)
    if number is None and date is not None:
        return date - now
    return number


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _date(value: str) -> float | None:
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(LONGEST_SECONDS, max(1.0, seconds))
