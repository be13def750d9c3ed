"""Hostile text made harmless in Markdown: it shows what it says and does nothing.

Nothing in it pings, links, closes, formats, hides, or opens a tag, on GitHub's own renderer; e-mail addresses are
not shown. Escaping alone is not enough, because GitHub looks for mentions, references and bare links after the
Markdown was rendered: a character that is not shown splits those (an empty comment would not: sanitising removes it).
"""

import re
import unicodedata

#: A word joiner: not shown, not a word's character, and no place to break a line.
SPLIT = "\u2060"

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?=[\w-]+\.[\w.-]+)[\w.-]{1,255}")
#: Where a split goes: behind the sign of a mention or reference, inside a link's scheme.
_ACTIVE = re.compile(
    r"(?P<sign>[@#])(?=\w)"
    r"|(?P<gh>\b[gG][hH]-)(?=\d)"
    r"|(?P<scheme>:)(?=//)"
    r"|(?P<www>\b[wW]{3})(?=\.)"
    # Inside anything that may be an object name, so that no piece is long enough for one.
    r"|(?P<name>(?<![0-9a-zA-Z])[0-9a-fA-F]{6}|(?<=[0-9a-fA-F]{6})[0-9a-fA-F]{6})(?=[0-9a-fA-F])"
    r"|(?P<mail>\b(?:mailto|xmpp))(?=:)"
)
_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|~&$])")
#: What begins a list, a heading's underline or a definition at the start of a line.
_START = re.compile(r"^(\d{1,9})?([-+=:.)])")
#: A name in one backtick on each side, with the space before it and what may stay as it is behind it.
_NAMED = re.compile(r"( ?)(?<!`)(`[^`\s][^`]*`)(?!`)([ .,;)]*)")
#: Kept as they are: joiners that scripts and emoji need.
_JOINERS = "\u200c\u200d"


def plain(text: str, limit: int = 300) -> str:
    """`text` on one line, without control, format and private characters, at most `limit` characters.

    Right-to-left overrides, zero-width spaces and byte-order marks are format characters.
    """
    cut = text[: limit * 4]
    kept = [c if _is_shown(c) else " " if c.isspace() else "" for c in cut]
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") or character in _JOINERS


def _without_addresses(text: str, limit: int) -> str:
    """Addresses go before the cut: half of one is still one."""
    return plain(_EMAIL.sub("…", plain(text, 4 * limit)), limit)


def markdown(text: str, limit: int = 300) -> str:
    """`text` as inline Markdown that shows it and does nothing."""
    shown = _without_addresses(text, limit)
    split = _ACTIVE.sub(lambda match: match.group(0) + SPLIT, shown)
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
