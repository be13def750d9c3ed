"""Lines and sentences of messages that name an earlier change: what it broke, where it ended, that it is reverted."""

import re
from collections.abc import Iterator

from analysis.facts import quote
from analysis.references import FollowUp, Kind, references
from analysis.reverts import RELANDING, REVERTING

_ONE = (
    r"(?:PRs? ?|pull requests? |commits? |changesets? )?"
    r"(?:[\w./-]{1,200}#\d{1,9}|#\d{1,9}|https?://\S{1,300}|[0-9a-f]{7,40}\b)"
)
_SOME = rf"(?P<named>{_ONE}(?:(?:,| and|, and|,? &)? {_ONE}){{0,8}})"
#: Only at the start of a line, where tools put them.
_LINES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("reverts", re.compile(rf"^(?:this )?(?:{REVERTING}):? {_SOME}", re.IGNORECASE | re.MULTILINE)),
    (
        "relands",
        re.compile(rf"^(?:this (?:is a )?)?(?:{RELANDING})(?: of)?:? {_SOME}", re.IGNORECASE | re.MULTILINE),
    ),
)
_TRAILER = re.compile(r"^Fixes: ([0-9a-f]{7,40})(?: \(\"(.{1,200})\"\))?\s*$", re.MULTILINE)
#: What a sentence says, whether its words alone tell that a change is meant, and how it is worded.
_SENTENCES: tuple[tuple[Kind, bool, re.Pattern[str]], ...] = (
    (
        "fixes",
        True,
        re.compile(
            r"\b(?:introduced|caused|broken?|breakage|regress(?:ed|ions?)?|bug|damage[sd]?)\s(?:\w+\s){0,3}?"
            rf"(?:in|by|from|since|with|after|due to|of)\s(?:the\s)?{_SOME}",
            re.IGNORECASE,
        ),
    ),
    (
        "follows",
        True,
        re.compile(
            r"\bfollow(?:s|ed|ing)?[- ]?(?:up|on)s?(?:\s(?:fix(?:es)?|change|work|PR))?\s?"
            rf"(?:to|of|on|for|from)?:?\s{_SOME}",
            re.IGNORECASE,
        ),
    ),
    ("follows", True, re.compile(rf"{_SOME},? (?:\w+ )?follow[- ]?ups?\b", re.IGNORECASE)),
    ("fixes", False, re.compile(rf"\b(?:fix(?:e[sd])?|repairs?|resolve[sd]?):? {_SOME}", re.IGNORECASE)),
)
#: Only in the title of a fix.
_SINCE = re.compile(rf"\b(?:after|since) {_SOME}", re.IGNORECASE)


def lines(body: str, repository: str) -> Iterator[FollowUp]:
    """What a body's lines say that it reverts, lands again or mends.

    The first two are not sure: the message of a squash quotes those of the pull request's own commits.
    """
    for kind, pattern in _LINES:
        for match in pattern.finditer(body):
            yield from _named(kind, match, repository, is_sure=False)
    for match in _TRAILER.finditer(body):
        yield FollowUp("fixes", match[1].lower(), None, match[2] or "", evidence=quote(match[0]))


def sentences(text: str, repository: str) -> Iterator[FollowUp]:
    """What anything in a title or body says that it mends or goes on from."""
    for kind, is_sure, pattern in _SENTENCES:
        for match in pattern.finditer(text):
            yield from _named(kind, match, repository, is_sure=is_sure)


def since(title: str, repository: str) -> Iterator[FollowUp]:
    """What a fix is a fix of, by the title's `after #12`."""
    for match in _SINCE.finditer(title):
        yield from _named("fixes", match, repository, is_sure=True)


def _named(kind: Kind, match: re.Match[str], repository: str, *, is_sure: bool) -> Iterator[FollowUp]:
    for one in references(match["named"], repository):
        yield FollowUp(kind, one.commit_sha, one.pull, is_sure=is_sure, evidence=quote(match[0]))
