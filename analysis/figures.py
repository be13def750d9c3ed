"""Figures: numbers with units in a model's text, and whether the change states them."""

import re
import unicodedata
from collections.abc import Iterable

from analysis.change import Change

_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2212"), "-")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
#: Digits of other scripts.
_DIGIT = re.compile(r"(?![0-9])\d")
#: Nothing that is part of a version or a name. Possessive: a long run of digits is read once.
_NUMBER = r"(?<![A-Za-z0-9_.])\d[\d,]*+(?:\.\d++)?+(?!\.?\d)"
#: What may stand between a number and its unit.
_GAP = r"[ \t_-]{0,3}"
_NUMBERS = re.compile(_NUMBER, re.ASCII)

#: Shares and multiples: the change must say the same number with the same sign.
_RATIO = re.compile(
    rf"(?P<number>{_NUMBER}){_GAP}(?P<unit>%|per ?cent\b|pct\b|percentage points?\b|pp\b|x\b|×|fold\b"
    r"|times(?= (?:as|more|less|fewer|faster|slower|larger|smaller|higher|lower|quicker|the)\b)"
    r"|倍|成(?![不功员为本立熟果])|个百分点)",
    re.IGNORECASE | re.ASCII,
)
#: The first number of a range, before one with its unit; of a step, both.
_RANGE = re.compile(
    rf"(?P<number>{_NUMBER})\s?(?:-|–|—|~|to|至|到|and)\s?"
    rf"(?={_NUMBER}{_GAP}(?:%|per ?cent|pct|x\b|×|fold|倍|[a-z]{{1,6}}\b))",
    re.IGNORECASE | re.ASCII,
)
_STEP = re.compile(
    rf"\b(?:from|从)\s?(?P<number>{_NUMBER})\s?(?:to|到|至)\s?(?P<other>{_NUMBER})", re.IGNORECASE | re.ASCII
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_WORDS = f"two|three|four|five|six|seven|eight|nine|ten|fifteen|(?:{_TENS})(?:-[a-z]{{3,5}})?|hundred"
#: Shares, multiples and large numbers in words, times of day, dates, money: only in the change's own words.
_WORDED = re.compile(
    rf"\b(?:twice|thrice|(?:{_WORDS})(?:-?fold| times)|(?:doubl|halv|tripl|quadrupl)(?:es?|ed|ing)"
    r"|orders? of magnitude|(?:a|one) (?:half|third|quarter) (?:of|less|more|fewer|faster)"
    r"|(?:one|two|three)[- ](?:third|quarter|fifth)s?|(?:by|in) half|half (?:of )?the (?:time|memory|latency|cost|size)"
    rf"|factor of (?:\d[\d.]*|{_WORDS})|(?:{_WORDS})[ -]per ?cent"
    rf"|(?:{_WORDS}|\d[\d.,]*) ?(?:thousand|million|billion))\b"
    r"|\b\d[\d.,]*(?:[km]\b| ?(?:dollars?|usd|euros?|eur|cents?)\b)"
    r"|百分之[一二三四五六七八九十百两零点\d]+|[一二两双三四五六七八九十百数]+(?:倍|成(?![不功员为本立熟果]))|翻倍|翻番|减半|一半|数量级"
    r"|\d[\d.,]* ?[万亿]|\d[\d.,]* ?(?:美元|欧元)"
    r"|\b\d{1,2}:\d{2}(?::\d{2})?\b|\b\d{4}-\d{2}-\d{2}\b|[$€£¥]\s?\d[\d.,]*",
    re.IGNORECASE | re.ASCII,
)

#: Spellings of one unit.
_SAME = (
    ("%", "percent", "per cent", "pct"),
    ("x", "×", "倍", "times", "fold"),
    ("ms", "millisecond", "milliseconds", "毫秒"),
    ("us", "µs", "μs", "microsecond", "microseconds", "微秒"),
    ("s", "sec", "secs", "second", "seconds", "秒"),
    ("min", "mins", "minute", "minutes", "分钟"),
    ("h", "hr", "hrs", "hour", "hours", "小时"),
    ("day", "days", "天"),
    ("week", "weeks", "周"),
    ("month", "months", "个月"),
    ("year", "years", "年"),
    ("byte", "bytes", "字节"),
    ("kb", "kib", "kilobytes"),
    ("mb", "mib", "megabytes"),
    ("gb", "gib", "gigabytes"),
    ("token", "tokens"),
    ("request", "requests", "req", "请求"),
    ("row", "rows"),
    ("qps", "rps", "fps", "hz", "ops"),
    ("time", "times", "次"),
)
_UNITS = "|".join(
    re.escape(unit) + (r"\b" if unit.isascii() else "")
    for unit in sorted((unit for group in _SAME[2:] for unit in group), key=len, reverse=True)
)
#: Amounts: the change must say the number with the unit, or in a line whose words go with that kind of unit.
_AMOUNT = re.compile(rf"(?P<number>{_NUMBER}){_GAP}(?P<unit>{_UNITS})", re.IGNORECASE | re.ASCII)
_KINDS = (
    (
        frozenset(unit for group in _SAME[2:11] for unit in group),
        re.compile(
            r"time_?out|delay|interval|second|minute|hour|ttl|expir|wait|sleep|deadline|period|duration|_ms\b|超时|间隔",
            re.IGNORECASE,
        ),
    ),
    (
        frozenset(unit for group in _SAME[11:] for unit in group),
        re.compile(
            r"size|bytes?|buffer|memory|limit|max|retr|attempt|times|tokens|requests|rows|rate|重试|上限", re.IGNORECASE
        ),
    ),
)
#: Files and lines, which anybody can count in the change.
_COUNT = re.compile(
    rf"(?P<number>{_NUMBER}){_GAP}(?:(?:new |changed |added |removed |deleted )?(?:files?|lines?)\b|个文件|行)",
    re.IGNORECASE | re.ASCII,
)


class Figures:
    """The figures that a change states."""

    def __init__(self, change: Change, lines: Iterable[str]) -> None:
        """Read them once.

        Args:
            change: The change, for the sizes that anybody can count.
            lines: Every line of text in it.
        """
        lines = tuple(lines)
        self._text = _normal("\n".join(lines))
        self._stated = {_figure(found) for pattern in (_RATIO, _AMOUNT) for found in pattern.finditer(self._text)}
        self._beside = [
            (units, {_plain(found) for line in lines if words.search(line) for found in _NUMBERS.findall(line)})
            for units, words in _KINDS
        ]
        counts = {len(change.files), change.added, change.deleted, change.added + change.deleted}
        self._counts = {str(n) for n in counts | {n for file in change.files for n in (file.added, file.deleted)}}
        self._counts |= {_plain(found["number"]) for found in _COUNT.finditer(self._text)}

    def has_all_of(self, sentence: str) -> bool:
        """Whether every figure of a sentence stands in the change; True when the sentence has none."""
        text = _normal(sentence)
        return (
            all(_figure(found) in self._stated for found in _RATIO.finditer(text))
            and all(_figure(found) in self._stated or self._implies(found) for found in _AMOUNT.finditer(text))
            and all(_plain(found["number"]) in self._counts for found in _COUNT.finditer(text))
            and all(found[0] in self._text for found in _WORDED.finditer(text))
            and all(found[0] in self._text or self._has(found["number"]) for found in _RANGE.finditer(text))
            and all(self._has(found["number"], found["other"]) for found in _STEP.finditer(text))
        )

    def _has(self, *numbers: str) -> bool:
        """Whether the change has these numbers, whatever stands beside them."""
        return all(re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", self._text) for number in numbers)

    def _implies(self, figure: re.Match[str]) -> bool:
        """Whether a line of the change has the number beside a word that goes with the unit: `timeout = 30`."""
        unit, number = figure["unit"], _plain(figure["number"])
        return any(unit in units and number in numbers for units, numbers in self._beside)


def _figure(found: re.Match[str]) -> tuple[str, str]:
    """Number and unit, each in one spelling."""
    unit = found["unit"]
    return _plain(found["number"]), next((group[0] for group in _SAME if unit in group), unit)


def _normal(text: str) -> str:
    """`text` in small letters, with one kind of digits and hyphens, without characters that are not shown."""
    if text.isascii():
        return text.lower()
    shown = _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).translate(_HYPHENS)
    return _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0])), shown).lower()


def _plain(number: str) -> str:
    return number.replace(",", "")
