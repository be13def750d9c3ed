"""What a history works out of each commit, once: how its title opens, where it works, how much code it adds."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.landed import looked_up, names_of
from analysis.past import Past
from analysis.paths import PRODUCT_ROLES, path_role
from analysis.title import read_title

_AREA_DEPTH = 3
_OPENING = re.compile(r"\s*(\[[^\[\]]{1,60}\]|[^\s:()]{1,60}(?:\([^()]{0,60}\))?!?:)")
#: The area of files that are in no directory.
TOP = "/"


@dataclass(slots=True)
class Seen:
    """One commit of the window, with what was worked out once.

    Attributes:
        past: The commit.
        names: Under which it is looked up when a later one names it.
        scopes: See `scope_of`; and without what it has in parentheses.
        is_fix: Its title claims a bug fix.
        areas: See `area_of`; of all its files.
        code: Lines added to product files.
    """

    past: Past
    names: tuple[str, ...]
    scopes: frozenset[str]
    is_fix: bool
    areas: frozenset[str]
    code: int


def seen_of(past: Past) -> Seen:
    """What is worked out of a commit."""
    scope = scope_of(past.title)
    paths = [one.path for one in past.files]
    return Seen(
        past=past,
        names=tuple(looked_up(name) for name in names_of(past.commit_sha, past.pull, past.title)),
        scopes=frozenset((scope, wider(scope))),
        # What has no files is never in a window that is asked.
        is_fix=past.has_files and read_title(past.title).kind == "bug fix",
        areas=frozenset(area_of(path) for path in paths),
        code=code_added((one.path, one.added) for one in past.files),
    )


def scope_of(title: str) -> str:
    """How a title opens: `feat(api)`, its tag, else its first word; in lower case, at most 40 characters."""
    opening = _OPENING.match(title)
    said = opening[1] if opening else title.strip().partition(" ")[0]
    return said.strip(" :,.![]").casefold()[:40]


def wider(scope: str) -> str:
    """A scope without what it has in parentheses: `feat` of `feat(api)`."""
    return scope.partition("(")[0]


def area_of(path: str) -> str:
    """The directory that a file belongs to, three levels deep at most; `/` for a file at the top."""
    return "/".join(path.split("/")[:-1][:_AREA_DEPTH]) or TOP


def code_added(files: Iterable[tuple[str, int]]) -> int:
    """Lines added to product files, of paths with their lines added."""
    return sum(added for path, added in files if path_role(path) in PRODUCT_ROLES)
