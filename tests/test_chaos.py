"""A short storm leaves everything whole; and the storm's checker notices each way of breaking the product."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.sabotage import broken_by, unknown

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(sys.platform != "linux", reason="processes end with the suite by Linux's means"),
]
ROOT = Path(__file__).parent.parent
#: With this seed Redis is emptied late, when there are cards to double.
SABOTAGED = {
    "seed": 87,
    "landings": 16,
    "pulls": 8,
    "repositories": 2,
    "installations": 1,
    "days": 1,
    "bulk": 0,
    "point-gap": 0,
}


def begun(*arguments, **environ):
    """`python -m tests.chaos`, running."""
    command = [sys.executable, "-m", "tests.chaos", "--short", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def ended(process):
    """Its exit status and what it printed."""
    printed, _ = process.communicate()
    return process.returncode, printed


def figure(printed, name):
    return int(re.search(rf"^result: .*\b{name} (\d+)", printed, re.MULTILINE)[1])


def test_a_short_storm_loses_and_doubles_nothing():
    status, printed = ended(begun("--seed", "3"))
    assert status == 0, printed
    assert [figure(printed, name) for name in ("missing", "doubled", "orphans", "stuck", "secrets")] == [0] * 5
    assert figure(printed, "commits") >= 80
    assert len(re.findall(r"^point: .*: [1-9]\d* of ", printed, re.MULTILINE)) == 5
    for kind in ("FLUSHALL", "kill Redis", "answer lost"):
        assert re.search(rf"^mishaps: .*{kind} [1-9]", printed, re.MULTILINE)


@pytest.mark.skipif("GHAPP_LONG_TESTS" not in os.environ, reason="a minute; `make chaos SABOTAGE=...` shows it, too")
def test_each_sabotage_is_found():
    size = [f"--{name}={value}" for name, value in SABOTAGED.items()]
    status, printed = ended(begun(*size, SABOTAGE="drop=2,skip-cursor=1,double"))
    assert status == 1, printed
    assert f"replay with make chaos SEED={SABOTAGED['seed']}" in printed
    found = set(re.findall(r"^DIFFERENCE \S+/repo-(\d)\b[^:]*: ([^:]+):", printed, re.MULTILINE))
    assert {("0", "missing"), ("1", "missing")} <= found, printed
    assert "doubled" in {kind for _, kind in found}, printed


def test_an_unknown_sabotage_is_refused():
    status, printed = ended(begun("--seed", "1", SABOTAGE="drop,nonsense"))
    assert status == 2
    assert "nonsense" in printed


def test_sabotages_are_dealt_out_among_the_repositories():
    ids = [1001, 1003, 1004, 1005]
    assert broken_by("", ids) == ""
    assert broken_by("drop", ids) == "drop:1001 1003 1004 1005"
    assert (
        broken_by("drop=9,double,skip-cursor", ids)
        == "drop=9:1001 1004,double:1001 1003 1004 1005,skip-cursor:1003 1005"
    )
    assert unknown("drop=9,double") == unknown("") == set()
    assert unknown("drop,nonsense=2") == {"nonsense=2"}
