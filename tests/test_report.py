import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from ghapp.cli import main
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.report_json import CommitJson, ReportJson, schema
from tests.installation import commits

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    monkeypatch.delenv("OPENAI_MODEL", raising=False)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    path = tmp_path_factory.mktemp("git") / "tool.git"
    return path, make_repository(path, commits(40))


def ghapp(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_published_schema_is_the_one_in_the_code():
    assert json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8")) == schema()


def test_a_report_lists_what_git_log_lists(clone):
    path, _ = clone
    command = ["git", f"--git-dir={path}", "log", "--first-parent", "--format=%H %cs"]
    days = {}
    for line in subprocess.run(
        command, capture_output=True, text=True, check=True, env={"TZ": "UTC"}
    ).stdout.splitlines():
        name, day = line.split()
        days.setdefault(day, []).insert(0, name)
    assert len(days) > 1
    for day, names in days.items():
        report = ReportJson.model_validate_json(ghapp("report", path, "--day", day, "--format", "json").stdout)
        assert [commit.sha for commit in report.commits] == names
        assert report.statistics.commits == len(names)
        assert sum(report.statistics.importance.values()) == len(names)


def test_a_day_without_commits_is_an_empty_report(clone):
    done = ghapp("report", clone[0], "--day", "2001-01-01", "--format", "json")
    assert done.exit_code == 0
    assert ReportJson.model_validate_json(done.stdout).commits == []
    assert "Nothing landed." in ghapp("report", clone[0], "--day", "2001-01-01").stdout


def test_assess_gives_one_such_commit(clone):
    path, names = clone
    done = ghapp("assess", path, names[3], "--format", "json")
    commit = CommitJson.model_validate_json(done.stdout)
    assert (commit.sha, commit.pull) == (names[3], 1003)
    assert commit.importance_points == sum(r.points for r in commit.reasons if r.rating == "importance")
    assert commit.risk_points == sum(r.points for r in commit.reasons if r.rating == "risk")


def test_without_a_model_the_report_says_so_and_has_no_prose(clone):
    path, names = clone
    commit = CommitJson.model_validate_json(ghapp("assess", path, names[3], "--format", "json").stdout)
    assert commit.model.model_dump() == {
        "status": "off",
        "reason": "",
        "name": "",
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "estimated": False,
        "cost": None,
        "currency": "",
        "redactions": 0,
        "dropped": 0,
        "files": [],
    }
    assert (commit.summary, commit.insight, commit.findings, commit.advice) == (None, None, [], [])


@pytest.mark.parametrize("options", [(), ("--language", "zh-CN")])
def test_a_file_does_not_say_that_what_is_written_below_is_kept(clone, options):
    text = ghapp("report", clone[0], "--day", "2026-01-05", *options).stdout
    assert not re.search("below this line|此行以下", text)
    assert text.rstrip().endswith("</sub>")


def test_a_faulty_configuration_is_said_and_not_obeyed(tmp_path):
    path = tmp_path / "faulty.git"
    make_repository(path, [SampleCommit("Begin", {".github/ghapp.yml": "bogus: 1\nlanguage: zh-CN\n"})])
    report = ["report", path, "--day", "2026-01-05"]
    for command in (report, ["assess", path, "HEAD"]):
        done = ghapp(*command)
        assert done.exit_code == 0
        assert done.stderr.startswith("ghapp: .github/ghapp.yml is not in effect: bogus: no such key")
        assert len(done.stderr.splitlines()) == 1
        assert "`.github/ghapp.yml` is not in effect" in done.stdout
        assert "bogus: no such key" in done.stdout
    found = ReportJson.model_validate_json(ghapp(*report, "--format", "json").stdout)
    assert [fault.partition(":")[0] for fault in found.faults] == ["bogus"]


def test_a_right_configuration_is_no_word(clone, tmp_path):
    path = tmp_path / "right.git"
    make_repository(path, [SampleCommit("Begin", {".github/ghapp.yml": "language: zh-CN\n"})])
    for place in (path, clone[0]):
        done = ghapp("report", place, "--day", "2026-01-05", "--format", "json")
        assert (done.stderr, ReportJson.model_validate_json(done.stdout).faults) == ("", [])


def test_a_range_is_one_change(clone):
    path, names = clone
    done = ghapp("assess", path, f"{names[1]}..{names[5]}", "--format", "json")
    assert CommitJson.model_validate_json(done.stdout).sha == names[5]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", ["md", "html"])
def test_text_goes_to_a_file_whole_or_not_at_all(clone, tmp_path, language, kind):
    target = tmp_path / "new" / "report"
    options = ["--day", "2026-01-06", "--language", language, "--format", kind]
    assert ghapp("report", clone[0], *options, "-o", target).exit_code == 0
    text = target.read_text(encoding="utf-8")
    assert ("每日更新报告" if language == "zh-CN" else "Daily digest") in text
    assert text.startswith("<!doctype html>" if kind == "html" else "## ")
    assert [path.name for path in target.parent.iterdir()] == ["report"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["report", ".", "--day", "yesterday"], 2, "is not a day"),
        (["report", ".", "--timezone", "Moon/Base"], 2, "IANA"),
        (["report", "/nowhere"], 2, "does not exist"),
        (["report", "{tmp}"], 1, "repository"),
        (["assess", "{clone}", "no-such-revision"], 1, "no-such-revision"),
        (["assess", "{clone}", "HEAD..nowhere"], 1, "nowhere"),
        (["assess", "{clone}"], 2, "REVISION"),
    ],
)
def test_wrong_use_says_what_to_do(clone, tmp_path, arguments, status, said):
    done = ghapp(*(argument.format(tmp=tmp_path, clone=clone[0]) for argument in arguments))
    assert done.exit_code == status
    assert said in done.stderr
