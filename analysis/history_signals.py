"""Signals from a repository's history: how usual a change's size is, what was reverted where it works, who knows it.

Every figure is a count of known commits, so that it can be found again with git alone. None names a person, and
none counts how often the author's changes were reverted: that would be a score of a person.
"""

from collections.abc import Iterable, Iterator

from analysis.facts import Signal
from analysis.history_facts import Asked, FileHistory, HistoryFacts, Rate, Undone
from analysis.paths import PRODUCT_ROLES, UNWRITTEN_ROLES
from analysis.rating import MAX_EVIDENCE, Evidence
from analysis.seen import TOP

#: Per cent of the newest commits that add fewer lines of code, and the code of the signal.
SIZES = ((93, "larger-than-most"), (80, "larger-than-many"), (60, "larger-than-usual"))
#: Lines of code below which no change is large, however small the others are.
LEAST_CODE = 5
#: How many times as often as usual (in this repository) changes were reverted, and the code of the signal.
FILES = ((2.4, "often-reverted-file"), (1.2, "reverted-file"))
AREAS = ((1.7, "often-reverted-area"), (1.2, "reverted-area"))
SCOPES = ((2.2, "often-reverted-scope"), (1.5, "reverted-scope"))
#: The same of titles whose changes were reverted less often: fewer times as often as usual than this.
QUIET_SCOPES = ((0.5, "seldom-reverted-scope"), (0.8, "less-reverted-scope"))
#: Days since a change in one of the directories was reverted, at most, and the code of the signal.
LATELY_REVERTED = ((7, "just-reverted-area"), (30, "lately-reverted-area"))
#: So many changes that were reverted as often as usual are added to each count: few changes make no high rate, nor a
#: low one.
DAMPING = 20
#: A repository in which next to nothing is reverted: one revert is still no high rate.
LEAST_RATE = 0.003

#: Days for which files are left alone, on average, until they are settled.
SETTLED_DAYS = 60
#: Days since a revert, at most, for a second try that comes soon.
SOON_DAYS = 14
#: Past changes of files of which a share of fixes says something, and that share in per cent.
LEAST_CHANGES = 8
FIX_PERCENT = 12
#: Whoever was the last to change fewer than one of so many files does not know them; who made fewer than one of so
#: many of their changes is new to them.
KNOWN_FILES = 3
KNOWN_CHANGES = 20


def history_signals(known: HistoryFacts, about: Asked) -> Iterator[Signal]:
    """Signals of one change's history; a bot knows no file, and needs not."""
    sources = (_size, _files, _areas, _scope, _again, _settled, _fixes)
    for source in sources:
        yield from source(known)
    if about.author and not about.bot:
        yield from _familiarity(known)


def _size(known: HistoryFacts) -> Iterator[Signal]:
    percent = 100 * known.smaller // max(1, known.recent)
    code = _step(percent, SIZES)
    if code and known.code >= LEAST_CODE:
        yield Signal(code, {"lines": known.code, "percent": percent, "recent": known.recent})


def _files(known: HistoryFacts) -> Iterator[Signal]:
    """The file whose changes were reverted most often; one that nobody writes is not to blame."""
    written = (one for one in known.files if one.role not in UNWRITTEN_ROLES and one.reverted)
    worst = max(written, key=lambda one: (_times_usual(one, known), one.path), default=None)
    if worst:
        values: dict[str, str | int] = {"path": worst.path, "n": len(worst.reverted), "changes": worst.changes}
        yield from _reverted(worst, known, FILES, values)


def _areas(known: HistoryFacts) -> Iterator[Signal]:
    # What stands at the top has nothing in common.
    areas = (one for one in known.areas if one.name != TOP and one.reverted)
    worst = max(areas, key=lambda one: (_times_usual(one, known), one.name), default=None)
    if worst:
        yield from _reverted(worst, known, AREAS, _counts(worst))


def _scope(known: HistoryFacts) -> Iterator[Signal]:
    scope = known.scope
    if not scope.name or not known.reverted:
        return
    times = _times_usual(scope, known)
    code = _step(times, SCOPES) or next((code for below, code in QUIET_SCOPES if times < below), None)
    if code:
        yield Signal(code, _counts(scope), _seen_in(scope.reverted))


def _counts(rate: Rate) -> dict[str, str | int]:
    return {"name": rate.name, "n": len(rate.reverted), "changes": rate.changes}


def _again(known: HistoryFacts) -> Iterator[Signal]:
    if known.twin:
        yield Signal("title-reverted", {"commit": known.twin[:9]}, _seen_in((known.twin,)))
    if known.again:
        yield _undone("tries-again-soon" if known.again.days <= SOON_DAYS else "tries-again", known.again)
    one = known.lately
    if one and (code := next((code for most, code in LATELY_REVERTED if one.days <= most), None)):
        yield _undone(code, one)


def _undone(code: str, one: Undone) -> Signal:
    values: dict[str, str | int] = {"path": one.where, "commit": one.commit_sha[:9], "n": one.days}
    return Signal(code, values, _seen_in((one.revert_sha, one.commit_sha)))


def _settled(known: HistoryFacts) -> Iterator[Signal]:
    files = known.files
    if files and sum(one.idle for one in files) >= SETTLED_DAYS * len(files):
        oldest = max(files, key=lambda one: (one.idle, one.path))
        yield Signal("settled-files", {"path": oldest.path, "n": oldest.idle}, _seen_in((oldest.last,)))


def _fixes(known: HistoryFacts) -> Iterator[Signal]:
    product = [one for one in known.files if one.role in PRODUCT_ROLES]
    changes, fixes = sum(one.changes for one in product), sum(one.fixes for one in product)
    if changes >= LEAST_CHANGES and 100 * fixes >= FIX_PERCENT * changes:
        yield Signal("fix-prone-files", {"n": fixes, "changes": changes}, _paths(product))


def _familiarity(known: HistoryFacts) -> Iterator[Signal]:
    files = known.files
    if files and KNOWN_FILES * sum(one.is_last_own for one in files) < len(files):
        own, changes = sum(one.own for one in files), sum(one.changes for one in files)
        code = "unfamiliar-files" if KNOWN_CHANGES * own >= changes else "new-to-files"
        ordered = sorted(files, key=lambda one: one.role not in PRODUCT_ROLES)
        yield Signal(code, {"n": own, "changes": changes}, _paths(ordered))
    if known.is_inactive:
        yield Signal("not-active-lately")


def _reverted(
    one: FileHistory | Rate, known: HistoryFacts, steps: tuple[tuple[float, str], ...], values: dict[str, str | int]
) -> Iterator[Signal]:
    """The signal of what was reverted more often than usual."""
    if code := _step(_times_usual(one, known), steps):
        yield Signal(code, values, _seen_in(one.reverted))


def _times_usual(one: FileHistory | Rate, known: HistoryFacts) -> float:
    usual = max(known.reverted, LEAST_RATE * known.remembered) / known.commits
    return (len(one.reverted) + DAMPING * usual) / (one.changes + DAMPING) / usual


def _step(value: float, steps: tuple[tuple[float, str], ...]) -> str | None:
    return next((code for least, code in steps if value >= least), None)


def _paths(files: Iterable[FileHistory]) -> tuple[Evidence, ...]:
    return tuple(Evidence(one.path) for one in files)[:MAX_EVIDENCE]


def _seen_in(names: Iterable[str]) -> tuple[Evidence, ...]:
    return tuple(Evidence(commit_sha=name) for name in names)[:MAX_EVIDENCE]
