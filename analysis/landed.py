"""Landed changes by the names that later messages use: object name, pull request, title."""

import hashlib
import re
from collections.abc import Iterator

from analysis.references import FollowUp

#: Characters of a title that was cut by which it can still be found.
HEAD = 40
_NUMBERS = re.compile(r"(?:\s*\(?#\d{1,9}\)?)+\s*$")
_CUT = re.compile(r"\s*(?:…|\.\.\.)\s*$")


def plain_title(title: str) -> str:
    """A title as people repeat it: in one case, without quotes, numbers at its end, and what is cut."""
    text = _NUMBERS.sub("", _CUT.sub("", title)).replace("]", "] ")
    return " ".join(re.sub(r"""["'`“”‘’]""", "", text).casefold().split()).strip(" .")


def names_of(commit_sha: str, pull: int | None, title: str) -> Iterator[str]:
    """The names under which a landed change can be found: `c:` object name, `p:` number, `t:` title, `h:` its head."""
    yield f"c:{commit_sha}:"
    if pull:
        yield f"p:{pull}:"
    plain = plain_title(title)
    if plain:
        yield f"t:{_short(plain)}:"
    if len(plain) >= HEAD:
        yield f"h:{_short(plain[:HEAD])}:"


def asked_names(one: FollowUp) -> Iterator[str]:
    """The beginnings of names to look for, the most certain first."""
    if one.commit_sha:
        yield f"c:{one.commit_sha}"
    if one.pull:
        yield f"p:{one.pull}:"
    plain = plain_title(one.title)
    if plain:
        yield f"t:{_short(plain)}:"
    if _CUT.search(one.title) and len(plain) >= HEAD:
        yield f"h:{_short(plain[:HEAD])}:"


def is_titled(title: str, one: FollowUp, name: str) -> bool:
    """Whether a change that was found by a name is the one that is named: a title's head alone does not tell."""
    return not name.startswith("h:") or plain_title(title).startswith(plain_title(one.title))


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


class Landed:
    """Landed changes in memory, added oldest first."""

    def __init__(self) -> None:
        """Nothing has landed."""
        self._found: dict[str, tuple[str, str]] = {}

    def add(self, commit_sha: str, pull: int | None, title: str) -> None:
        """Remember a change; of several with one name, the newest is meant."""
        for name in names_of(commit_sha, pull, title):
            self._found[looked_up(name)] = (commit_sha, title)

    def find(self, one: FollowUp) -> str | None:
        """The object name of what is named; None when it is not known."""
        for name in asked_names(one):
            commit_sha, title = self._found.get(looked_up(name), ("", ""))
            whole = commit_sha.startswith(one.commit_sha) or not name.startswith("c:")
            if commit_sha and whole and is_titled(title, one, name):
                return commit_sha
        return None


def looked_up(name: str) -> str:
    """How a name is looked up: an object name by seven digits, since messages shorten them."""
    return name[: len("c:") + 7] if name.startswith("c:") else name
