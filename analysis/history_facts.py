"""What a repository's history says of one change: counts that can be found again with git alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.change import FileChange
from analysis.history import History, Past, PastFile
from analysis.landed import plain_title
from analysis.past import author_key, past_files
from analysis.paths import Role, path_role
from analysis.seen import TOP, area_of, code_added, scope_of, wider

DAY = 86_400

#: Days since a revert for which it counts as a second try, and since a commit until its author is not active.
LATELY = 90
IDLE = 7

#: With fewer commits whose titles open like this one, those count that do so but for what is in parentheses.
LEAST_TITLES = 40

#: With fewer commits nothing is usual yet, so nothing is unusual.
LEAST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What a change gives to ask its history with.

    Attributes:
        title: The title that people wrote.
        author: `author_key` of the author's name; empty: not known.
        files: What it changes, in order of their paths, at most `FILE_LIMIT`.
        bot: Written by an app or a bot account.
        at: When, in seconds since the epoch; None: right after the newest commit.
    """

    title: str
    author: str
    files: tuple[PastFile, ...]
    bot: bool
    at: int | None


def asked(title: str, author: str, files: Iterable[FileChange], *, bot: bool, at: int | None) -> Asked:
    """What is asked about a change with that title and these files."""
    return Asked(title, author_key(author), past_files(files), bot, at)


@dataclass(frozen=True, slots=True)
class FileHistory:
    """One file of the change in the window.

    Attributes:
        path: Where it was before the change.
        role: What it is for.
        changes: Commits that touched it.
        fixes: Of these, those with the title of a bug fix.
        own: Of these, those of the change's author.
        is_last_own: The newest of these is the author's.
        idle: Days since the newest, rounded down.
        last: Object name of the newest.
        reverted: Reverted commits that touched it, also before the window: object names, newest first.
    """

    path: str
    role: Role
    changes: int
    fixes: int
    own: int
    is_last_own: bool
    idle: int
    last: str
    reverted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """How often commits of one kind were reverted.

    Attributes:
        name: A directory or a title's scope.
        changes: Commits of that kind in the window.
        reverted: Object names of the reverted commits of that kind, also before the window, newest first.
    """

    name: str
    changes: int
    reverted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """An earlier change that was reverted.

    Attributes:
        commit_sha: The change.
        revert_sha: What reverted it.
        where: A file, or a directory, of both.
        days: Since the revert.
    """

    commit_sha: str
    revert_sha: str
    where: str
    days: int


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """What the window says of one change.

    Attributes:
        commits: In the window.
        remembered: Commits, also before the window, among which the reverted ones are known.
        reverted: How many of these were reverted.
        code: Lines of product code that the change adds.
        smaller: Of the newest commits, those that add fewer.
        recent: How many the newest commits are.
        files: Those of the change's files that the window knows.
        areas: The directories of its files.
        scope: What its title says it is about.
        is_inactive: The author has no commit in the window that is at most 7 days old; not where it covers fewer.
        again: The author's change that was reverted last and touches one of the files.
        lately: The change that was reverted last in one of the directories; what is in none has nothing in common.
        twin: Object name of the newest reverted commit with the same title; None: there is none.
    """

    commits: int
    remembered: int
    reverted: int
    code: int
    smaller: int
    recent: int
    files: tuple[FileHistory, ...]
    areas: tuple[Rate, ...]
    scope: Rate
    is_inactive: bool
    again: Undone | None
    lately: Undone | None
    twin: str | None


