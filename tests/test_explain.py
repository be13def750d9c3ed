"""`ghapp assess --explain`: every command that it prints is run by a real shell, and prints what is expected."""

import json
import os
import re
import subprocess
import unicodedata
from datetime import timedelta

import pytest
from click.testing import CliRunner

from analysis.points import POINTS
from ghapp.cli import main
from ghapp.clone import Clone
from ghapp.explain import explain, explain_text
from ghapp.phrases import phrases
from ghapp.report import read_revision
from ghapp.shell import shown, word
from ghapp.trace_roles import posix
from ghapp.trace_table import TRACERS
from tests.odd_history import NAMES, START, History, file

ALONE = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
CODE = b"import asyncio\n\ndef f(a):\n    if a == 1:\n        return eval(a)\n    raise ValueError\n"
#: Values of reasons that are no counts of what a command lists.
PAIRED = {code for code in POINTS if code.endswith(("reverted-file", "reverted-area", "reverted-scope"))}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A repository with a revert, a second try, renames, a merge and hostile names, and the commits to explain."""
    path, history = tmp_path_factory.mktemp("explain") / "tool.git", History()
    for number in range(1, 260):
        text = b"".join(b"line %d of %d\n" % (line, number) for line in range(number % 9 + 1))
        changes = [file(b"src/core/p%d.py" % (number % 20), text), file(b"docs/%d.md" % (number % 3), text)]
        history.commit(
            b"core: %s part %d (#%d)" % (b"Fix" if number % 5 else b"Make", number, number), *changes[: 1 + number % 2]
        )
    history.commit(b"Move", b"R src/core/p3.py src/core/moved.py\n", author=b"Bea")
    history.commit(b"cli: Enable caching (#900)", file(b"src/cli.py", b"a = 1\n" * 60), author=b"Cid")
    history.commit(b'Revert "cli: Enable caching (#900)" (#901)', b"D src/cli.py\n")
    later = START + timedelta(days=80)
    history.commit(
        b"cli: Enable caching (#902)\n\nIt had been rolled back.", file(b"src/cli.py", CODE * 12), author=b"Cid"
    )
    trunk = history.count
    history.commit(b"Side", file(b"src/side.py", CODE), parents=[trunk], at=later)
    history.commit(
        b"Merge branch 'side' into main\n\nAdd a side", file(b"src/side.py", CODE), parents=[trunk, trunk + 1], at=later
    )
    history.commit(b"Odd names", *map(file, NAMES), *(file(b"src/" + name + b".py", CODE) for name in NAMES), at=later)
    history.commit(
        b"fix: Crash [x] $(touch y) `z`", file(b"src/core/moved.py", CODE * 3), file(b"src/core/new.py", CODE), at=later
    )
    limits = b'TIMEOUT = 5\nparser.add_argument("--deep", default=3)\nos.environ["X_Y"]\n'
    history.commit(
        b"Add options",
        file(b"src/core/new.py", limits),
        file(b"tests/test_a.py", b"def test_a():\n    pass\n"),
        at=later,
    )
    history.commit(
        b"feat!: Drop options",
        file(b"src/core/new.py", limits.replace(b"5", b"9")[:12]),
        file(b"tests/test_a.py", b""),
        at=later,
    )
    history.commit(b"Bump left-pad", file(b"requirements.txt", b"left-pad==1.0.0\nright-pad==1.0\n"), at=later)
    history.commit(
        b"Bump left-pad", file(b"requirements.txt", b"left-pad==2.0.0\nmid-pad==1\n"), author=b"d[bot]", at=later
    )
    history.commit(
        b"ci: Run more",
        file(b".github/workflows/a.yml", b"permissions:\n  contents: write\n"),
        file(b"Makefile"),
        at=later,
    )
    history.commit(b"docs: Tell more", file(b"README.md", b"b\n"), at=later)
    history.commit(
        b"db: Add table",
        file(b"migrations/1.sql", b"create table t (a int);\n"),
        file(b"api/x.proto", b"message A {}\n"),
        at=later,
    )
    names = history.write(path)
    return path, names


def commits(made):
    path, names = made
    chosen = [names[0], names[100], names[258], *names[259:]]
    return [(Clone(path), name) for name in chosen]


def output(path, command):
    done = subprocess.run(["sh", "-c", command], cwd=path, env=ALONE, capture_output=True, check=False)
    assert not done.stderr, (command, done.stderr)
    return shown(done.stdout.decode("utf-8", "replace"))


def explained(made):
    for clone, name in commits(made):
        yield clone.path, explain(clone, read_revision(clone, name))


def test_every_command_prints_what_is_expected(made):
    seen = set()
    for path, one in explained(made):
        for code, steps in one.steps.items():
            seen.add(code)
            assert steps
            for step in steps:
                assert output(path, step.command).strip() == shown(step.expected).strip(), (
                    one.title,
                    code,
                    step.command,
                )
                assert "\n" not in step.command
    assert len(seen) > 40, sorted(POINTS.keys() - seen)


def test_what_is_printed_are_the_numbers_of_the_reasons(made):
    for _, one in explained(made):
        for _, rating in one.ratings:
            for reason in rating.reasons:
                steps = one.steps[reason.code]
                printed = [step.expected for step in steps if step.is_exact]
                numbers = {int(text) for text in printed if re.fullmatch(r"\d+", text)}
                told = dict(reason.values)
                if reason.code in PAIRED and (count := told.pop("n")):
                    assert len(printed[-1].split("\n")) == 2 * count
                told.pop("recent", None)
                if all(step.is_exact for step in steps) and not any(place.line for place in reason.evidence):
                    assert {value for value in told.values() if isinstance(value, int)} <= numbers, (reason, steps)


def test_points_add_up_to_the_ratings(made):
    path, names = made
    for name in names[259:]:
        done = CliRunner().invoke(main, ["assess", str(path), name, "--explain", "--format", "json"])
        found = json.loads(done.stdout)
        for side in ("importance", "risk"):
            assert sum(row["points"] for row in found["explain"] if row["rating"] == side) == found[f"{side}_points"]
        assert {(row["code"], row["rating"]) for row in found["explain"]} == {
            (one["code"], one["rating"]) for one in found["reasons"]
        }


def test_every_code_has_commands():
    assert TRACERS.keys() == POINTS.keys()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_text_shows_commands_and_no_control_characters(made, language):
    for _, one in explained(made):
        text = explain_text(one, phrases(language))
        assert not [char for char in text if unicodedata.category(char) == "Cc" and char not in "\n\t"]
        assert text.count("      $ ") == sum(
            len(one.steps[reason.code]) for _, rating in one.ratings for reason in rating.reasons
        )


def test_ranges_are_explained(made):
    path, names = made
    one = explain(Clone(path), read_revision(Clone(path), f"{names[-8]}..{names[-1]}"))
    for steps in one.steps.values():
        for step in steps:
            assert output(path, step.command).strip() == shown(step.expected).strip()


def test_words_and_expressions():
    for text in ("a b", "it's", "$(touch x)", "-x", "a\nb", "tab\t", "100%\x07", "é🎉"):
        assert output(".", f"printf %s {word(text)}") == shown(text)
    assert posix(r"^\.x/(?!a|(?:b)c)(?:[\w.-]+\.md|\d)$") == "^[.]x/([A-Za-z0-9_.-]+[.]md|[0-9])$"
