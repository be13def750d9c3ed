"""History: the last 2,000 landed commits of a repository, indexed for what signals ask of them.

All that is known is a function of the commits in the window and of nothing else: the same commit gets the same points
whether the window slid there over the whole branch or was loaded from what was stored.
"""

import re
from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.landed import asked_names, is_titled, names_of
from analysis.past import FILE_LIMIT, Past, PastFile, author_key, past_of
from analysis.paths import PRODUCT_ROLES, path_role
from analysis.references import FollowUp
from analysis.title import read_title

__all__ = ["FILE_LIMIT", "RECENT", "WINDOW", "History", "Past", "PastFile", "Seen", "author_key", "past_of"]

#: Commits that are known at most.
WINDOW = 2000

#: Commits, the newest, whose sizes a change's size is compared with.
RECENT = 400

_AREA_DEPTH = 3
_OPENING = re.compile(r"\s*(\[[^\[\]]{1,60}\]|[^\s:()]{1,60}(?:\([^()]{0,60}\))?!?:)")
#: The area of files that are in no directory.
TOP = "/"


@dataclass(slots=True)
class Seen:
    """One commit of the window, with what was worked out once.

    Attributes:
        past: The commit.
        scope: See `scope_of`.
        is_fix: Its title claims a bug fix.
        areas: See `area_of`; of all its files.
        code: Lines added to product files.
    """

    past: Past
    scope: str
    is_fix: bool
    areas: frozenset[str]
    code: int


class History:
    """A sliding window of landed commits; commits have numbers that rise by one."""

    def __init__(self, past: Iterable[Past] = ()) -> None:
        """The window over these commits, oldest first; of more than `WINDOW` the newest."""
        self._first = self._next = 0
        self._seen: dict[int, Seen] = {}
        self._named: dict[str, deque[int]] = {}
        self._touched: dict[str, deque[int]] = {}
        self._reverting: dict[int, tuple[int | None, ...]] = {}
        self._by: dict[str, deque[int]] = {}
        self._sizes: list[int] = []
        #: Commits for each area and for each scope.
        self.areas: Counter[str] = Counter()
        self.scopes: Counter[str] = Counter()
        #: Numbers of the reverted commits in the window -> of the commit that reverts it first.
        self.reverted: dict[int, int] = {}
        for one in past:
            self.add(one)

    def __len__(self) -> int:
        """Commits in the window."""
        return len(self._seen)

    def __getitem__(self, number: int) -> Seen:
        """The commit with that number."""
        return self._seen[number]

    def __iter__(self) -> Iterator[Seen]:
        """The commits, oldest first."""
        return iter(self._seen.values())

    def add(self, past: Past) -> None:
        """The next commit of the branch landed."""
        if len(self._seen) == WINDOW:
            self._forget_oldest()
        number = self._next
        self._next += 1
        seen = _seen(past)
        self._seen[number] = seen
        for index, key in self._keys(seen):
            index.setdefault(key, deque()).append(number)
        self.areas.update(seen.areas)
        self.scopes[seen.scope] += 1
        if len(self._seen) > RECENT:
            del self._sizes[bisect_left(self._sizes, self._seen[number - RECENT].code)]
        insort(self._sizes, seen.code)
        if past.undoes:
            self._mark(number)

    def newest(self) -> Seen | None:
        """The newest commit; None: there is none."""
        return self._seen.get(self._next - 1)

    def oldest(self) -> Seen | None:
        """The oldest commit; None: there is none."""
        return self._seen.get(self._first)

    def smaller(self, code: int) -> tuple[int, int]:
        """How many of the newest commits add fewer lines of code, and how many these commits are."""
        return bisect_left(self._sizes, code), len(self._sizes)

    def by(self, author: str) -> tuple[int, ...]:
        """Numbers of an author's commits, oldest first."""
        return tuple(self._by.get(author, ())) if author else ()

    def touches(self, path: str) -> list[int]:
        """Numbers of the commits that touched the file that is at `path` now, newest first; renames are followed."""
        found: list[int] = []
        before = self._next
        paths = {path}
        while True:
            renamed = None
            for number in reversed(self._touched.get(path, ())):
                if number >= before:
                    continue
                found.append(number)
                renamed = self._renamed(number, path)
                if renamed:
                    before = number
                    break
            if not renamed or renamed in paths:
                return found
            path = renamed
            paths.add(path)

    def _renamed(self, number: int, path: str) -> str | None:
        files = self._seen[number].past.files
        return next((one.previous_path for one in files if one.path == path), None)

    def _keys(self, seen: Seen) -> Iterator[tuple[dict[str, deque[int]], str]]:
        """Every index and the key under which the commit stands in it; each once."""
        past = seen.past
        for path in dict.fromkeys(one.path for one in past.files[:FILE_LIMIT]):
            yield self._touched, path
        for name in names_of(past.commit_sha, past.pull, past.title):
            yield self._named, _key(name)
        if past.author:
            yield self._by, past.author

    def _forget_oldest(self) -> None:
        number = self._first
        seen = self._seen.pop(number)
        self._first += 1
        for index, key in self._keys(seen):
            numbers = index[key]
            numbers.popleft()
            if not numbers:
                del index[key]
        for counter, keys in ((self.areas, seen.areas), (self.scopes, (seen.scope,))):
            for key in keys:
                counter[key] -= 1
                if not counter[key]:
                    del counter[key]
        self._reverting.pop(number, None)
        if number in self.reverted:
            self._find_again(number)

    def _find_again(self, gone: int) -> None:
        """A reverted commit left the window: what named it may, by a less certain name, name another."""
        del self.reverted[gone]
        for number, found in tuple(self._reverting.items()):
            if gone in found:
                self._mark(number)

    def _mark(self, number: int) -> None:
        found = tuple(self._found(one, number) for one in self._seen[number].past.undoes)
        self._reverting[number] = found
        for target in found:
            if target is not None:
                self.reverted[target] = min(number, self.reverted.get(target, number))

    def _found(self, one: FollowUp, before: int) -> int | None:
        """Number of the newest commit before that one which has the name; None: none in the window."""
        for name in asked_names(one):
            for number in reversed(self._named.get(_key(name), ())):
                past = self._seen[number].past
                whole = not name.startswith("c:") or past.commit_sha.startswith(one.commit_sha)
                if number < before and whole and is_titled(past.title, one, name):
                    return number
        return None


def _key(name: str) -> str:
    """Object names are looked up by seven digits: messages shorten them."""
    return name[: len("c:") + 7] if name.startswith("c:") else name


def _seen(past: Past) -> Seen:
    title = read_title(past.title)
    paths = [one.path for one in past.files]
    return Seen(
        past=past,
        scope=scope_of(past.title),
        is_fix=title.kind == "bug fix",
        areas=frozenset(area_of(path) for path in paths),
        code=code_added((one.path, one.added) for one in past.files),
    )


def scope_of(title: str) -> str:
    """How a title opens: `feat(api)`, its tag, else its first word; in lower case, at most 40 characters."""
    opening = _OPENING.match(title)
    said = opening[1] if opening else title.strip().partition(" ")[0]
    return said.strip(" :,.![]").casefold()[:40]


def area_of(path: str) -> str:
    """The directory that a file belongs to, three levels deep at most; `/` for a file at the top."""
    return "/".join(path.split("/")[:-1][:_AREA_DEPTH]) or TOP


def code_added(files: Iterable[tuple[str, int]]) -> int:
    """Lines added to product files, of paths with their lines added."""
    return sum(added for path, added in files if path_role(path) in PRODUCT_ROLES)
