"""`ghapp report` and `ghapp assess` with a model: what is asked, what is kept, and what a failure leaves."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from ghapp import redis_server
from ghapp.cli import main
from ghapp.clone import Clone
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.report_json import CommitJson, ReportJson
from tests.installation import commits
from tests.model_faults import status
from tests.model_server import configured

INSTRUCTIONS = "The scheduler is the heart of this project."
DAY = ("--day", "2026-01-05", "--format", "json")
ANSWER = {
    "types": ["performance"],
    "summary": "Sets the value of a module.",
    "scope": ["modules"],
    "insight": {"compatibility": "Callers see another value."},
    "findings": [
        {
            "text": "The value may be too large.",
            "severity": "high",
            "path": "src/module_0.py",
            "line_start": 1,
            "line_end": 1,
            "falsifier": "A test with the largest input.",
        },
        {"text": "Not here.", "severity": "high", "path": "nowhere.py", "line_start": 1, "line_end": 1},
    ],
    "advice": ["Try the largest input of `src/module_0.py` first."],
    "importance": None,
    "risk": {"level": "high", "reason": "A value that is too large stops everything."},
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    path = tmp_path_factory.mktemp("git") / "tool.git"
    return path, make_repository(path, commits(7))


@pytest.fixture(autouse=True)
def server(monkeypatch, connection, redis_url):
    with configured(ANSWER, monkeypatch, redis_url) as made:
        yield made


def ghapp(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def report(clone, *more):
    done = ghapp("report", clone[0], *DAY, *more)
    assert done.exit_code == 0, done.stderr
    return ReportJson.model_validate_json(done.stdout).commits


def models(found):
    return [(commit.model.status, commit.model.reason) for commit in found]


def test_each_commit_is_read_once_whatever_is_asked_for(clone, server):
    found = report(clone)
    assert models(found) == [("used", "")] * 7
    assert server.calls == 7
    assert models(report(clone)) == [("cached", "")] * 7
    assert ghapp("assess", clone[0], clone[1][3]).exit_code == 0
    assert ghapp("report", clone[0], "--day", "2026-01-05", "--format", "html").exit_code == 0
    assert server.calls == 7


def test_what_the_model_says_is_in_the_json(clone, server):
    commit = report(clone)[3]
    assert commit.summary == ANSWER["summary"]
    assert commit.types == ["performance"]
    assert [(one.text, one.path, one.line_start, one.severity) for one in commit.findings] == [
        ("The value may be too large.", "src/module_0.py", 1, "high")
    ]
    assert commit.findings[0].falsifier == "A test with the largest input."
    assert (commit.insight.compatibility, commit.insight.security) == ("Callers see another value.", "")
    assert commit.advice == ANSWER["advice"]
    assert (commit.importance, commit.risk) == ("high", "medium")
    assert "model-raises-risk" in [reason.code for reason in commit.reasons]
    assert commit.model.name == server.model
    assert commit.model.prompt_tokens == server.requests[3].prompt_tokens
    assert commit.model.completion_tokens > 0
    assert [(file.path, file.reading, file.why) for file in commit.model.files] == [
        ("src/module_0.py", "full", "whole"),
        ("src/module_1.py", "full", "whole"),
    ]


def test_what_the_model_says_is_on_the_card_and_in_the_digest(clone):
    assert "Sets the value of a module." in ghapp("assess", clone[0], clone[1][3]).stdout
    assert "Sets the value of a module." in ghapp("report", clone[0], "--day", "2026-01-05").stdout


def test_it_can_be_left_out(clone, server, monkeypatch):
    left_out = report(clone, "--no-model")
    monkeypatch.delenv("OPENAI_MODEL")
    # A key alone is no fault here: many have one in their environment.
    assert report(clone) == left_out
    assert models(left_out) == [("off", "")] * 7
    assert {(one.summary, one.insight, one.model.name) for one in left_out} == {(None, None, "")}
    assert server.calls == 0


def test_a_model_that_fails_is_left_alone_and_the_report_is_there(clone, server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    done = ghapp("report", clone[0], *DAY)
    found = ReportJson.model_validate_json(done.stdout).commits
    assert done.exit_code == 0
    # Four were not asked, and nothing else is said of them.
    assert models(found) == [("failed", "unauthorized")] * 3 + [("failed", "not-asked")] * 4
    assert {(one.summary, tuple(one.findings)) for one in found} == {(None, ())}
    assert server.calls == 3
    assert done.stderr.count("it is not asked any more") == 1
    assert ghapp("assess", clone[0], "HEAD").exit_code == 0


def test_failures_between_answers_do_not_end_the_asking(clone, server):
    server.queue(status(500), status(500), ANSWER, status(500), "no JSON", "no JSON", ANSWER)
    unavailable = ("failed", "unavailable")
    assert models(report(clone)) == [
        *(unavailable, unavailable, ("used", ""), unavailable),
        *(("failed", "bad-answer"), ("used", ""), ("used", "")),
    ]
    assert server.calls == 8
    # What failed is asked again the next time, and nothing else.
    assert [state for state, _ in models(report(clone))].count("used") == 4
    assert server.calls == 12


def test_the_ceiling_of_a_day_holds_here_too(clone, server, monkeypatch):
    monkeypatch.setenv("GHAPP_REPOSITORY_TOKENS", "100")
    assert models(report(clone)) == [("over_budget", "")] * 7
    assert server.calls == 0


def test_faults_of_the_settings_are_said_those_of_the_server_not(clone, monkeypatch):
    monkeypatch.setenv("APP_ID", "not a number")
    monkeypatch.setenv("PORT", "x")
    assert ghapp("report", clone[0], *DAY).exit_code == 0
    monkeypatch.setenv("GHAPP_PRICE_READ", "much")
    done = ghapp("report", clone[0], *DAY)
    assert done.exit_code == 2
    assert "GHAPP_PRICE_READ is 'much'" in done.stderr
    assert ghapp("report", clone[0], *DAY, "--no-model").exit_code == 0


@pytest.mark.parametrize(
    ("name", "value"), [("REDIS_URL", "redis://:secret@127.0.0.1:1/0"), ("GHAPP_STATE_DIR", "{tmp}/" + "long" * 40)]
)
def test_without_a_redis_it_goes_on_and_says_so_in_one_line(clone, server, monkeypatch, tmp_path, name, value):
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv(name, value.format(tmp=tmp_path))
    done = ghapp("report", clone[0], *DAY)
    found = ReportJson.model_validate_json(done.stdout).commits
    assert models(found) == [("failed", "no-redis")] * 7
    assert {one.model.name for one in found} == {server.model}
    assert len(done.stderr.splitlines()) == 1
    assert "going on without the model" in done.stderr
    assert "secret" not in done.stderr
    assert server.calls == 0


@pytest.fixture
def state():
    # A short path: a unix socket's may not be long.
    folder = Path(tempfile.mkdtemp(prefix="ghapp-"))
    yield folder
    shutil.rmtree(folder)


def test_a_redis_of_its_own_lasts_as_long_as_the_command_and_keeps_the_answers(clone, server, state):
    environ = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    command = [sys.executable, "-m", "ghapp", "assess", str(clone[0]), "HEAD", "--format", "json"]
    found = []
    for _ in range(2):
        done = subprocess.run(
            command, env=environ | {"GHAPP_STATE_DIR": str(state)}, capture_output=True, text=True, check=True
        )
        found.append(CommitJson.model_validate_json(done.stdout).model.status)
        assert done.stderr == ""
        assert not (state / "redis" / "redis.sock").exists()
    assert found == ["used", "cached"]
    assert server.calls == 1


def test_a_redis_that_is_lost_midway_does_not_lose_the_report(clone, server, state, monkeypatch):
    own, url = redis_server.start(state, persistent=False)

    def script(request):
        if server.calls == 3:
            own.kill()
            own.wait()
        return ANSWER

    server.script = script
    monkeypatch.setenv("REDIS_URL", url)
    done = ghapp("report", clone[0], *DAY)
    found = ReportJson.model_validate_json(done.stdout).commits
    assert models(found) == [("used", "")] * 2 + [("failed", "no-redis")] * 5
    assert done.stderr.count("going on without the model") == 1
    assert server.calls == 3


def made(folder, *files):
    path = folder / "other.git"
    return path, make_repository(path, [SampleCommit("Change", files) for files in files])


def test_the_repositorys_own_guidance_is_sent_if_it_is_right(server, tmp_path):
    path, _ = made(tmp_path, {".github/ghapp.yml": f"instructions: {INSTRUCTIONS}\n"}, {"src/a.py": "A = 1\n"})
    assert ghapp("assess", path, "HEAD").exit_code == 0
    assert INSTRUCTIONS in server.requests[0].text


def test_a_clone_without_a_default_branch_can_be_read(server, tmp_path):
    path, names = made(tmp_path, {"src/a.py": "A = 1\n"}, {"src/a.py": "A = 2\n"})
    subprocess.run(["git", f"--git-dir={path}", "branch", "-m", "main", "topic"], check=True)
    (path / "HEAD").write_text("ref: refs/heads/nothing\n", encoding="ascii")
    assert Clone(path).resolve("topic") == names[1]
    done = ghapp("assess", path, "topic", "--format", "json")
    assert CommitJson.model_validate_json(done.stdout).model.status == "used"
