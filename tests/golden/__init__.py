"""What people read, held to files: the fixed history that they are made from, and how they are compared.

A change that is meant is written with `GOLDEN=write make test`; read the difference before you commit it.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ghapp.demo.sample import SampleCommit
from ghapp.reads import Repository

FOLDER = Path(__file__).parent
REPOSITORY = Repository(7, "acme/project", "https://github.com/acme/project", "main", writable=True)

_FIRST = datetime(2026, 1, 5, 1, tzinfo=UTC)
_APP = "import argparse\n\nTIMEOUT = 30\n\n\ndef first(rows):\n    return rows[0]\n"
_SAFE = _APP.replace("return rows[0]", "return rows[0] if rows else None")
_FLAG = _SAFE.replace("TIMEOUT = 30", "TIMEOUT = 5") + '\n\nparser.add_argument("--workers", default=2)\n'
_ROOT = "def opened(root, name):\n    if not name.startswith(root):\n        raise PermissionError(name)\n"
_TEST = "def test_first():\n    assert first([]) is None\n"

#: Positions of commits that tests speak of.
FLAG, HOSTILE = 3, 7

HISTORY = [
    SampleCommit("Begin", {"README.md": "# Project\n", "src/app.py": _APP, "requirements.txt": "flask==2.3.3\n"}),
    SampleCommit("Fix crash when the list is empty (#101)", {"src/app.py": _SAFE, "tests/test_app.py": _TEST}),
    SampleCommit("Fix CVE-2026-0001: refuse paths outside the root (#102)", {"src/files.py": _ROOT}, author="Zoë Świt"),
    SampleCommit("Add --workers and wait for 5 s only (#103)\n\nBecause.", {"src/app.py": _FLAG}),
    SampleCommit("Say how to install it", {"docs/install.md": "Install it.\n"}, author="Bo"),
    SampleCommit("Merge pull request #104 from bo/docs", {"docs/install.md": "Install it.\n"}, parents=(3, 4)),
    SampleCommit('Revert "Fix crash when the list is empty (#101)"', {"src/app.py": _APP, "tests/test_app.py": None}),
    SampleCommit(
        "Ping @octocat <b>now</b> | `tick` [link](https://evil.example) fixes #1 -->😀",
        {"src/a | b `c` <d>.py": "import pickle\n\npickle.loads(data)\n"},
        author="Mallory `x` | @octocat \\ #1",
    ),
    SampleCommit(
        "Bump flask from 2.3.3 to 3.0.0 (#105)", {"requirements.txt": "flask==3.0.0\n"}, author="renovate[bot]"
    ),
    SampleCommit("Typo", {"README.md": "# The project\n"}, author="Bo"),
]
HISTORY = [
    SampleCommit(one.message, one.files, one.parents, one.author, _FIRST + position * timedelta(minutes=30))
    for position, one in enumerate(HISTORY)
]


def check_golden(name: str, text: str) -> None:
    """Compare `text` with the file `name` beside this one; with `GOLDEN=write` in the environment, write it."""
    path = FOLDER / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
