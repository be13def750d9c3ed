"""`ghapp calibrate`: what became of changes, told from a real repository; and when there is too little to tell."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from analysis.outcomes import wilson
from ghapp.cli import main
from tests.odd_history import START, History, file, git

#: Commits before the first that counts.
BEFORE = 200


def made_lines(number, count=3):
    return b"".join(b"value_%d_%d = compute(%d)\n" % (number, line, number) for line in range(count))


class Told(History):
    """A history whose commits land twelve hours apart; each has a name to be asked by."""

    def land(self, name, title, *changes, hours=12):
        self.at = getattr(self, "at", START) + timedelta(hours=hours)
        self.known = getattr(self, "known", {})
        self.known[name] = self.commit(title, *changes, at=self.at)

    def filler(self, count, first):
        for number in range(first, first + count):
            path = b"src/part_%d.py" % number
            self.land(f"f{number}", b"core: Add part %d (#%d)" % (number, number), file(path, made_lines(number)))


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A repository with each thing that may become of a change; names to object names."""
    path, made = tmp_path_factory.mktemp("calibrate") / "tool.git", Told()
    made.filler(BEFORE, 1)
    made.land("reverted", b"cli: Enable caching (#900)", file(b"src/cli.py", made_lines(900, 60)))
    made.land("revert", b'Revert "cli: Enable caching (#900)" (#901)', b"D src/cli.py\n")
    made.land("reland", b'Reland "cli: Enable caching (#900)" (#902)', file(b"src/cli.py", made_lines(900, 60)))
    made.land("rewritten", b"net: Add retries (#903)", file(b"src/net.py", made_lines(903, 5)))
    made.land("fix", b"Fix retries that never end (#904)", file(b"src/net.py", made_lines(903, 4) + b"limit = 3 + 4\n"))
    made.land("named", b"io: Read in blocks (#905)", file(b"src/io.py", made_lines(905, 5)))
    made.land("mend", b"Restore reading of empty files\n\nThis broke in #905.\n", file(b"src/other.py", made_lines(7)))
    made.land("documented", b"ui: Show names (#907)", file(b"src/ui.py", made_lines(907, 5)))
    made.land("typo", b"Fix typo in a comment (#908)", file(b"src/ui.py", made_lines(907, 4)))
    made.land("release", b"Release 1.2.0", file(b"src/version.py", b"version = '1.2.0'\n"))
    made.land("late", b"db: Add pool (#909)", file(b"src/db.py", made_lines(909, 5)))
    made.filler(30, 1000)
    made.land("too-late", b"Fix pool that leaks (#910)", file(b"src/db.py", made_lines(909, 4)), hours=24)
    made.filler(30, 2000)
    made.land("young", b"young: Add more (#911)", file(b"src/young.py", made_lines(911, 5)))
    made.land("young-revert", b'Revert "young: Add more (#911)" (#912)', b"D src/young.py\n")
    names = made.write(path)
    return path, {name: names[at - 1] for name, at in made.known.items()}


def ghapp(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def calibrated(path, *options):
    result = ghapp("calibrate", path, "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_what_became_of_each_change(told):
    path, names = told
    found = {one["sha"]: one for one in calibrated(path)["outcomes"]}
    named = {name: found[sha] for name, sha in names.items() if sha in found}
    assert {name: (one["outcome"], one["by"], one["days"]) for name, one in named.items()} == {
        "reverted": ("reverted", names["revert"], 0.5),
        "rewritten": ("fixed", names["fix"], 0.5),
        "named": ("fixed", names["mend"], 0.5),
    }


def test_the_counts_and_what_does_not_count(told):
    path, names = told
    said = calibrated(path)
    levels = said["risk"]
    assert list(levels) == ["high", "medium", "low"]
    assert said["not_counted"] == {"young": 28, "revert": 1, "release": 1, "early": BEFORE, "incomplete": 0}
    assert sum(one["n"] for one in levels.values()) + sum(said["not_counted"].values()) == len(names)
    assert sum(one["reverted"] for one in levels.values()) == 1
    assert sum(one["fixed"] for one in levels.values()) == 2
    assert (said["enough"], said["missing"]) == (True, {"changes": 0, "reverted_or_fixed": 0})
    low = levels["low"]
    bad = low["reverted"] + low["fixed"]
    assert low["interval"] == [round(end, 4) for end in wilson(bad, low["n"])]
    assert low["share"] == round(bad / low["n"], 4)


def test_what_is_behind_the_range_still_tells_what_became_of_it(told):
    path, names = told
    day = (START + timedelta(hours=12 * (BEFORE + 1))).date().isoformat()
    said = calibrated(path, "--until", day)
    assert names["reverted"] in {one["sha"] for one in said["outcomes"]}
    assert said["last"] == day
    assert (said["not_counted"]["young"], said["enough"]) == (0, False)
    later = calibrated(path, "--since", "2026-05-01")
    assert later["first"] >= "2026-05-01"
    assert later["outcomes"] == []


def test_the_table_and_the_picture(told):
    text = ghapp("calibrate", told[0]).stdout
    for part in ("# How often ratings came true: tool", "| risk | changes |", "░", "within 14 days", "95 % interval"):
        assert part in text
    assert "Too little history" not in text
    assert ghapp("calibrate", told[0]).stdout == text


def test_the_page_draws_it(told, tmp_path):
    assert ghapp("calibrate", told[0], "--format", "html", "-o", tmp_path / "page.html").exit_code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<rect") == sum(one["n"] > 0 for one in calibrated(told[0])["risk"].values())
    assert "<svg" in page
    assert "<script" not in page


def test_too_little_history_is_said(tmp_path):
    made = Told()
    made.filler(40, 1)
    path = tmp_path / "small.git"
    made.write(path)
    text = ghapp("calibrate", path).stdout
    assert "**Too little history to say how often ratings come true here**" in text
    assert "Missing: 30 more changes and 3 more that were reverted or fixed." in text
    assert "░" not in text
    assert calibrated(path)["missing"] == {"changes": 30, "reverted_or_fixed": 3}
    assert "<svg" not in ghapp("calibrate", path, "--format", "html").stdout


def test_a_clone_without_contents_says_what_it_lacks(told, tmp_path):
    path, _ = told
    git(path, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial.git"
    git(None, "clone", "-q", "--bare", "--filter=blob:none", f"file://{path}", str(partial))
    git(partial, "remote", "set-url", "origin", "https://nowhere.invalid/x.git")
    text = ghapp("calibrate", partial).stdout
    assert "not readable as a whole: " in text
    assert "Too little history" in text


def test_wrong_use_and_what_is_no_clone(told, tmp_path):
    assert ghapp("calibrate", tmp_path).exit_code == 1
    assert "no commit in that range" in ghapp("calibrate", told[0], "--since", "2031-01-01").output
    assert ghapp("calibrate", told[0], "--since", "soon").exit_code == 2
    assert ghapp("calibrate").exit_code == 2
