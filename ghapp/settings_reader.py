"""Reading environment variables: every fault is collected, with its fix, instead of stopping at the first."""

from collections.abc import Mapping
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Reader:
    """Reads variables and collects every fault instead of stopping at the first.

    Attributes:
        problems: One sentence for each fault; it begins with the variable's name.
        names: The variables that were asked for.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Nothing is read yet."""
        self._environ = environ
        self.problems: list[str] = []
        self.names: set[str] = set()

    def text(self, name: str, default: str = "") -> str:
        """The value without white space around it."""
        self.names.add(name)
        return self._environ.get(name, "").strip() or default

    def number(self, name: str, default: float, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        raw = self.text(name, str(default))
        try:
            value = float(raw)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self.problems.append(f"{name} is {raw!r}: set it to a number from {low:g} to {high:g}.")
            return default
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of `allowed`."""
        value = self.text(name, default)
        if value not in allowed:
            self.problems.append(f"{name} is {value!r}: set it to one of {', '.join(allowed)}.")
            return default
        return value

    def flag(self, name: str) -> bool:
        """Whether it is on."""
        return self.choice(name, "0", ("0", "1", "false", "true")) in ("1", "true")

    def zone(self, name: str, default: str) -> str:
        """An IANA time zone."""
        value = self.text(name, default)
        if not is_timezone(value):
            self.problems.append(f"{name} is {value!r}: set it to an IANA name such as Europe/Berlin.")
            return default
        return value

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """An address with one of `schemes`, without a trailing slash."""
        value = self.text(name, default)
        if value and urlsplit(value).scheme not in schemes:
            # The value may hold a password (redis://:secret@host), so it is not repeated.
            self.problems.append(f"{name} must begin with {' or '.join(f'{s}://' for s in schemes)}.")
            return default
        return value.rstrip("/")


def is_timezone(name: str) -> bool:
    """Whether `name` is an IANA time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
