"""Claims in a model's text that the change itself must bear out: names in backticks, and figures."""

import re
from collections.abc import Iterator

from analysis.change import Change
from analysis.figures import Figures
from analysis.hunks import hunks_of

_BACKTICKS = re.compile(r"`+")
_SPAN = re.compile(r"`([^`]{1,200})`")
_PIECE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_QUALIFIED = re.compile(r"[\w$]+(?:(?:\.|::|->|#)[\w$]+)+", re.ASCII)

#: Names that are looked up for one answer: a large change is searched for each.
_MOST_NAMES = 300

#: Ends of sentences; not behind usual abbreviations, and not before a small letter.
_SENTENCE = re.compile(
    r"(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)(?<!\bca\.)(?<!\bcf\.)(?<=[.!?])\s+(?![a-z])|(?<=[。！？；])\s*|\n+"
)


class ChangeText:
    """What a change says, for asking whether it says something."""

    def __init__(self, change: Change) -> None:
        """Read the change's text once: title, body, paths and lines, without the numbers of hunks."""
        lines = (change.title, *change.body.split("\n"), *_paths(change), *_lines(change))
        self.text = "\n".join(lines)
        self.figures = Figures(change, lines)
        self._known: dict[str, bool] = {}

    def has_name(self, name: str) -> bool:
        """Whether a name (of code, a file, a flag) occurs in the change, as whole words; `a.b()` by its parts, too."""
        if name not in self._known and len(self._known) < _MOST_NAMES:
            self._known[name] = self._occurs(name)
        return self._known.get(name, False)

    def _occurs(self, name: str) -> bool:
        bare = name.strip()
        if any(self._has_word(one) for one in (bare, re.sub(r"\(.*\)$", "", bare), bare.strip("./")) if one):
            return True
        qualified = _QUALIFIED.fullmatch(re.sub(r"\(.*\)$", "", bare))
        return bool(qualified) and all(self._has_word(piece) for piece in _PIECE.findall(bare.partition("(")[0]))

    def _has_word(self, text: str) -> bool:
        if text not in self.text:
            return False
        left, right = (r"(?<![A-Za-z0-9_])" if text[0].isalnum() else ""), r"(?![A-Za-z0-9_])"
        return re.search(left + re.escape(text) + (right if text[-1].isalnum() else ""), self.text) is not None


def named(text: str, said: ChangeText) -> tuple[str, int]:
    """`text` with backticks only around names that occur in the change, and how many others lost theirs."""
    flagged = 0
    parts: list[str] = []
    end = 0
    single = _BACKTICKS.sub("`", text)
    for span in _SPAN.finditer(single):
        known = said.has_name(span[1])
        flagged += not known
        parts += [single[end : span.start()].replace("`", ""), span[0] if known else span[1]]
        end = span.end()
    return "".join(parts) + single[end:].replace("`", ""), flagged


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its closing sign, without the space between them."""
    return [part.strip() for part in _SENTENCE.split(text) if part and part.strip()]


def joined(parts: list[str]) -> str:
    """Sentences as one text again; Chinese ones need no space between them."""
    text = ""
    for part in parts:
        text += part if not text or text[-1] in "。！？；" else f" {part}"
    return text


def _paths(change: Change) -> Iterator[str]:
    for file in change.files:
        yield file.path
        if file.previous_path:
            yield file.previous_path


def _lines(change: Change) -> Iterator[str]:
    """Every line of every patch, without numbers of hunks; a patch that cannot be read, as it is."""
    for file in change.files:
        hunks = hunks_of(file)
        if hunks is None:
            yield from (file.patch or "").split("\n")
            continue
        for hunk in hunks:
            yield hunk.heading
            yield from (line.text for line in hunk.lines)
