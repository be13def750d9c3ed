"""The table of signals of docs/ratings.md: `PYTHONPATH=. python docs/signal_table.py` writes it there again."""

import re
import sys
import tomllib
from pathlib import Path

from analysis.points import POINTS, WITH_HISTORY, Points
from ghapp.phrases import TEMPLATES

SENTENCES = TEMPLATES / "text" / "en" / "signals.toml"
PAGE = Path(__file__).parent / "ratings.md"
BEGIN, END = "<!-- signals -->\n", "<!-- /signals -->\n"


def table() -> str:
    """A row for each code: its points, and the sentence that a card shows."""
    rows = ["| signal | importance | risk | follow-up | what a card says |", "|---|---:|---:|---:|---|"]
    rows += [
        f"| `{code}` | {_signed(points.importance)} | {_risk(code)} | {_signed(points.follow_up)} | {_sentence(code)} |"
        for code, points in POINTS.items()
    ]
    return "\n".join(rows) + "\n"


def filled(page: str) -> str:
    """The page with the table as the code has it."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def _risk(code: str) -> str:
    points: Points | None = WITH_HISTORY.get(code)
    return _signed(POINTS[code].risk) + ("" if points is None else f" ({_signed(points.risk)} with history)")


def _signed(points: int) -> str:
    return f"{points:+d}" if points else "0"


def _sentence(code: str) -> str:
    text = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))["reasons"][code]
    return re.sub(r"\{(\w+)\}", r"*\1*", text if isinstance(text, str) else text["other"])


def main() -> None:
    """Write the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(filled(page), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(POINTS)} signals\n")


if __name__ == "__main__":
    main()
