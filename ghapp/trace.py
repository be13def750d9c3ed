"""Traces the reasons that a change gives by itself: the commands that show what each was seen in."""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from analysis.assess import examined
from analysis.facts import Facts, FileFacts, facts_of, quote
from analysis.history_facts import HistoryFacts, history_facts
from analysis.paths import Role, path_area
from analysis.rating import Evidence, Reason
from ghapp.clone import Clone
from ghapp.report import Revision
from ghapp.shell import Step, can_be_named, short, word, words

#: A command that names more files than these is not for people.
MANY_PATHS = 40

_DIFF = "git --literal-pathspecs diff -M -l1000"


@dataclass(frozen=True, eq=False)
class Traced:
    """What reasons are traced in.

    Attributes:
        clone: Where the revision is.
        revision: The revision.
        facts: What its change says.
        known: What its history says; None: nothing.
    """

    clone: Clone
    revision: Revision
    facts: Facts
    known: HistoryFacts | None

    @functools.cached_property
    def ends(self) -> str:
        """What is compared, as `git diff` takes it."""
        return f"{short(self.revision.base_sha)} {short(self.revision.commit.commit_sha)}"

    @functools.cached_property
    def before(self) -> dict[str, str]:
        """Where each file was before the change."""
        return {one.path: one.previous_path or one.path for one in self.revision.change.files}

    @functools.cache  # noqa: B019 - lives as long as one command
    def lines(self, commit_sha: str, path: str) -> list[str]:
        """The lines of a file."""
        return (self.clone.file(commit_sha, path) or b"").decode("utf-8", "replace").split("\n")


Tracer = Callable[[Traced, Reason], Iterable[Step]]


def traced(clone: Clone, revision: Revision) -> Traced:
    """A revision, read for tracing its reasons."""
    known = history_facts(revision.history, examined(revision.change).asked)
    return Traced(clone, revision, facts_of(revision.change), known)


def at_lines(one: Traced, reason: Reason) -> Iterator[Step]:
    """The lines that the reason was seen in; of a reason that was seen in the title, the title."""
    places: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for place in reason.evidence:
        for commit_sha, path, text in _sides(one, place):
            places[commit_sha, path][place.line or 0] = text
            break
    for (commit_sha, path), lines in places.items():
        wanted = " || ".join(f"NR == {number}" for number in sorted(lines))
        command = f"git show {word(f'{short(commit_sha)}:{path}')} | awk {word(wanted)}"
        yield Step(command, "\n".join(lines[number] for number in sorted(lines)))
    if not places:
        yield from in_title(one, reason) if not any(place.path for place in reason.evidence) else all_files(one, reason)


def _sides(one: Traced, place: Evidence) -> Iterator[tuple[str, str, str]]:
    """The commit, path and line in which a place is found: after the change, else before it."""
    if not place.path or not place.line:
        return
    revision = one.revision
    sides = [(revision.commit.commit_sha, place.path)]
    if revision.base_sha:
        sides.append((revision.base_sha, one.before.get(place.path, place.path)))
    for commit_sha, path in sides:
        lines = one.lines(commit_sha, path) if can_be_named(path) else []
        if place.line <= len(lines) and quote(lines[place.line - 1][:300].rstrip()) == place.quote:
            yield commit_sha, path, lines[place.line - 1]


def in_title(one: Traced, reason: Reason) -> Iterator[Step]:
    """The title that people wrote, and where the reason has words that stand elsewhere in the message, how often."""
    commit = one.revision.commit
    show = f"git show -s --format=%B {short(commit.commit_sha)}"
    titles = [commit.title]
    if one.facts.title.text.strip() != commit.title[:300].strip():
        titles.append(next((line for line in commit.body.split("\n") if line.strip()), ""))
    yield Step(f"{show} | awk 'NF && k++ < {len(titles)}'", "\n".join(title.strip() for title in titles))
    what = str(reason.values.get("what", ""))
    if what and what.casefold() not in "\n".join(titles).casefold():
        count = sum(what.casefold() in line.casefold() for line in [commit.title, *commit.body.split("\n")])
        yield Step(f"{show} | grep -icF -e {word(what)}", str(count))


