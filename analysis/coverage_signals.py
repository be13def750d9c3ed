"""Signals from tests: tests that are gone, tests that no longer run, product code that came without any."""

import re
from collections.abc import Iterable, Iterator

from analysis.facts import Facts, Signal, added_lines, seen_at, seen_in
from analysis.patch import Line
from analysis.paths import Role
from analysis.shape_signals import code_lines

#: Lines of product code from which a change without a test is worth a word.
UNTESTED = 40

_TEST = re.compile(
    r"""
    \s*(?:(?:async\s)?def\s(test_?\w+)                                  # Python
    |func\s(Test\w+)                                                    # Go
    |(?:it|test|describe)(?:\.\w+)?\(\s*["'`]([^"'`]{1,80})             # JavaScript
    |TEST(?:_F|_P)?\(\s*(\w+,\s*\w+)                                    # googletest
    |(?:pub\s)?(?:async\s)?fn\s(test_\w+|\w+_test)                      # Rust
    |(?:public\s)?void\s(test\w+|should\w+)\()                          # JUnit and its like
    """,
    re.VERBOSE,
)
_SKIP = re.compile(
    r"""
    @(?:pytest\.mark\.(?:skip|xfail)|unittest\.(?:skip|expectedFailure)|Disabled|Ignore)
    |\b(?:pytest|self|t)\.(?:skip|skipTest|Skip|Skipf)\(|\b(?:it|test|describe)\.(?:skip|todo)\(
    |\b(?:xit|xtest|xdescribe)\(|\#\[ignore|\bGTEST_SKIP|\bDISABLED_\w+
    """,
    re.VERBOSE,
)


def coverage_signals(facts: Facts) -> Iterator[Signal]:
    """What a change does to the tests."""
    tests = facts.of(Role.TEST)
    before = _names(line for entry in tests if entry.lines for line in entry.lines.removed)
    after = _names(line for entry in tests if entry.lines for line in entry.lines.added)
    gone = [line for name, line in before.items() if name not in after]
    if len(gone) > len(after.keys() - before.keys()):
        yield Signal("removes-tests", {"n": len(gone)}, seen_at(gone))
    # A new file that skips itself where it cannot run takes nothing away.
    known = (entry for entry in tests if entry.file.status != "added")
    skipped = [line for line in added_lines(known) if _SKIP.search(line.text)]
    if skipped:
        yield Signal("skips-tests", {"n": len(skipped)}, seen_at(skipped))
    product = facts.product
    if product and not tests and code_lines(product) >= UNTESTED:
        yield Signal("no-tests", {"lines": code_lines(product)}, seen_in(product))


def _names(lines: Iterable[Line]) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for line in lines:
        if match := _TEST.match(line.text):
            found.setdefault(match[match.lastindex or 0], line)
    return found
