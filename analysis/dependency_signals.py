"""Signals from dependencies: what a manifest, lock file or image asks for now, and what before."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analysis.facts import Facts, FileFacts, Signal, quote, seen_at, seen_in
from analysis.patch import Line
from analysis.paths import Role
from analysis.rating import Evidence
from analysis.title_signals import in_title

_VERSION = r"v?(\d+(?:\.\d+){0,3}(?:[-.+]?[A-Za-z][\w.+-]{0,30})?)"
_SIGN = r"[~^>=<! ]{0,4}"
#: How files name a dependency and its version: group 1 and group 2.
_PATTERNS = (
    # A key and a quoted version, also inside an inline table (JSON, TOML, YAML).
    re.compile(
        r"""\s*["']?([@A-Za-z][\w@/.-]{0,80})["']?\s*[:=]\s*(?:\{[^}]{0,80}version\s*=\s*)?"""
        rf"""["']{_SIGN}{_VERSION}["']"""
    ),
    # A requirement of Python, with or without quotes and extras.
    re.compile(rf"""\s*-?\s*["']?([A-Za-z][\w.-]{{0,80}})(?:\[[^\]]{{0,60}}\])?\s*(?:===?|>=|~=|<=)\s*{_VERSION}"""),
    # A module of Go.
    re.compile(rf"\s*(?:require\s+)?([a-z][\w.-]+\.[a-z]+/[\w./-]{{1,80}})\s+{_VERSION}"),
    # A gem.
    re.compile(rf"""\s*gem\s+["']([\w-]+)["'],\s*["']{_SIGN}{_VERSION}"""),
    # A build argument or variable of an image, and its base image.
    re.compile(
        rf"""\s*(?:ARG|ENV|export)?\s*([A-Z][A-Z0-9_]{{0,60}}_(?:VERSION|VER|TAG|COMMIT|REF))\s*[:=]\s*["']?{_VERSION}"""
    ),
    re.compile(rf"\s*FROM\s+([\w./-]{{1,80}}):{_VERSION}"),
)
#: Keys that carry a version but name no dependency.
_OWN = frozenset({"version", "edition", "lockfileVersion"})

_FILES = (Role.MANIFEST, Role.BUILD, Role.LOCK, Role.VENDORED)
_UPDATE = re.compile(r"\b(?:bump|upgrade|pin|unpin|downgrade)(?:s|ed|ning)?\b", re.IGNORECASE)
_STATED = re.compile(
    r"^(?:bump|update|upgrade)s? (?:dependency )?([@\w][\w@/.:-]{0,80}) (?:requirement )?from [^\s\d]{0,3}(\d\S{0,30})"
    r" to [^\s\d]{0,3}(\d\S{0,30})",
    re.IGNORECASE,
)


class Bump(NamedTuple):
    """A dependency that is asked for in another version.

    Attributes:
        name: As the manifest spells it, untrusted.
        old: Version before.
        new: Version after.
        line: Where the new version stands; None when only the title says so.
    """

    name: str
    old: str
    new: str
    line: Line | None = None

    @property
    def major(self) -> bool:
        """The first number differs, or the second where the first is 0 (no promise is made below 1.0)."""
        old, new = _numbers(self.old), _numbers(self.new)
        return old[:1] != new[:1] or (new[:1] == ["0"] and old[:2] != new[:2])


def dependency_signals(facts: Facts) -> Iterator[Signal]:
    """Dependencies that come, go or change their version; actions of workflows do not count."""
    bumped = sorted(bumps(facts.of(Role.MANIFEST, Role.BUILD)), key=lambda bump: not bump.major)
    if bumped:
        yield _bump_signal(bumped, seen_at(bump.line for bump in bumped if bump.line))
    manifests = facts.of(Role.MANIFEST)
    added, removed = _requirements(manifests, new=True), _requirements(manifests, new=False)
    for code, here, there in (("adds-dependency", added, removed), ("removes-dependency", removed, added)):
        if names := {name: found for name, found in here.items() if name not in there}:
            lines = seen_at(line for _, line in names.values())
            yield Signal(code, {"name": quote(next(iter(names))), "n": len(names)}, lines)
    if bumped:
        return
    if stated := _STATED.search(facts.title.subject):
        yield _bump_signal([Bump(stated[1], stated[2], stated[3])], in_title(facts))
    elif _says_update(facts):
        yield Signal("updates-dependencies", {}, seen_in(facts.of(*_FILES)))


def _says_update(facts: Facts) -> bool:
    claimed = facts.title.kind == "dependencies" or _UPDATE.search(facts.title.subject)
    return bool(claimed and facts.of(*_FILES))


def bumps(files: Iterable[FileFacts]) -> list[Bump]:
    """Dependencies that these files name on a removed and on an added line with different versions."""
    files = tuple(files)
    before, after = _requirements(files, new=False), _requirements(files, new=True)
    return [
        Bump(name, before[name][0], version, line)
        for name, (version, line) in after.items()
        if name in before and before[name][0] != version
    ]


def _bump_signal(bumped: list[Bump], evidence: tuple[Evidence, ...]) -> Signal:
    """One signal for all of them, by the first, which is a major one where there is any."""
    name, old, new, _ = bumped[0]
    values: dict[str, str | int] = {"name": quote(name), "old": quote(old), "new": quote(new), "n": len(bumped)}
    return Signal("bumps-major" if bumped[0].major else "bumps-dependency", values, evidence)


def _requirements(files: Iterable[FileFacts], *, new: bool) -> dict[str, tuple[str, Line]]:
    """Name -> (version, line) on the added or removed lines of these files."""
    found: dict[str, tuple[str, Line]] = {}
    for entry in files:
        lines = entry.lines and (entry.lines.added if new else entry.lines.removed)
        for line in lines or ():
            match = next((match for pattern in _PATTERNS if (match := pattern.match(line.text))), None)
            if match and match[1] not in _OWN:
                found.setdefault(match[1], (match[2], line))
    return found


def _numbers(version: str) -> list[str]:
    return re.findall(r"\d+", version)