def history_facts(history: History, about: Asked) -> HistoryFacts | None:
    """What the window says; None: it is too short."""
    newest, oldest = history.newest(), history.oldest()
    if len(history) < LEAST or newest is None or oldest is None:
        return None
    at = newest.past.committed_at if about.at is None else about.at
    reverts = _Reverts(history, at)
    code = code_added((one.path, one.added) for one in about.files)
    smaller, recent = history.smaller(code)
    own = history.by(about.author)
    paths = [one.previous_path or one.path for one in about.files]
    known = {path: touched for path in paths if (touched := history.touches(path))}
    scope = scope_of(about.title)
    if history.scopes[scope] < LEAST_TITLES:
        scope = wider(scope)
    areas = dict.fromkeys(area_of(path) for path in paths)
    return HistoryFacts(
        commits=len(history),
        remembered=history.remembered,
        reverted=len(history.reverted),
        code=code,
        smaller=smaller,
        recent=recent,
        files=tuple(_file(history, path, touched, about.author, at) for path, touched in known.items()),
        areas=tuple(reverts.rate(area, history.areas[area], reverts.in_area(area)) for area in areas),
        scope=reverts.rate(scope, history.scopes[scope], reverts.titled(scope)),
        is_inactive=_days(oldest.past, at) >= IDLE and all(_days(history[number].past, at) >= IDLE for number in own),
        again=reverts.again(about.author, known),
        lately=reverts.lately(areas),
        twin=reverts.twin(plain_title(about.title)),
    )


class _Reverts:
    """The reverted commits of a history, as seen at one moment."""

    def __init__(self, history: History, at: int) -> None:
        self._history, self._at = history, at
        self.numbers = sorted(history.reverted, reverse=True)

    def in_area(self, area: str) -> list[int]:
        """Numbers of those that touched a directory, newest first."""
        return [one for one in self.numbers if area in self._history.reverted[one].seen.areas]

    def titled(self, scope: str) -> list[int]:
        """Numbers of those whose titles open like that, newest first."""
        return [one for one in self.numbers if scope in self._history.reverted[one].seen.scopes]

    def rate(self, name: str, changes: int, numbers: Sequence[int]) -> Rate:
        """The rate of these reverted commits."""
        return Rate(name, changes, tuple(self._past(number).commit_sha for number in numbers))

    def again(self, author: str, known: dict[str, list[int]]) -> Undone | None:
        """The author's commit of the window that was reverted last, at most 90 days ago, and touches one of these."""
        own = [number for number in self.numbers if author and self._past(number).author == author]
        return self._last((number, path) for number in own for path, touched in known.items() if number in touched)

    def lately(self, areas: Iterable[str]) -> Undone | None:
        """The commit that was reverted last, at most 90 days ago, and touches one of these directories."""
        return self._last((number, area) for area in areas if area != TOP for number in self.in_area(area))

    def twin(self, title: str) -> str | None:
        """The newest reverted commit with that title."""
        named = (self._past(number) for number in self.numbers)
        return next((past.commit_sha for past in named if title and plain_title(past.title) == title), None)

    def _last(self, found: Iterable[tuple[int, str]]) -> Undone | None:
        """What was reverted last; of several on one day the first that landed."""
        aged = ((_days(self._history.reverted[number].by, self._at), number, where) for number, where in found)
        days, number, where = min(aged, key=lambda one: one[:2], default=(LATELY + 1, -1, ""))
        if days > LATELY:
            return None
        return Undone(self._past(number).commit_sha, self._history.reverted[number].by.commit_sha, where, days)

    def _past(self, number: int) -> Past:
        return self._history.reverted[number].seen.past


def _file(history: History, path: str, touched: list[int], author: str, at: int) -> FileHistory:
    seen = [history[number] for number in touched]
    reverted = (history.reverted[number].seen.past for number in history.reverted_at(path))
    return FileHistory(
        path=path,
        role=path_role(path),
        changes=len(seen),
        fixes=sum(1 for one in seen if one.is_fix),
        own=sum(1 for one in seen if author and one.past.author == author),
        is_last_own=bool(author) and seen[0].past.author == author,
        idle=_days(seen[0].past, at),
        last=seen[0].past.commit_sha,
        reverted=tuple(past.commit_sha for past in reverted),
    )


def _days(past: Past, at: int) -> int:
    """Whole days from a commit to a moment; 0 where clocks run backwards."""
    return max(0, at - past.committed_at) // DAY
