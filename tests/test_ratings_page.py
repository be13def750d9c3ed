"""docs/ratings.md: its table of signals is the code's, and so are the numbers in its words."""

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from analysis.history import RECENT, REMEMBERED, WINDOW
from analysis.history_facts import LEAST
from analysis.points import POINTS
from analysis.rating import IMPORTANCE_BANDS, RISK_BANDS, RISK_BANDS_ALONE

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "ratings.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def signal_table():
    spec = importlib.util.spec_from_file_location("signal_table", DOCS / "signal_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("signal_table", None)


def test_the_table_of_signals_is_the_codes(signal_table):
    assert signal_table.filled(PAGE) == PAGE, "run docs/signal_table.py"
    assert all(f"| `{code}` |" in PAGE for code in POINTS)


def test_numbers_in_words_are_the_codes():
    words = " ".join(PAGE.split())
    high, medium = IMPORTANCE_BANDS
    assert f"Importance is high from {high} points and medium from {medium}" in words
    high, medium = RISK_BANDS
    assert f"risk is high from {high} and medium from {medium}" in words
    high, medium = RISK_BANDS_ALONE
    assert f"no history to add to the points, from {high} and {medium}" in words
    assert f"the {WINDOW:,} commits before it" in words
    assert f"reverted among the {REMEMBERED:,} commits before it" in words
    assert f"the newest {RECENT} tell the usual size. With fewer than {LEAST}" in words


def test_every_example_is_there_and_listed():
    index = (DOCS / "examples" / "README.md").read_text(encoding="utf-8")
    with (DOCS / "examples" / "cards.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    names = {f"{row['repository'].partition('/')[2]}-{row['commit'][:9]}.md" for row in rows}
    assert {path.name for path in (DOCS / "examples").glob("*.md")} == names | {"README.md"}
    assert all(f"({name})" in index for name in names)
    assert (len(names), len({row["repository"] for row in rows})) == (20, 5)
