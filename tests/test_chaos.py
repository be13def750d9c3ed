"""A short storm leaves everything whole; and the storm's checker notices each way of breaking the product."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.xdist_group("chaos"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes end with the suite by Linux's means"),
]
ROOT = Path(__file__).parent.parent
SMALL = {"landings": 14, "pulls": 3, "repositories": 1, "installations": 1, "days": 1, "day-seconds": 5, "repair": 2}


def chaos(*arguments, **environ):
    """Run `python -m tests.chaos`; its exit status and what it printed."""
    command = [sys.executable, "-m", "tests.chaos", "--short", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def figure(printed, name):
    return int(re.search(rf"^result: .*\b{name} (\d+)", printed, re.MULTILINE)[1])


def test_a_short_storm_loses_and_doubles_nothing():
    status, printed = chaos("--seed", "1")
    assert status == 0, printed
    assert [figure(printed, name) for name in ("missing", "doubled", "orphans", "stuck", "secrets")] == [0] * 5
    assert figure(printed, "commits") >= 100
    assert len(re.findall(r"^point: .*: [1-9]\d* of ", printed, re.MULTILINE)) == 5
    for kind in ("FLUSHALL", "kill Redis", "answer lost"):
        assert re.search(rf"^mishaps: .*{kind} [1-9]", printed, re.MULTILINE)


@pytest.mark.parametrize(
    ("sabotage", "faults", "found"),
    [("drop", 0, "missing")],
)
def test_each_sabotage_is_found(sabotage, faults, found):
    size = [f"--{name}={value}" for name, value in (SMALL | {"faults": faults}).items()]
    status, printed = chaos("--seed", "3", *size, SABOTAGE=sabotage)
    assert status == 1, printed
    assert figure(printed, found) > 0, printed
    assert "replay with make chaos SEED=3" in printed


def test_an_unknown_sabotage_is_refused():
    status, printed = chaos("--seed", "1", SABOTAGE="nonsense")
    assert status == 2
    assert "nonsense" in printed
