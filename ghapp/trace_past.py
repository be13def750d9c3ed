"""Traces the reasons that a repository's history gives: the window before a change, asked again with git."""

import re
from collections.abc import Iterable, Iterator

from analysis.history import RECENT, WINDOW, History
from analysis.history_facts import FileHistory, HistoryFacts
from analysis.rating import Reason
from ghapp.shell import Step, can_be_named, short, word, words
from ghapp.trace import MANY_PATHS, Traced, in_title, numstat
from ghapp.trace_roles import role_expressions

_LOG = "git --literal-pathspecs -c core.quotepath=off log --first-parent -m"
_RENAMES = "-M -l1000"
#: Commits of which one file has that path after them; of each the first thing that was printed.
_AT_PATH = """'/^:/ {k++; c = substr($0, 2); next} $NF == ENVIRON["P"] && k != l {l = k; print c}'"""
#: Commits of which one file is right in that directory or, three levels deep, anywhere below it.
_IN_AREA = (
    '\'function is_in(p) {if (A == "/") return p !~ "/"; if (index(p, A "/") != 1) return 0;'
    ' return split(A, x, "/") == 3 || substr(p, length(A) + 2) !~ "/"} BEGIN {A = ENVIRON["A"]}'
    " /^:/ {k++; next} k != l && is_in($NF) {l = k; n++} END {print n + 0}'"
)
#: Per cent of commits that add fewer lines to product files than this one.
_SMALLER = (
    '\'function done() {if (k++) s += n < ENVIRON["LINES"] + 0; n = 0} /^:/ {done(); next}'
    ' NF == 3 {p = tolower($3); gsub(/"/, "", p); if (p ~ /[{].* => .*[}]/)'
    ' {sub(/[{].* => /, "", p); sub(/[}]/, "", p); gsub(/\\/\\//, "/", p)} else sub(/^.* => /, "", p);'
    ' if (p !~ ENVIRON["OTHER"] && (p ~ ENVIRON["KEPT"] || p !~ ENVIRON["CONFIG"])) n += $1}'
    " END {done(); print int(100 * s / (k - 1))}'"
)
_MENDS = "fix|bug|prevent|avoid|correct|repair|handle|workaround"


class Window:
    """The commits that a change's history consists of, as git is asked for them."""

    def __init__(self, one: Traced) -> None:
        """The window of a revision that has a base."""
        self.history: History = one.revision.history
        self.clone = one.clone
        self.base = short(one.revision.base_sha)
        self.commit = short(one.revision.commit.commit_sha)
        oldest = self.history.oldest()
        cut = oldest and len(self.history) == WINDOW and self.clone.commit(oldest.past.commit_sha).parents
        self._below = f"{self.base}~{WINDOW}.." if cut else ""

    @property
    def every(self) -> str:
        """All of its commits, as `git log` takes them."""
        return self._below + self.base

    def touching(self, path: str, form: str) -> list[str]:
        """Commands that print something of each commit that touched a file, renames followed, newest first."""
        made, top, current, started = list[str](), self.base, path, True
        for number in self.history.touches(path):
            past = self.history[number].past
            started = True
            before = next((one.previous_path for one in past.files if one.path == current), None)
            if before:
                name = short(past.commit_sha)
                made.append(self._at(f"{name}~1..{top}", current, form))
                top, current, started = f"{name}~1", before, False
        return [*made, self._at(self._below + top, current, form)] if started else made

    def _at(self, commits: str, path: str, form: str) -> str:
        left = any(one.previous_path == path for seen in self.history for one in seen.past.files)
        if not left:
            return f"{_LOG} --format={form} {commits} -- {word(path)}"
        # Git lists what moved the file away, too.
        return f"{_LOG} {_RENAMES} --name-status --format=:{form} {commits} | P={word(path)} awk -F'\\t' {_AT_PATH}"

    def pairs(self, reverted: Iterable[str]) -> Iterator[Step]:
        """Reverted commits, each before the commit that reverts it, and how many there are."""
        reverters = self._reverters()
        names = [name for one in reverted for name in (one, reverters[one])]
        if not names:
            return
        subjects = self.clone.subjects(list(dict.fromkeys(names)))
        listed = " ".join(short(name) for name in names)
        command = f"for c in {listed}; do git show -s --abbrev=12 --format='%h %s' $c; done"
        yield Step(command, "\n".join(f"{name[:12]} {subjects[name]}" for name in names))

    def _reverters(self) -> dict[str, str]:
        return {one.seen.past.commit_sha: one.by.commit_sha for one in self.history.reverted.values()}

    def titles(self, numbers: Iterable[int]) -> list[str]:
        """Subjects of commits, one for each number."""
        names = [self.history[number].past.commit_sha for number in numbers]
        subjects = self.clone.subjects(list(dict.fromkeys(names))) if names else {}
        return [subjects[name] for name in names]


def larger(one: Traced, reason: Reason) -> Iterator[Step]:
    """Lines of product code, and the share of the newest commits that add fewer."""
    known, window = _known(one), Window(one)
    yield from numstat(one, reason, "$1", known.code)
    other, kept, config = (word(part) for part in role_expressions())
    log = f"{_LOG} {_RENAMES} --max-count={RECENT} --numstat --format=:%h {window.base}"
    given = f"LINES={known.code} OTHER={other} KEPT={kept} CONFIG={config}"
    yield Step(f"{log} | {given} awk -F'\\t' {_SMALLER}", str(reason.values["percent"]))


