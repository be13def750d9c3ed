"""Patches: what is added and removed, with line numbers, and what happens with damaged ones."""

import subprocess
import time

import pytest

from analysis.change import FileChange
from analysis.patch import LINE_LIMIT, Line, patch_lines


def file(patch):
    return FileChange("a.py", "modified", 1, 1, patch)


def test_lines_carry_their_numbers_and_the_line_before():
    lines = patch_lines(file("@@ -3,4 +3,4 @@ def f():\n one\n-two\n+zwei\n three\n+four\n-vier"))
    assert lines.added == (Line("a.py", 4, "zwei", "one"), Line("a.py", 6, "four", "three"))
    assert lines.removed == (Line("a.py", 4, "two", "one"), Line("a.py", 6, "vier", "three"))


def test_a_real_diff_of_git_is_read(tmp_path):
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    source = tmp_path / "a.txt"
    source.write_text("".join(f"line {n}\n" for n in range(1, 41)))
    git("add", ".")
    source.write_text(source.read_text().replace("line 3\n", "drei\n").replace("line 30\n", "") + "end")
    diff = git("diff")
    lines = patch_lines(file(diff[diff.index("@@") :].rstrip("\n")))
    assert [(line.number, line.text) for line in lines.added] == [(3, "drei"), (40, "end")]
    assert [(line.number, line.text) for line in lines.removed] == [(3, "line 3"), (30, "line 30")]


def test_lines_that_look_like_headers_stay_lines():
    lines = patch_lines(file("@@ -1,3 +1,2 @@\n--- a/x\n-diff --git a/x b/x\n+++ b/x\n @@ -1 +1 @@"))
    assert [line.text for line in lines.removed] == ["-- a/x", "diff --git a/x b/x"]
    assert [line.text for line in lines.added] == ["++ b/x"]


@pytest.mark.parametrize(
    "patch",
    [
        None,
        "",
        "no patch at all",
        "@@ -1,9 +1,9 @@\n one\n-cut",
        "@@ -1,2 +1,2 @@\n-one\n?\n+two",
        "@@ -x +y @@",
        "\x00\ud800",
    ],
)
def test_what_cannot_be_read_is_no_lines_and_no_error(patch):
    assert patch_lines(file(patch)) is None


def test_carriage_returns_and_odd_separators_do_not_split_lines():
    lines = patch_lines(file("@@ -0,0 +1,2 @@\n+one\r two\u2028three\x0cfour\n+five\r"))
    assert [line.number for line in lines.added] == [1, 2]


def test_a_line_of_a_megabyte_is_cut():
    began = time.perf_counter()
    lines = patch_lines(file("@@ -0,0 +1 @@\n+" + "x" * 1_000_000))
    assert len(lines.added[0].text) == LINE_LIMIT
    assert time.perf_counter() - began < 1
