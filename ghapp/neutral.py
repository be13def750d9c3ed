"""Hostile text made harmless in Markdown: it shows what it says and does nothing.

Nothing in it pings, links, closes, formats, hides, or opens a tag, on GitHub's own renderer; e-mail addresses are
not shown. Escaping alone is not enough, because GitHub looks for mentions, references, bare links and emoji after the
Markdown was rendered, and for formulas before: a character that is not shown splits those (an empty comment would not:
sanitising removes it). One thing stays: a CVE's number leads to its page among GitHub's own advisories.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

#: A word joiner: not shown, not a word's character, and no place to break a line.
SPLIT = "\u2060"

#: Not an address: a version behind a name (`left-pad@1.3.0`), and an image for sharp screens (`logo@2x.png`).
_EMAIL = re.compile(
    r"[\w.+-]{1,64}@(?!v?\d+\.\d|\d(?:\.\d)?x\.)(?:[\w-]{1,63}\.){1,50}[^\W\d_]{2,63}"
    # What a cut left of one.
    r"|[\w.+-]{1,64}@[\w.-]{0,255}…\Z"
)
#: Where a split goes: behind the sign of a mention or reference, inside a link's scheme or an emoji's name.
_ACTIVE = re.compile(
    r"(?P<mention>@)(?=\S)"
    r"|(?P<reference>\#)(?=\w)"
    r"|(?P<emoji>:)(?=[a-z0-9_+-]+:)"
    r"|(?P<scheme>:)(?=//)"
    # Letters of other scripts before these, and underscores, do not keep GitHub from finding them.
    r"|(?<![0-9a-z])(?:(?P<gh>gh-)(?=\d)|(?P<www>www)(?=\.)|(?P<mail>mailto|xmpp)(?=:))"
    # Inside anything that may be an object name, so that no piece is long enough for one.
    r"|(?P<name>(?<![0-9a-z])[0-9a-f]{6}|(?<=[0-9a-f]{6})[0-9a-f]{6})(?=[0-9a-f])",
    re.IGNORECASE | re.ASCII,
)
_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|~&$])")
#: What begins a list, a heading's underline or a definition at the start of a line.
_START = re.compile(r"^(\d{1,9})?([-+=:.)])")
#: A name in one backtick on each side, with the space before it and what may stay as it is behind it.
_NAMED = re.compile(r"( ?)(?<!`)(`[^`\s][^`]*`)(?!`)([ .,;)]*)")
#: Characters, looked at for each that may be shown.
_LOOKED_AT = 100
#: Shown although they are format characters: joiners that scripts and emoji need.
_JOINERS = "\u200c\u200d"
#: Marks and joiners on one character; scripts need no more, and stacks of them cover the lines above.
_MARKS = 4
#: Letters, signs and marks that show nothing: fillers, and selectors of variants but those of emoji.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\U0001d159\U000e0100-\U000e01ef]"
)


def plain(text: str, limit: int = 300) -> str:
    """`text` on one line, without what is not shown or stands on nothing, at most `limit` characters.

    Right-to-left overrides, zero-width spaces and byte-order marks are format characters, which are not shown. A text
    of nothing but such is an ellipsis: what is there must not look as if it were not.
    """
    looked_at = text[: limit * _LOOKED_AT]
    if looked_at.isascii() and looked_at.isprintable():
        line = " ".join(looked_at.split())
    else:
        line = "".join(islice(_shown(looked_at), limit + 2)).rstrip()
    if not line:
        return "…" if text.strip() else ""
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _shown(text: str) -> Iterator[str]:
    """The characters that a reader sees, white space as single spaces."""
    room, is_gap = 0, True
    for character in text:
        category = unicodedata.category(character)
        if character.isspace():
            if not is_gap:
                yield " "
            room, is_gap = 0, True
        elif category in ("Mn", "Me") or character in _JOINERS:
            if room and not _BLANK.match(character):
                room -= 1
                yield character
        elif category not in ("Cc", "Cf", "Co", "Cs", "Cn") and not _BLANK.match(character):
            room, is_gap = _MARKS, False
            yield character


# A page is made several times until it fits.
@lru_cache(maxsize=2**15)
def _without_addresses(text: str, limit: int) -> str:
    """Addresses go before the cut: half of one is still one."""
    return plain(_EMAIL.sub("…", plain(text, 4 * limit)), limit)


def markdown(text: str, limit: int = 300) -> str:
    """`text` as inline Markdown that shows it and does nothing."""
    shown = _without_addresses(text, limit)
    split = _ACTIVE.sub(lambda match: match.group(0) + SPLIT, shown)
    # GitHub reads formulas before escapes: `\$x\$` is one, unless something else stands beside the signs.
    split = split.replace("$", f"{SPLIT}${SPLIT}").replace(SPLIT * 2, SPLIT)
    return _START.sub(r"\1\\\2", _PUNCTUATION.sub(r"\\\1", split))


def code(text: str, limit: int = 120) -> str:
    """`text` as a code span: GitHub looks for no mention and no reference there."""
    # A comment's beginning is split: our own markers are looked for in the raw text.
    shown = _without_addresses(text, limit).replace("|", "¦").replace("<!--", f"<{SPLIT}!--")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def prose(text: str, limit: int = 300) -> str:
    """`text` as one inline paragraph: what stands in a pair of backticks is `code`, everything else is `markdown`.

    Backticks without a partner, and runs of them, are shown as they are.
    """
    pieces = _NAMED.split(_without_addresses(text, limit))
    # In turn: text, space, name, what follows it; text comes last, too.
    kinds = (lambda piece: markdown(piece, limit), str, lambda piece: code(piece[1:-1]), str)
    return "".join(kinds[position % 4](piece) for position, piece in enumerate(pieces))