def reverted_file(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many commits touched the file, and which of them were reverted."""
    window = Window(one)
    found = next(file for file in _known(one).files if file.path == reason.values["path"])
    yield from _touches(window, (found,), "%H", "wc -l", found.changes)
    yield from window.pairs(found.reverted)


def reverted_area(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many commits touched the directory, and which of them were reverted."""
    window = Window(one)
    found = next(area for area in _known(one).areas if area.name == reason.values["name"])
    log = f"{_LOG} {_RENAMES} --name-status --format=:%h {window.every}"
    if can_be_named(found.name):
        yield Step(f"{log} | A={word(found.name)} awk -F'\\t' {_IN_AREA}", str(found.changes))
    yield from window.pairs(found.reverted)


def reverted_scope(one: Traced, _: Reason) -> Iterator[Step]:
    """How many titles have these words, and which of the commits with titles like this were reverted."""
    window, scope = Window(one), _known(one).scope
    subjects = window.clone.subjects([seen.past.commit_sha for seen in window.history]).values()
    count = sum(scope.name.lower() in subject.lower() for subject in subjects)
    log = f"git log --first-parent --format=%s {window.every}"
    yield Step(f"{log} | grep -icF -e {word(scope.name)}", str(count), is_exact=count == scope.changes)
    yield from window.pairs(scope.reverted)


def title_reverted(one: Traced, reason: Reason) -> Iterator[Step]:
    """This title, and the same one with what reverted it."""
    yield from in_title(one, reason)
    twin = _known(one).twin
    yield from Window(one).pairs([twin] if twin else [])


def again(one: Traced, _: Reason) -> Iterator[Step]:
    """The earlier change and its revert, days since that, whether the author is the same, and the file in both."""
    window, found = Window(one), _known(one).again
    if found is None:
        return
    yield from window.pairs([found.commit_sha])
    yield _days(window, f"git show -s --format=%ct {short(found.revert_sha)}", found.days)
    names = f"git show -s --format=%an {window.commit} {short(found.commit_sha)}"
    yield Step(f"{names} | tr -s ' ' | sort -fu | wc -l", "1")


def lately(one: Traced, _: Reason) -> Iterator[Step]:
    """The earlier change and its revert, days since that, and the files of the change in that directory."""
    window, found = Window(one), _known(one).lately
    if found is None:
        return
    yield from window.pairs([found.commit_sha])
    yield _days(window, f"git show -s --format=%ct {short(found.revert_sha)}", found.days)


def settled(one: Traced, reason: Reason) -> Iterator[Step]:
    """Days since the file was touched."""
    window, path = Window(one), str(reason.values["path"])
    newest = f"{window.touching(path, '%ct')[0]} | head -n 1"
    if can_be_named(path):
        yield _days(window, newest, int(reason.values["n"]))


def fix_prone(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many commits touched the files, and how many of their titles have words of fixes."""
    window = Window(one)
    files = tuple(file for file in _known(one).files if file.path in _product_paths(one))
    yield from _touches(window, files, "%H", "wc -l", int(reason.values["changes"]))
    numbers = [number for file in files for number in window.history.touches(file.path)]
    count = sum(1 for title in window.titles(numbers) if re.search(_MENDS, title, re.IGNORECASE))
    is_exact = count == reason.values["n"]
    yield from _touches(window, files, "%s", f"grep -icE {word(_MENDS)}", count, is_exact=is_exact)


def familiar(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many commits touched the files, and how many of them have the author of this one; nobody is named."""
    window, files = Window(one), _known(one).files
    yield from _touches(window, files, "%H", "wc -l", int(reason.values["changes"]))
    author = f'grep -icxF -e "$(git show -s --format=%an {window.commit})"'
    yield from _touches(window, files, "%an", author, int(reason.values["n"]))


def inactive(one: Traced, _: Reason) -> Iterator[Step]:
    """How many commits the author landed in the seven days before."""
    window = Window(one)
    given = f'N="$(git show -s --format=%an {window.commit})" T="$(git show -s --format=%ct {window.commit})"'
    own = 'tolower($2) == tolower(ENVIRON["N"]) && ENVIRON["T"] - $1 < 7 * 86400 {n++} END {print n + 0}'
    log = f"git log --first-parent --format='%ct%x09%an' {window.every}"
    yield Step(f"{log} | {given} awk -F'\\t' {word(own)}", "0")


def _touches(
    window: Window, files: Iterable[FileHistory], form: str, how: str, expected: int, *, is_exact: bool = True
) -> Iterator[Step]:
    paths = [file.path for file in files]
    if len(paths) > MANY_PATHS or not all(can_be_named(path) for path in paths):
        yield Step(
            f"git log --first-parent --format=%H {window.every} | wc -l", str(len(window.history)), is_exact=False
        )
        return
    log = _each(window, paths, form)
    yield Step(f"{log} | {how}", str(expected), is_exact=is_exact)


def _each(window: Window, paths: Iterable[str], form: str) -> str:
    """One command that prints something for each file and commit that touched it."""
    simple = f"{_LOG} --format={form} {window.every} --"
    made = {path: window.touching(path, form) for path in paths}
    plain = [path for path, commands in made.items() if commands == [f"{simple} {word(path)}"]]
    parts = [command for path, commands in made.items() if path not in plain for command in commands]
    if len(plain) == 1:
        parts = [*made[plain[0]], *parts]
    elif plain:
        parts = [f'for f in {words(plain)}; do {simple} "$f"; done', *parts]
    return parts[0] if len(parts) == 1 else "{ " + "; ".join(parts) + "; }"


def _days(window: Window, then: str, expected: int) -> Step:
    now = f"git show -s --format=%ct {window.commit}"
    return Step(f"echo $(( ($({now}) - $({then})) / 86400 ))", str(expected))


def _product_paths(one: Traced) -> set[str]:
    return {one.before[entry.file.path] for entry in one.facts.product}


def _known(one: Traced) -> HistoryFacts:
    if one.known is None:
        raise ValueError("a reason from a history that is not known")
    return one.known
