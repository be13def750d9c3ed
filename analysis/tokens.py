"""Tokens: how many a text may be at the most, when the model's own tokenizer is not at hand.

The estimate looks at kinds of characters, because that is what tokenizers differ by least:

* Letters: the byte-pair vocabularies in use take 3.6 to 5 letters of code or English to a token; 3.5 is counted.
* Digits: some vocabularies take three to a token, others each alone; each is counted.
* Punctuation of code: pairs such as `()` or `):` are often one token; two tokens are counted for three signs.
* White space: an indent goes with its line's end, a single space with the word behind it; one token is counted for an
  end of line and one for ten spaces.
* Long runs of letters and digits without a break (Base64, hashes) hardly repeat, so 1.5 characters to a token.
* Other scripts, by their length in UTF-8: two bytes (Greek, Cyrillic, accents) 1 token, three bytes (Chinese,
  Japanese, Korean) 1.5, four bytes (emoji, rare characters) 3.

So it stays above what vocabularies of 100,000 tokens and more count, for code by a fifth to a half.
"""

import math
import re

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
_DIGITS = b"0123456789"
_SPACES = b" \t"
_PUNCTUATION = b"!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~"
#: First bytes of characters of two, three and four bytes.
_TWO, _THREE, _FOUR = bytes(range(0xC2, 0xE0)), bytes(range(0xE0, 0xF0)), bytes(range(0xF0, 0xF5))
_RANDOM = re.compile(rb"(?=[A-Za-z+/_-]{0,40}\d)[A-Za-z0-9+/_-]{32,}")

_WEIGHTS = (
    (_LETTERS, 1 / 3.5),
    (_DIGITS, 1.0),
    (_SPACES, 0.1),
    (_PUNCTUATION, 0.67),
    (b"\n", 1.0),
    (_TWO, 1.0),
    (_THREE, 1.5),
    (_FOUR, 3.0),
)
_RANDOM_WEIGHT = 1 / 1.5


def estimate(text: str) -> int:
    """How many tokens `text` may be at the most; see the module's text for the reasoning. 0 for an empty text."""
    data = text.encode("utf-8", "replace")
    random = sum(len(run) for run in _RANDOM.findall(data))
    rest = _RANDOM.sub(b"", data) if random else data
    known = sum(weight * (len(rest) - len(rest.translate(None, kind))) for kind, weight in _WEIGHTS)
    controls = len(rest) - len(rest.translate(None, bytes(range(0x20)).replace(b"\t", b"").replace(b"\n", b"")))
    return math.ceil(known + controls + random * _RANDOM_WEIGHT)
