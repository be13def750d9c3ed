"""Titles that revert an earlier change or land it again, and which change they name."""

import re
from collections.abc import Iterator

from analysis.facts import quote
from analysis.references import FollowUp, Kind, references
from analysis.wording import NO_NOUN

REVERTING = r"revert(?:s|ed|ing)?|back(?:s|ed|ing)?[ -]?out|roll(?:s|ed|ing)?[ -]?back"
RELANDING = r"re-?land(?:s|ed|ing)?|re-?appl(?:y|ies|ied|ying)|re-?submit(?:s|ted)?"

_REVERT = re.compile(REVERTING, re.IGNORECASE)
_WORD = re.compile(
    r"(?:(?:temporar\w+|temp|tmp|partial\w*|again)\s+)?"
    rf"(?:(?P<word>{REVERTING}|{RELANDING})(?![\w-]){NO_NOUN}(?:\s+(?:back|of|the)(?!\w))?(?:\([^()]{{0,60}}\))?!?:?\s*)",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[([^\[\]]{1,60})\]\s*:?\s*")
_PREFIX = re.compile(r"[A-Za-z][\w/. -]{0,24}?(?:\([^()]{0,60}\))?!?:\s+")
_SUFFIX = re.compile(rf"\s*[(\[]({REVERTING}|{RELANDING})[)\]]$", re.IGNORECASE)
_WITHIN = re.compile(r"\bby reverting\b", re.IGNORECASE)
#: Quotes may hold quotes, so the outer ones are taken; a title that was cut has no closing one.
_QUOTED = re.compile(r"""["“](.{3,}?)["”](?=[\s.,;:()]*$|[^"”]*$)|["“]([^"“”]{3,}(?:…|\.\.\.)?)$""")
_TWO = re.compile(r"""["”](?:,| and|, and) ["“]""")
#: What may stand before a number that the title is about; anything else, and the number may be that of an issue.
_BEFORE = re.compile(
    r"^\s*(?:(?:PRs?|pull requests?|commits?|changes?|changesets?)\b\s*)?[:(]?\s*$|\(\s*$", re.IGNORECASE
)
_DIGITS = re.compile(r"\s*(\d{3,9})\b")
_FLIPPED: dict[Kind, Kind] = {"reverts": "relands", "relands": "reverts"}


def stated(text: str, repository: str) -> Iterator[FollowUp]:
    """What a title, on one line and without its own number, says that it reverts or lands again."""
    kind, rest, unquoted = _opening(text)
    if kind is None:
        return
    quoted = [one for match in _QUOTED.finditer(rest) for one in _TWO.split(match[1] or match[2])]
    for one in quoted:
        yield from _layers(kind, one)
    named = tuple(_outside(kind, _QUOTED.sub("", rest), repository, text))
    yield from named
    if quoted or named:
        return
    digits = _DIGITS.match(rest)
    pull, title = (int(digits[1]), "") if digits else (None, unquoted)
    yield FollowUp(kind, "", pull, title, is_sure=False, evidence=quote(text))


def _opening(text: str) -> tuple[Kind | None, str, str]:
    """What a title does by its first words, what stands behind them, and the title without them."""
    kept, rest = "", text
    while rest:
        tag = _TAG.match(rest)
        if word := _WORD.match(rest):
            return _kind(word["word"]), rest[word.end() :], _whole(kept, rest[word.end() :])
        if tag and _WORD.fullmatch(tag[1]):
            return _kind(tag[1]), rest[tag.end() :], _whole(kept, rest[tag.end() :])
        # One prefix (`fix:`) at most: behind it begins what people wrote.
        lead = tag or (None if kept.endswith(": ") else _PREFIX.match(rest))
        if lead is None:
            break
        kept, rest = kept + lead[0], rest[lead.end() :]
    if suffix := _SUFFIX.search(text):
        before = text[: suffix.start()]
        return _kind(suffix[1]), before, before
    within = _WITHIN.search(text)
    return ("reverts", text[within.end() :], "") if within else (None, text, "")


def _whole(kept: str, rest: str) -> str:
    return f"{kept} {rest}".strip(" :")


def _kind(word: str) -> Kind:
    return "reverts" if _REVERT.search(word) else "relands"


def _layers(kind: Kind, quoted: str) -> Iterator[FollowUp]:
    """The change with the quoted title; when that reverts or relands one itself, that one, too.

    A revert of a revert lands the innermost change again.
    """
    number = re.search(r"\(#(\d{1,9})\)\W*$", quoted)
    yield FollowUp(kind, "", int(number[1]) if number else None, quoted.strip(), evidence=quote(quoted))
    inner, rest, _ = _opening(quoted)
    found = _QUOTED.search(rest) if inner else None
    if inner and found:
        yield from _layers(inner if kind == "relands" else _FLIPPED[inner], found[1] or found[2])


def _outside(kind: Kind, text: str, repository: str, title: str) -> Iterator[FollowUp]:
    """What is named by number or object name, outside quotes."""
    is_sure = False
    for one in references(text, repository):
        is_sure = is_sure or bool(_BEFORE.search(text[: one.start]))
        yield FollowUp(kind, one.commit_sha, one.pull, is_sure=is_sure, evidence=quote(title))
