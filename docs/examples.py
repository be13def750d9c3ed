"""Makes the cards of `docs/examples/` again: `PYTHONPATH=. python docs/examples.py OWNER/NAME=CLONE ...`.

From the project's folder, with a clone of each repository in `docs/examples/cards.csv`, which says which commits are
shown and what became of them. No model is asked.
"""

import csv
import sys
from pathlib import Path

from ghapp.clone import Clone
from ghapp.judging import from_signals
from ghapp.local import Style, card
from ghapp.report import commit_entry

FOLDER = Path(__file__).parent / "examples"
HEAD = """# Cards

What `ghapp assess CLONE COMMIT --format md` writes of commits of public repositories, with the history before each and
without a model. `docs/examples.py` makes them again from clones, by `cards.csv`. What became of a commit was not known
when it landed, and counts for nothing in its card. "Stayed": no later commit on the branch says that it reverts it.

| repository | commit | title | importance | risk | what became of it |
|---|---|---|---|---|---|
"""


def main() -> None:
    """Write a card for each row whose repository is among the clones, and the index of all of them."""
    clones = {name: Clone(path) for name, _, path in (argument.partition("=") for argument in sys.argv[1:])}
    with (FOLDER / "cards.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    lines = [_line(clones[row["repository"]], row) for row in rows]
    (FOLDER / "README.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _line(clone: Clone, row: dict[str, str]) -> str:
    name = f"{row['repository'].partition('/')[2]}-{row['commit'][:9]}.md"
    text = card(clone.path, row["commit"], Style("UTC", "en", "md"), None)
    (FOLDER / name).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    entry, _ = commit_entry(clone, row["commit"], from_signals)
    found = entry.assessment
    assert found is not None  # noqa: S101 - it was judged above
    title = entry.title.replace("|", "\\|").replace("#", "#\u2060")
    ratings = f"{found.importance.level} ({found.importance.points}) | {found.risk.level} ({found.risk.points})"
    return f"| {row['repository']} | [`{row['commit'][:9]}`]({name}) | {title} | {ratings} | {row['became']} |"


if __name__ == "__main__":
    main()
