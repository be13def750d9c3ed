"""Characters that a reader does not see, made visible, so that a model reads what people read, and no more."""

import re

#: Controls (but tab and line feed), soft hyphens, marks of direction, joiners, separators, tags.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
#: Signs by which chat templates part turns. Servers may obey them inside data too, so their opening is split.
_TURN = re.compile(
    r"(?:<(?=[|｜][\w▁ ]{1,40}[|｜]>)|<(?=/?(?:s|start_of_turn|end_of_turn|think|bos|eos)>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS)\])|<(?=</?SYS>>))"
)


def visible(text: str) -> str:
    """`text` with hidden characters as `<U+202E>` and with a space in signs that could end a turn of the talk."""
    return _TURN.sub(lambda match: match[0] + " ", _HIDDEN.sub(lambda match: f"<U+{ord(match[0]):04X}>", text))


def one_line(text: str) -> str:
    """`text` visible and on one line."""
    return visible(text.replace("\n", " ").replace("\t", " ")).strip()