def by_bot(one: Traced, _: Reason) -> Iterator[Step]:
    """Whether the author's name or address is a bot's; neither is shown."""
    yield Step(f"git show -s --format='%an %ae' {short(one.revision.commit.commit_sha)} | grep -c '\\[bot\\]'", "1")


def all_files(one: Traced, _: Reason) -> Iterator[Step]:
    """How many files change."""
    count = len(one.revision.change.files)
    yield Step(f"git diff --name-only -M -l1000 {one.ends} | wc -l", str(count), is_exact=False)


def only_files(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many files change, of a change all whose files are of one kind."""
    for step in all_files(one, reason):
        yield Step(step.command, step.expected)


def of(*roles: Role) -> Tracer:
    """How many files of these roles change, by their names."""

    def trace(one: Traced, reason: Reason) -> Iterator[Step]:
        yield from _count(one, reason, one.facts.of(*roles), "wc -l")

    return trace


def plumbing(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many build and CI files change; manifests are among them where a person edits them."""
    roles = (Role.CI, Role.BUILD) if one.facts.change.bot else (Role.CI, Role.BUILD, Role.MANIFEST)
    yield from _count(one, reason, one.facts.of(*roles), "wc -l")


def product(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many product files change."""
    yield from _count(one, reason, one.facts.product, "wc -l")


def named_files(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many of the product files are those that the reason names, or are like them."""
    names = {place.path for place in reason.evidence}
    entries = [entry for entry in one.facts.product if entry.file.path in names]
    yield from _count(one, reason, entries, "wc -l")


def areas(one: Traced, reason: Reason) -> Iterator[Step]:
    """How many areas the product files are in."""
    count = len({path_area(entry.file.path) for entry in one.facts.product})
    top = 'awk -F/ \'{print (NF > 2 ? $1 "/" $2 : NF > 1 ? $1 : "/")}\' | sort -u | wc -l'
    yield from _count(one, reason, one.facts.product, top, count)


def size(one: Traced, reason: Reason) -> Iterator[Step]:
    """Lines added and removed in product files, blank and moved ones among them."""
    total = sum(entry.file.added + entry.file.deleted for entry in one.facts.product)
    for step in numstat(one, reason, "$1 + $2", total):
        yield Step(step.command, step.expected, is_exact=step.is_exact and total == reason.values.get("lines"))


def numstat(one: Traced, reason: Reason, what: str, expected: int) -> Iterator[Step]:
    """Lines of product files, added up."""
    paths = _paths(one, one.facts.product)
    if paths is None:
        yield from all_files(one, reason)
        return
    command = f"{_DIFF} --numstat {one.ends} -- {paths} | awk '{{n += {what}}} END {{print n + 0}}'"
    yield Step(command, str(expected)) if paths else Step("echo 0", "0")


def _count(
    one: Traced, reason: Reason, entries: Iterable[FileFacts], how: str, expected: int | None = None
) -> Iterator[Step]:
    entries = list(entries)
    paths = _paths(one, entries)
    if not paths:
        yield from all_files(one, reason)
        return
    count = len(entries) if expected is None else expected
    is_exact = count == reason.values.get("n", count)
    yield Step(f"{_DIFF} --name-only {one.ends} -- {paths} | {how}", str(count), is_exact=is_exact)


def _paths(one: Traced, entries: Iterable[FileFacts]) -> str | None:
    """Names of the files, before and after, as a command names them; None: too many, or they cannot be named."""
    names = [name for entry in entries for name in (entry.file.path, one.before[entry.file.path])]
    if len(names) > 2 * MANY_PATHS or not all(can_be_named(name) for name in names):
        return None
    return words(dict.fromkeys(names))
