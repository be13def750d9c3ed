"""What became of changes: intervals, the newest that wrote a line, two weeks and no more."""

import pytest

from analysis.change import Change, FileChange
from analysis.outcomes import Outcomes, Share, is_enough, missing, wilson
from analysis.past import Message
from analysis.traces import trace_of

DAY = 86_400


#: Newcombe 1998, table I, method 3.
@pytest.mark.parametrize(
    ("bad", "n", "interval"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_intervals_are_those_that_are_published(bad, n, interval):
    assert wilson(bad, n) == pytest.approx(interval, abs=5e-5)


def test_nothing_tells_nothing():
    assert wilson(0, 0) == (0.0, 1.0)
    assert missing([Share(10, 1, 0), Share(12, 0, 1)]) == (8, 1)
    assert is_enough([Share(27, 1, 0), Share(3, 0, 2)])


def trace(number, title, patch, at, path="src/a.py", body=""):
    lines = f"@@ -1,9 +1,9 @@\n{patch}"
    change = Change(title, body, "Ann", (FileChange(path, "modified", 1, 1, lines),), committed_at=at)
    return trace_of(f"{number:040x}", at, Message("Ann", title, body), change)


def found(*traces):
    outcomes = Outcomes()
    for one in traces:
        outcomes.add(one)
    return {int(name, 16): (one.kind, int(one.by, 16)) for name, one in outcomes.found.items()}


WRITES = trace(1, "Add it", "+total = compute(first)", 0)


def fix(title="Fix wrong total", patch="-total = compute(first)\n+total = compute(last)", at=DAY, path="src/a.py"):
    return trace(2, title, patch, at, path)


def test_a_fix_that_rewrites_the_line_counts():
    assert found(WRITES, fix()) == {1: ("fixed", 2)}
    assert found(WRITES, fix(at=14 * DAY)) == {1: ("fixed", 2)}
    # A clock that was wrong.
    assert found(WRITES, fix(at=-5)) == {1: ("fixed", 2)}


@pytest.mark.parametrize(
    "other",
    [
        fix(at=14 * DAY + 1),
        fix(title="Improve total"),
        fix(title="Fix flaky test of total"),
        fix(path="src/b.py"),
        fix(patch="-    total = compute(first)\n+total = compute(first)"),
        fix(patch="-other = compute(first)\n+other = compute(last)"),
    ],
)
def test_nothing_else_does(other):
    assert found(WRITES, other) == {}


@pytest.mark.parametrize("line", ["import os.path, sys", "# compute the total", "        })", "return None"])
def test_lines_that_say_nothing_do_not_count(line):
    assert found(trace(1, "Add it", f"+{line}", 0), fix(patch=f"-{line}")) == {}


def test_the_newest_that_wrote_a_line_is_meant():
    again = trace(3, "Tidy", "-x = compute(y, z)\n+total = compute(first)", 5)
    assert found(WRITES, again, fix()) == {3: ("fixed", 2)}


def test_reverted_wins_over_fixed():
    revert = trace(4, 'Revert "Add it"', "-total = compute(last)", 2 * DAY)
    assert found(WRITES, fix(), revert) == {1: ("reverted", 4)}
    late = trace(4, 'Revert "Add it"', "-total = compute(last)", 15 * DAY)
    assert found(WRITES, late) == {}


@pytest.mark.parametrize(
    ("title", "is_release"),
    [
        ("Release 1.2.0", True),
        ("v2.0.1", True),
        ("chore: release v1.4.0-rc.1", True),
        ("Bump version to 3.1.0 (#12)", True),
        ("meta: Bump new development version", True),
        ("Start 1.45.0 development cycle (#8825)", True),
        ("Bump kafka schema version (#5600)", False),
        ("Release the lock when a worker dies", False),
        ("Update dependency x to 2.0", False),
        ("android: bump min Android SDK version to 19", False),
    ],
)
def test_releases_by_their_titles(title, is_release):
    assert trace(1, title, "+a", 0).is_release is is_release
