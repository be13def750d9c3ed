"""What a text says of earlier changes, as values, and how it refers to them: object names, numbers in every form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["reverts", "relands", "fixes", "follows"]

#: `#12`, `owner/name#12`, `PR 12`, `GH-12`, `https://host/owner/name/pull/12`, `4c46ecd`.
_REFERENCE = re.compile(
    r"https?://[\w.:-]{1,100}/(?P<site>[\w.-]{1,100}/[\w.-]{1,100})/pull/(?P<linked>\d{1,9})"
    r"|(?<![\w/.-])(?P<other>[\w.-]{1,100}/[\w.-]{1,100})?#(?P<number>\d{1,9})\b"
    r"|\b(?:PRs?|pull requests?|pulls?|GH-)\s{0,2}(?P<plain>\d{1,9})\b"
    r"|(?<![\w#.-])(?P<sha>[0-9a-f]{7,40})(?![\w.-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier change as a text names it: by a prefix of its object name, or by a number.

    Attributes:
        commit_sha: 7 to 40 hex digits, or "".
        pull: Number of a pull request or, where the text does not tell them apart, of an issue; or None.
        start: Where it stands in the text.
        end: Where it ends.
    """

    commit_sha: str
    pull: int | None
    start: int
    end: int


def references(text: str, repository: str = "") -> Iterator[Reference]:
    """Every reference in a text, in order.

    Args:
        text: Any text.
        repository: `owner/name` that numbers are of: those of other repositories are left out. Empty: all are taken.
    """
    for match in _REFERENCE.finditer(text):
        owner = match["site"] or match["other"]
        if owner and repository and owner.lower() != repository.lower():
            continue
        number = match["linked"] or match["number"] or match["plain"]
        if number:
            yield Reference("", int(number), *match.span())
        elif _is_name(match["sha"]):
            yield Reference(match["sha"].lower(), None, *match.span())


def _is_name(digits: str) -> bool:
    """Not a date, a size or a word that happens to have no other letters."""
    return len(digits) == 40 or (any(c.isdigit() for c in digits) and any(c.isalpha() for c in digits))  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An earlier change that a message names, by any of its names: all that are given mean the same change.

    Attributes:
        kind: What is done to it: `reverts`, `relands` (lands again what was reverted), `fixes` (what it broke), or
            `follows` (goes on where it ended).
        commit_sha: A prefix of its object name, 7 to 40 hex digits, or "".
        pull: Its number, or None.
        title: Its title as quoted, or ""; untrusted; may be cut, then it ends with `…`.
        is_sure: Whether the words alone tell that an earlier change is meant. Otherwise (`Fixes #12`, a title without
            quotes, a pull request's own commits) it counts only when what is named is known to be one.
        evidence: The words, on one line, at most 80 characters.
    """

    kind: Kind
    commit_sha: str = ""
    pull: int | None = None
    title: str = ""
    is_sure: bool = True
    evidence: str = ""
