"""Titles: type, scope and claims of a commit or pull request title, conventional or free-form."""

import re
from dataclasses import dataclass

from analysis.wording import PHRASES, PREFIXES

#: Characters of a title and of a body that are looked at.
TITLE_LIMIT = 300
BODY_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says.

    Attributes:
        text: The title that people wrote: the body's first line where the title is that of a merge button.
        kind: One of `rating.TYPES` that the title claims, or None when it claims none.
        scope: Scope of a conventional title, else the first `[tag]`; empty when there is none.
        subject: The title without prefix, tags and trailing `(#123)`.
        breaking: The prefix carries a `!` or the body a `BREAKING CHANGE:` footer.
        part: `k/n` when the title says that it is one part of a series, else empty.
    """

    text: str
    kind: str | None
    scope: str
    subject: str
    breaking: bool
    part: str = ""


_MERGE = re.compile(r"Merge (?:pull request #\d+ from \S+|branch '[^']{1,200}' into '?[^']{1,200}'?)\s*$")
_NUMBER = re.compile(r"\s*\(#\d+\)\s*$")
_TAG = re.compile(r"\s*\[([^\[\]]{1,60})\]\s*:?\s*")
_PREFIX = re.compile(r"([A-Za-z][\w/ -]{0,24}?)\s*(?:\(([^()]{0,60})\))?(!)?:\s+(?=\S)")
_SERIES = re.compile(r"[\[(]?\b(\d{1,2}/(?:\d{1,2}|[nN]))\b[\])]?|\bpart ?(\d{1,2})\b", re.IGNORECASE)
_FOOTER = re.compile(r"^BREAKING[ -]CHANGE:\s*\S", re.MULTILINE)


def read_title(title: str, body: str = "") -> Title:
    """What a title and the footers of its body say; never raises, whatever the text."""
    text = _written_title(title[:TITLE_LIMIT], body[:BODY_LIMIT])
    subject = _NUMBER.sub("", " ".join(text.split()))
    series = _SERIES.search(subject)
    part = (series[1] or series[2] or "") if series else ""
    breaking = _FOOTER.search(body, 0, BODY_LIMIT) is not None
    tags, subject = _take_tags(subject)
    prefix = _PREFIX.match(subject)
    if prefix is None:
        return Title(
            text, _tagged_kind(tags) or _phrase_kind(subject), tags[0] if tags else "", subject, breaking, part
        )
    subject = subject[prefix.end() :]
    stated = PREFIXES.get(prefix[1].lower())
    kind = stated or _tagged_kind(tags) or _phrase_kind(subject)
    scope = prefix[2] or (None if stated else prefix[1]) or (tags[0] if tags else "")
    return Title(text, kind, scope, subject, breaking or bool(prefix[3]), part)


def _written_title(title: str, body: str) -> str:
    """The title, or where a merge button made it up the body's first line, if that is not its own text as well."""
    first = body.lstrip().partition("\n")[0].strip()
    made_up = _MERGE.match(title) and first and not first.startswith(("See merge request", "#"))
    return first[:TITLE_LIMIT] if made_up else title


def _take_tags(subject: str) -> tuple[list[str], str]:
    tags: list[str] = []
    while match := _TAG.match(subject):
        tags.append(match[1].strip())
        subject = subject[match.end() :]
    return tags, subject


def _tagged_kind(tags: list[str]) -> str | None:
    return next((PREFIXES[tag.lower()] for tag in tags if tag.lower() in PREFIXES), None)


def _phrase_kind(subject: str) -> str | None:
    return next((kind for kind, pattern in PHRASES if pattern.search(subject)), None)
