"""Commands for a POSIX shell as values: what is printed for readers to run, with names that may hold anything."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

#: What stands for the state before a root commit: the empty tree, which every repository knows.
NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_PLAIN = re.compile(r"[\w/.,:=@~^ -]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Step:
    """One command.

    Attributes:
        command: For a POSIX shell in the clone's directory; git, awk, grep and coreutils are enough.
        expected: What it prints, without space at the ends of lines.
        is_exact: It prints the number of the reason's sentence or the places that it names; otherwise the nearest that
            git alone can tell.
    """

    command: str
    expected: str
    is_exact: bool = True


def word(text: str) -> str:
    """One word of a command, whatever stands in it; nothing in it that a terminal would act on."""
    if text.isprintable():
        return shlex.quote(text)
    return "\"$(printf '" + "".join(_printable(char) for char in text) + "')\""


def _printable(char: str) -> str:
    return char if _PLAIN.match(char) else "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "replace"))


def words(texts: Iterable[str]) -> str:
    """Several words of a command."""
    return " ".join(word(text) for text in texts)


def can_be_named(path: str) -> bool:
    """Whether the path is known as git has it: of bytes that are no UTF-8 only a stand-in is left."""
    return "\ufffd" not in path and not path.endswith("\n")


def short(commit_sha: str | None) -> str:
    """An object name as commands write it."""
    return NOTHING if commit_sha is None else commit_sha[:12]


def shown(text: str) -> str:
    """Output as it is compared: without space at the ends of lines, and without the last line's end."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")
