"""History: the last 2,000 landed commits of a repository and what was reverted of the last 4,000, for signals to ask.

All that is known is a function of the last `REACH` commits and of nothing else: the same commit gets the same points
whether the window slid there over the whole branch or was loaded from what was stored. A revert counts when at most
`WINDOW` commits landed since what it reverts, and is remembered until `REMEMBERED` have: few commits are reverted, and
which directories they broke stays true for longer than who works there.
"""

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from analysis.landed import asked_names, is_titled, looked_up
from analysis.past import FILE_LIMIT, Past, PastFile, author_key, past_of
from analysis.references import FollowUp
from analysis.seen import Seen, seen_of

__all__ = [
    "FILE_LIMIT",
    "REACH",
    "RECENT",
    "REMEMBERED",
    "WINDOW",
    "History",
    "Past",
    "PastFile",
    "Reverted",
    "Seen",
    "author_key",
    "past_of",
    "thinned",
]

#: Commits that are known at most.
WINDOW = 2000

#: Commits among which those are known that were reverted.
REMEMBERED = 4000

#: Commits that a history is a function of: who reverts the oldest that is remembered may name one of the window before.
REACH = WINDOW + REMEMBERED

#: Commits, the newest, whose sizes a change's size is compared with.
RECENT = 400


@dataclass(slots=True)
class Reverted:
    """A commit that was reverted, and the commit that reverted it first."""

    seen: Seen
    by: Past


class History:
    """A sliding window of landed commits; commits have numbers that rise by one."""

    def __init__(self, past: Iterable[Past] = ()) -> None:
        """The history of these commits, oldest first: the last `REACH` count, those before them change nothing."""
        self._first = self._next = 0
        self._seen: dict[int, Seen] = {}
        self._named: dict[str, deque[int]] = {}
        self._touched: dict[str, deque[int]] = {}
        self._by: dict[str, deque[int]] = {}
        self._sizes: list[int] = []
        #: Commits for each area and for each scope, with and without what it has in parentheses.
        self.areas: Counter[str] = Counter()
        self.scopes: Counter[str] = Counter()
        #: The reverted commits of the last `REMEMBERED`, by number.
        self.reverted: dict[int, Reverted] = {}
        #: Those of them that left the window, for each path.
        self._left: dict[str, deque[int]] = {}
        for one in past:
            self.add(one)

    def __len__(self) -> int:
        """Commits in the window."""
        return len(self._seen)

    def __getitem__(self, number: int) -> Seen:
        """The commit with that number."""
        return self._seen[number]

    @property
    def remembered(self) -> int:
        """Among how many commits reverted ones are known."""
        return min(self._next, REMEMBERED)

    def __iter__(self) -> Iterator[Seen]:
        """The commits, oldest first."""
        return iter(self._seen.values())

    def add(self, past: Past) -> None:
        """The next commit of the branch landed."""
        if len(self._seen) == WINDOW:
            self._forget_oldest()
        number = self._next
        self._next += 1
        self._forget_reverted(number - REMEMBERED)
        seen = seen_of(past)
        self._seen[number] = seen
        for index, key in self._keys(seen):
            index.setdefault(key, deque()).append(number)
        self.areas.update(seen.areas)
        self.scopes.update(seen.scopes)
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
        return self._trail(path)[0]

    def reverted_at(self, path: str) -> list[int]:
        """Numbers of the reverted commits that touched the file that is at `path` now, newest first.

        Renames are followed in the window; before it, the file is where it was when the window begins.
        """
        found, first_path = self._trail(path)
        return [one for one in found if one in self.reverted] + [*reversed(self._left.get(first_path, ()))]

    def _trail(self, path: str) -> tuple[list[int], str]:
        """Numbers of the commits that touched a file, newest first, and where it was before the first of them."""
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
                return found, path
            path = renamed
            paths.add(path)

    def _renamed(self, number: int, path: str) -> str | None:
        files = self._seen[number].past.files
        return next((one.previous_path for one in files if one.path == path), None)

    def _keys(self, seen: Seen) -> Iterator[tuple[dict[str, deque[int]], str]]:
        """Every index and the key under which the commit stands in it; each once."""
        past = seen.past
        for path in _paths(past):
            yield self._touched, path
        for name in seen.names:
            yield self._named, name
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
        for counter, keys in ((self.areas, seen.areas), (self.scopes, seen.scopes)):
            for key in keys:
                counter[key] -= 1
                if not counter[key]:
                    del counter[key]
        if number in self.reverted:
            for path in _paths(seen.past):
                self._left.setdefault(path, deque()).append(number)

    def _forget_reverted(self, number: int) -> None:
        gone = self.reverted.pop(number, None)
        for path in _paths(gone.seen.past) if gone else ():
            self._left[path].popleft()
            if not self._left[path]:
                del self._left[path]

    def _mark(self, number: int) -> None:
        past = self._seen[number].past
        for one in past.undoes:
            target = self._found(one, number)
            if target is not None:
                self.reverted.setdefault(target, Reverted(self._seen[target], past))

    def _found(self, one: FollowUp, before: int) -> int | None:
        """Number of the newest commit before that one which has the name; None: none in the window."""
        for name in asked_names(one):
            for number in reversed(self._named.get(looked_up(name), ())):
                past = self._seen[number].past
                whole = not name.startswith("c:") or past.commit_sha.startswith(one.commit_sha)
                if number < before and whole and is_titled(past.title, one, name):
                    return number
        return None


def thinned(past: Sequence[Past], whole: int) -> list[Past]:
    """Commits without the files that no history needs: of what landed before the newest `whole`, unless reverted.

    Args:
        past: Oldest first.
        whole: At least `WINDOW`; so many of the newest commits keep their files.
    """
    reverted = reverted_names(past)
    older = [one if one.commit_sha in reverted else replace(one, files=(), has_files=False) for one in past[:-whole]]
    return [*older, *past[-whole:]]


def reverted_names(past: Iterable[Past]) -> set[str]:
    """Object names of the commits that a later one of these, oldest first, reverts; their files do not matter."""
    history, found = History(), set[str]()
    for one in past:
        history.add(one)
        if one.undoes:
            found.update(known.seen.past.commit_sha for known in history.reverted.values())
    return found


def _paths(past: Past) -> Iterable[str]:
    return dict.fromkeys(one.path for one in past.files[:FILE_LIMIT])
