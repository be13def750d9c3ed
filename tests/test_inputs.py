"""What real repositories hold and people mistype, through the doors: the command line and the running system."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from ghapp.cli import main
from ghapp.clone import Clone
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.markdown import html
from ghapp.report_json import CommitJson, ReportJson
from tests.installation import Project, System
from tests.odd_history import HTML_TITLE, NAMES, START, git, odd

pytestmark = pytest.mark.system

DAY = "2026-01-05"


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    path = tmp_path_factory.mktemp("odd") / "odd.git"
    return path, odd().write(path)


def ghapp(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def reported(path, *options):
    done = ghapp("report", path, "--format", "json", *options)
    assert done.exit_code == 0, done.output
    return ReportJson.model_validate_json(done.stdout)


def landed_on(path, day, zone="UTC0", branch="main"):
    """What git itself says landed on that day, oldest first; `zone` as POSIX spells rules."""
    listed = git(path, "log", "--first-parent", "--date=format-local:%Y-%m-%d", "--format=%H %cd", branch, TZ=zone)
    return [line.split()[0] for line in reversed(listed.splitlines()) if line.endswith(day)]


def test_every_oddity_is_one_commit_of_the_report(bare):
    path, _ = bare
    found = reported(path, "--day", DAY)
    assert [commit.sha for commit in found.commits] == landed_on(path, DAY)
    by_title = {commit.title: commit for commit in found.commits}
    assert by_title["Odd names"].files == len(NAMES)
    assert by_title["Octopus"].files == 2
    assert (by_title["Binary"].added, by_title["Rename"].added, by_title["Submodule"].files) == (0, 0, 1)
    assert by_title["Not UTF-8 \ufffd\ufffd"].author == "caf\ufffd"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_written_report_has_one_whole_row_for_each(bare, language):
    path, _ = bare
    text = ghapp("report", path, "--day", DAY, "--language", language).stdout
    rows = [line for line in text.splitlines() if re.match(r"\| \d\d:\d\d:\d\d ", line)]
    assert len(rows) == len(landed_on(path, DAY))
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    shown = html(text)
    assert shown.count("<tr>") == 1 + len(rows)
    assert "<b>" not in shown
    assert "evil.example" not in "".join(re.findall(r'href="([^"]*)"', shown))
    assert "example.org" not in text
    assert "\u202e" not in text


def test_the_page_to_look_at_holds_nothing_active(bare):
    shown = ghapp("report", bare[0], "--day", DAY, "--format", "html").stdout.partition("<main>")[2]
    assert "<b>" not in shown
    assert "<!--" not in shown


def test_each_oddity_has_a_card(bare):
    path, names = bare
    for name in names:
        done = ghapp("assess", path, name, "--format", "json")
        assert CommitJson.model_validate_json(done.stdout).sha == name
        text = ghapp("assess", path, name).stdout
        assert len(text.encode("utf-16-le")) // 2 < 65_536
        assert "<b>" not in html(text)


def test_a_range_over_all_of_it_is_one_card(bare):
    path, names = bare
    done = ghapp("assess", path, f"{names[0]}..main", "--format", "json")
    assert CommitJson.model_validate_json(done.stdout).files > len(NAMES)


def test_one_commit_and_none(tmp_path):
    git(None, "init", "-q", "--initial-branch=main", str(tmp_path / "none"))
    done = ghapp("report", tmp_path / "none", "--day", DAY)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no commit yet" in done.stderr
    assert ghapp("assess", tmp_path / "none", "HEAD").exit_code == 1
    (name,) = make_repository(tmp_path / "one", [SampleCommit("Begin", {"a": "1\n"})])
    found = reported(tmp_path / "one", "--day", DAY)
    assert ([commit.sha for commit in found.commits], found.base) == ([name], None)


def half_hours(path, first, count):
    """A repository with a commit every half hour from `first` on."""
    made = [SampleCommit(f"Number {n}", {"a": f"{n}\n"}, at=first + n * timedelta(minutes=30)) for n in range(count)]
    return make_repository(path, made)


@pytest.mark.parametrize(
    ("zone", "rules", "day", "count"),
    [
        ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29", 46),
        ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25", 50),
        # Midnight itself is left out, or comes twice.
        ("America/Havana", "CST5CDT,M3.2.0/0,M11.1.0/1", "2026-03-08", 46),
        ("America/Havana", "CST5CDT,M3.2.0/0,M11.1.0/1", "2026-11-01", 50),
        ("Asia/Kolkata", "IST-5:30", "2026-01-05", 48),
    ],
)
def test_a_day_is_what_the_zone_says_also_when_its_clocks_change(tmp_path, zone, rules, day, count):
    begin = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) - timedelta(hours=14)
    half_hours(tmp_path / "clock.git", begin, 120)
    found = reported(tmp_path / "clock.git", "--day", day, "--timezone", zone)
    names = [commit.sha for commit in found.commits]
    assert names == landed_on(tmp_path / "clock.git", day, rules)
    assert len(names) == count
    assert {commit.committed_at[:10] for commit in found.commits} == {day}


def test_the_hour_that_comes_twice_is_told_apart(tmp_path):
    half_hours(tmp_path / "clock.git", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 3)
    text = ghapp("report", tmp_path / "clock.git", "--day", "2026-10-25", "--timezone", "Europe/Berlin").stdout
    for shown in ("02:30:00 +0200", "02:00:00 +0100", "02:30:00 +0100"):
        assert f"| {shown} |" in text


def test_dates_that_jump_to_and_fro(tmp_path):
    hours = [0, 30, -40, 2, 1, 60, -1, 3, 23, 24, -25]
    made = [
        SampleCommit(f"At {hour}", {"a": f"{position}\n"}, at=START + timedelta(hours=hour))
        for position, hour in enumerate(hours)
    ]
    make_repository(tmp_path / "jumps.git", made)
    for day in ("2026-01-03", "2026-01-04", "2026-01-05", "2026-01-06", "2026-01-07"):
        listed = [commit.sha for commit in reported(tmp_path / "jumps.git", "--day", day).commits]
        assert listed == landed_on(tmp_path / "jumps.git", day)


def test_a_work_tree_a_folder_in_it_and_a_bare_clone_read_the_same(bare, tmp_path):
    git(None, "clone", "-q", "--no-checkout", str(bare[0]), str(tmp_path / "tree"))
    (tmp_path / "tree" / "sub").mkdir()
    expected = [commit.sha for commit in reported(bare[0], "--day", DAY).commits]
    for path in (tmp_path / "tree", tmp_path / "tree" / "sub", tmp_path / "tree" / ".git"):
        assert [commit.sha for commit in reported(path, "--day", DAY).commits] == expected


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["{folder}"], 1, "is not a git repository"),
        (["{folder}/absent"], 2, "does not exist"),
        (["{clone}", "--day", "2026-02-30"], 2, "is not a day such as"),
        (["{clone}", "--day", "5.1.2026"], 2, "is not a day such as"),
        (["{clone}", "--day", DAY + "T00:00"], 2, "is not a day such as"),
        (["{clone}", "--timezone", "Mars/Olympus"], 2, "IANA"),
        (["{clone}", "--timezone", "../../etc/passwd"], 2, "IANA"),
        (["{clone}", "--timezone", ""], 2, "IANA"),
        (["{clone}", "--language", "tlh"], 2, "zh-CN"),
        (["{clone}", "--format", "pdf"], 2, "html"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(bare, tmp_path, arguments, status, said):
    (tmp_path / "folder").mkdir()
    target = tmp_path / "report.md"
    target.write_text("as it was", encoding="utf-8")
    given = [one.format(folder=tmp_path / "folder", clone=bare[0]) for one in arguments]
    done = ghapp("report", *given, "-o", target)
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr
    assert target.read_text(encoding="utf-8") == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "report.md"]


def test_a_damaged_repository_is_said_to_be_one(tmp_path):
    make_repository(tmp_path / "bad.git", [SampleCommit("Begin", {"a": "1\n"})])
    blob = git(tmp_path / "bad.git", "rev-parse", "main:a").strip()
    (tmp_path / "bad.git" / "objects" / blob[:2] / blob[2:]).unlink()
    done = ghapp("report", tmp_path / "bad.git", "--day", DAY, "-o", tmp_path / "report.md")
    assert done.exit_code == 1
    assert blob in done.stderr
    assert not (tmp_path / "report.md").exists()


class Given(Project):
    """A repository that was made already, served with its branch at commit `start`."""

    def __init__(self, system, name, path, names, start):
        self.system, self.full_name, self.names = system, f"acme/{name}", names
        self.clone, self.ranges = Clone(path), {}
        self.there = system.world.add_repository(self.full_name, path)
        self.push(start, deliver=False)


@pytest.fixture(scope="module")
def system():
    with System() as made:
        yield made


def test_all_of_it_lands_and_is_listed_by_the_running_system(system, bare):
    path, names = bare
    project = Given(system, "odd", path, names, 0)
    number = project.pull(0, len(names) - 1, title=HTML_TITLE, body="x" * 60_000)
    card = system.wait(project.comments)[0]
    project.merge(number, len(names) - 1)
    system.wait(lambda: project.is_whole(0, len(names) - 1))
    (digest,) = project.digests()
    for body in (card.body, digest.body):
        shown = html(body)
        assert "<b>" not in shown
        assert "evil.example" not in "".join(re.findall(r'href="([^"]*)"', shown))
        assert "ann@example.org" not in body


def test_one_commit_is_the_first_push(system, tmp_path):
    names = make_repository(tmp_path / "first.git", [SampleCommit("Begin", {"a": "1\n"})])
    project = Given(system, "one-commit", tmp_path / "first.git", names, 0)
    project.system.control("/_push", repository=project.full_name, branch="main", head_sha=None, deliver=False)
    project.push(0)
    system.wait(lambda: project.listed() == names)
    assert "(beginning)" in project.digests()[0].body


def test_a_root_commit_without_the_old_history_replaces_the_branch(system, tmp_path):
    made = [
        SampleCommit("Begin", {"a": "1\n"}),
        SampleCommit("More", {"a": "2\n"}),
        SampleCommit("Begin again", {"b": "1\n"}, parents=()),
        SampleCommit("More again", {"b": "2\n"}),
    ]
    names = make_repository(tmp_path / "roots.git", made)
    project = Given(system, "roots", tmp_path / "roots.git", names, 0)
    project.push(1)
    system.wait(lambda: project.listed() == [names[1]])
    project.push(3)
    system.wait(lambda: {names[2], names[3]} <= set(project.listed()))


def test_json_is_json_whatever_the_terminal_speaks(bare):
    command = [sys.executable, "-m", "ghapp", "report", str(bare[0]), "--day", DAY, "--format", "json"]
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, check=True, env=environ)
    assert len(json.loads(done.stdout)["commits"]) == len(landed_on(bare[0], DAY))
