"""`ghapp rate`: every landed commit as of its landing, as `assess` rates it, in a file that is whole or not there."""

import csv
import json
import subprocess

import pytest
from click.testing import CliRunner

from analysis.history import WINDOW
from analysis.points import POINTS
from ghapp import rating_pass
from ghapp.cli import main
from ghapp.clone import Clone
from ghapp.rate import COLUMNS
from tests.odd_history import START, History, file, git

COUNT = 320


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A repository in which most commits are alike, one was reverted, and one makes a second try."""
    path, history = tmp_path_factory.mktemp("rate") / "tool.git", History()
    for number in range(1, COUNT):
        author = b"Bea" if number % 7 else b"Cid"
        text = b"".join(b"line %d of %d\n" % (line, number) for line in range(number % 9 + 1))
        history.commit(
            b"core: Make part %d (#%d)" % (number, number), file(b"src/p%d.py" % (number % 20), text), author=author
        )
    history.commit(b"cli: Enable caching (#900)", file(b"src/cli.py", b"a\n" * 60), author=b"Ann")
    history.commit(b'Revert "cli: Enable caching (#900)" (#901)', b"D src/cli.py\n")
    history.commit(b"cli: Enable caching (#902)", file(b"src/cli.py", b"a\n" * 61), author=b"Ann")
    history.commit(b"cli: Tidy", file(b"src/p3.py", b"x = 1\n"), author=b"Zoe")
    return path, history.write(path)


def ghapp(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def rows(path):
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def rated(clone, folder, *options):
    result = ghapp("rate", clone, *options, "--csv", folder / "out.csv")
    assert result.exit_code == 0, result.output
    return rows(folder / "out.csv")


def test_every_landed_commit_has_one_row_in_order(made, tmp_path):
    path, names = made
    found = rated(path, tmp_path)
    assert list(found[0]) == list(COLUMNS)
    assert [row["sha"] for row in found] == names
    assert {row["incomplete"] for row in found} == {"0"}


def test_a_row_says_what_assess_says(made, tmp_path):
    path, names = made
    found = {row["sha"]: row for row in rated(path, tmp_path)}
    for name in (names[0], names[150], names[250], *names[-4:]):
        said = json.loads(ghapp("assess", path, name, "--format", "json").stdout)
        row = found[name]
        assert [row["importance"], row["risk"]] == [said["importance"], said["risk"]]
        points = [
            sum(one["points"] for one in said["reasons"] if one["rating"] == side) for side in ("importance", "risk")
        ]
        assert [int(row["importance_points"]), int(row["risk_points"])] == points
        assert row["types"].split(";") == said["types"]


def test_what_was_reverted_before_the_window_counts_in_both(tmp_path):
    history = History()
    for number in range(0, 60, 2):
        history.commit(b"old: Try %d" % number, file(b"src/old/a.py", b"a = %d\n" % number))
        history.commit(b'Revert "old: Try %d"' % number, file(b"src/old/a.py", b"a = 0\n"))
    for number in range(WINDOW):
        history.commit(b"core: Set %d" % number, file(b"src/core/%d.py" % (number % 50), b"a = %d\n" % number))
    history.commit(b"new: Look", file(b"src/old/b.py", b"a = 1\n"))
    history.commit(b"old: Try again", file(b"src/old/a.py", b"a = 1\n"))
    history.write(tmp_path / "long.git")
    last = rated(tmp_path / "long.git", tmp_path)[-1]
    said = json.loads(ghapp("assess", tmp_path / "long.git", last["sha"], "--format", "json").stdout)
    reasons = {one["code"]: one for one in said["reasons"]}
    assert {"often-reverted-area", "often-reverted-scope"} <= reasons.keys()
    assert reasons["often-reverted-scope"]["text"].startswith("30 changes with titles like this (old) were reverted, ")
    assert int(last["risk_points"]) == sum(one["points"] for one in said["reasons"] if one["rating"] == "risk")


def test_a_commit_at_which_a_clone_was_cut_off_counts_nowhere(made, tmp_path):
    path, names = made
    cut = tmp_path / "cut.git"
    git(None, "clone", "-q", "--bare", "--depth", "202", f"file://{path}", str(cut))
    last = rated(cut, tmp_path)[-1]
    said = json.loads(ghapp("assess", cut, names[-1], "--format", "json").stdout)
    assert int(last["risk_points"]) == sum(one["points"] for one in said["reasons"] if one["rating"] == "risk")
    assert rated(cut, tmp_path)[0]["incomplete"] == "1"


def test_the_second_score_counts_what_fixes_follow(made, tmp_path):
    path, _ = made
    found = rated(path, tmp_path)
    # A line of product code; and sixty, which is more than most changes here add.
    assert int(found[-1]["follow_up_points"]) == POINTS["changes-product"].follow_up
    more = POINTS["changes-product"].follow_up + POINTS["larger-than-most"].follow_up
    assert int(found[-2]["follow_up_points"]) >= more > int(found[-1]["follow_up_points"])


def test_a_second_try_is_seen_by_what_landed_before_it(made):
    path, names = made
    said = json.loads(ghapp("assess", path, names[-2], "--format", "json").stdout)
    reasons = {one["code"]: one for one in said["reasons"]}
    assert {"tries-again-soon", "title-reverted", "larger-than-most"} <= reasons.keys()
    assert reasons["title-reverted"]["evidence"][0]["commit_sha"] == names[-4]


def test_nothing_later_counts(made, tmp_path):
    path, names = made
    cut = tmp_path / "cut.git"
    git(None, "clone", "-q", "--bare", str(path), str(cut))
    git(cut, "update-ref", "refs/heads/main", names[-5])
    assert rated(cut, tmp_path) == rated(path, tmp_path)[:-4]


def test_a_part_is_rated_as_in_the_whole_and_the_same_again_byte_for_byte(made, tmp_path):
    path, names = made
    whole = rated(path, tmp_path)
    day = START.date().isoformat()
    part = rated(path, tmp_path, "--since", day, "--until", day)
    assert part == [row for row in whole if row["committed_at"].startswith(day)]
    first = (tmp_path / "out.csv").read_bytes()
    rated(path, tmp_path, "--since", day, "--until", day)
    assert (tmp_path / "out.csv").read_bytes() == first
    assert len(whole) == len(names)


def test_processes_say_what_one_alone_says(made, tmp_path, monkeypatch):
    path, _ = made
    many = rated(path, tmp_path)
    monkeypatch.setattr(rating_pass, "_ALONE", 10_000)
    assert rated(path, tmp_path) == many


def test_a_clone_without_contents_is_rated_from_what_is_there(made, tmp_path):
    path, names = made
    git(path, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial.git"
    git(None, "clone", "-q", "--bare", "--filter=blob:none", f"file://{path}", str(partial))
    git(partial, "remote", "set-url", "origin", "https://nowhere.invalid/x.git")
    found = rated(partial, tmp_path)
    assert [row["sha"] for row in found] == names
    assert {row["incomplete"] for row in found} == {"1"}
    assert all(row["types"] for row in found)


@pytest.mark.parametrize("options", [("--since", "2031-01-01"), ("--until", "1999-01-01")])
def test_an_empty_range_is_said_and_leaves_what_was_there(made, tmp_path, options):
    path, _ = made
    (tmp_path / "out.csv").write_text("before")
    result = ghapp("rate", path, *options, "--csv", tmp_path / "out.csv")
    assert (result.exit_code, "no commit in that range" in result.output) == (1, True)
    assert [one.name for one in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "before"


def test_what_is_no_clone_is_said(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere"):
        result = ghapp("rate", path, "--csv", tmp_path / "out.csv")
        assert (result.exit_code, "is not a git repository" in result.output) == (1, True)
    subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True)
    assert "no commit yet" in ghapp("rate", tmp_path / "empty", "--csv", tmp_path / "out.csv").output
    assert ghapp("rate", tmp_path).exit_code == 2


def test_an_interrupted_run_leaves_nothing_behind(made, tmp_path, monkeypatch):
    path, _ = made

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("ghapp.rating_pass.assessed", interrupted)
    assert ghapp("rate", path, "--csv", tmp_path / "out.csv").exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_the_clone_itself_names_its_landings(made):
    path, names = made
    assert [name for name, _ in Clone(path).landed("main")] == names
