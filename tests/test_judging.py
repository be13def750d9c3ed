"""Commands that ask a model: side by side, under a server's limits, and what their files say when nobody answers."""

import json
import re
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from analysis.assess import assess
from analysis.change import Change, FileChange
from ghapp.asking import Asker
from ghapp.cli import main
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.report_json import CommitJson, ReportJson
from ghapp.settings_model import ModelSettings
from ghapp.shelf import Shelf
from ghapp.subject import Subject
from tests.installation import commits
from tests.model_faults import status
from tests.model_server import configured
from tests.model_wire import Reply

COUNT = 6
DAY = ("--day", "2026-01-05")
JSON = (*DAY, "--format", "json")
PATH = "src/module_0.py"
FINDING = {"text": "It may stop.", "severity": "high", "path": PATH, "line_start": 1, "line_end": 1}
ANSWER = {
    "types": ["bug fix"],
    "summary": "Sets the value of a module.",
    "findings": [FINDING, {**FINDING, "path": "nowhere.py"}],
    "risk": {"level": "high", "reason": "A value that is too large stops everything."},
}
QUOTA = {"error": {"message": "You exceeded your current quota.", "code": "insufficient_quota"}}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    path = tmp_path_factory.mktemp("git") / "tool.git"
    make_repository(path, commits(COUNT))
    return path


@pytest.fixture(autouse=True)
def server(monkeypatch, connection, redis_url):
    with configured(ANSWER, monkeypatch, redis_url) as made:
        yield made


def ghapp(*arguments):
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.stderr
    return done


def models(text):
    return [(one.model.status, one.model.reason) for one in ReportJson.model_validate_json(text).commits]


def test_two_at_a_time_both_get_every_answer_and_each_is_asked_for_once(clone, server):
    def slowly(request):
        time.sleep(0.2)
        return ANSWER

    server.script = slowly
    command = [sys.executable, "-m", "ghapp", "report", str(clone), *JSON]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    statuses = [[status for status, _ in models(text)] for text, _ in ended]
    assert all(set(found) <= {"used", "cached"} and len(found) == COUNT for found in statuses)
    assert [found.count("used") for found in statuses] != [COUNT, COUNT]
    assert server.calls == COUNT
    assert [said for _, said in ended] == ["", ""]


def test_what_a_server_asks_to_wait_is_waited_and_is_no_failure(clone, server):
    limits = [status(429, Retry_After="1"), status(429, Retry_After="1"), status(503, Retry_After="1")]
    server.queue(*limits, ANSWER, status(429, Retry_After="1"))
    done = ghapp("report", clone, *JSON)
    assert models(done.stdout) == [("used", "")] * COUNT
    assert server.calls == COUNT + 4
    assert done.stderr.count("waiting 1 s") == 4
    assert "not asked" not in done.stderr


def test_a_limit_without_a_time_is_waited_for_too(clone, server, monkeypatch):
    monkeypatch.setenv("GHAPP_MODEL_RETRY", "0.1")
    server.queue(*[status(429)] * 4)
    assert models(ghapp("report", clone, *JSON).stdout) == [("used", "")] * COUNT


@pytest.mark.parametrize(
    "limit", [status(429, Retry_After="3600"), status(429, QUOTA), status(429, QUOTA, Retry_After="1")]
)
def test_a_limit_that_lasts_is_a_failure(clone, server, limit):
    server.script = limit
    done = ghapp("report", clone, *JSON)
    assert models(done.stdout) == [("failed", "rate-limited")] * 3 + [("failed", "not-asked")] * (COUNT - 3)
    assert server.calls == 3
    assert "waiting" not in done.stderr


def test_failures_are_told_with_the_place_and_what_to_look_at(clone, server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    lines = ghapp("report", clone, *JSON).stderr.splitlines()
    host = server.url.removeprefix("http://").removesuffix("/v1")
    told = f"ghapp: model test-model at {host} failed: unauthorized: 401; look at OPENAI_API_KEY"
    assert lines[:3] == [told] * 3
    assert len(lines) == 4
    assert lines[3].startswith("ghapp: The model failed 3 times in a row")


def test_no_other_model_is_blamed(clone, monkeypatch):
    monkeypatch.setenv("GHAPP_MODEL_HIGH", "big-model")
    monkeypatch.setenv("OPENAI_MODEL", "small-model")
    done = ghapp("report", clone, *JSON)
    for commit in ReportJson.model_validate_json(done.stdout).commits:
        assert commit.model.name == ("big-model" if commit.importance == "high" else "small-model")
    assert "model big-model at" in done.stderr


#: What holds for the App alone: nobody comes back to a file.
PROMISES = re.compile("again|tomorrow|still reading|再次|明日|仍在", re.IGNORECASE)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize(
    ("variable", "value", "counts"),
    [
        ("OPENAI_API_KEY", "wrong", ("failed: 3; not asked: 3", "失败 3；未请求 3")),
        ("GHAPP_REPOSITORY_TOKENS", "100", ("over budget: 6", "超出预算 6")),
        ("REDIS_URL", "redis://127.0.0.1:1/0", ("not asked: 6", "未请求 6")),
    ],
)
def test_a_file_promises_nothing_and_its_sums_are_true(clone, monkeypatch, language, variable, value, counts):
    monkeypatch.setenv(variable, value)
    text = ghapp("report", clone, *DAY, "--language", language).stdout
    card = ghapp("assess", clone, "HEAD", "--language", language).stdout
    assert not PROMISES.search(text)
    assert not PROMISES.search(card)
    assert ("Analysed with `test-model`: 0; " if language == "en" else "由 `test-model` 分析 0；") in text
    assert counts[language != "en"] in text
    assert not re.search("of a model that read the diff|出自阅读过差异的模型", text)
    assert not re.search("no model was asked|未调用模型", text + card)


def test_what_it_cost_and_what_was_taken_away_is_in_text_and_json(tmp_path, server, monkeypatch):
    monkeypatch.setenv("GHAPP_PRICE_READ", "2")
    key = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gH3jK5"
    path = tmp_path / "secret.git"
    make_repository(
        path, [SampleCommit("Begin", {PATH: f"TOKEN = '{key}'\n"}), SampleCommit("Go on", {PATH: "A = 2\n"})]
    )
    report = ReportJson.model_validate_json(ghapp("report", path, *JSON).stdout)
    first, second = (commit.model for commit in report.commits)
    assert key not in server.requests[0].text
    assert (first.redactions, second.dropped, second.currency) == (1, second.dropped, "USD")
    assert second.cost == pytest.approx(2 * second.prompt_tokens / 1e6)
    text = ghapp("report", path, *DAY).stdout
    total = first.cost + second.cost
    line = next(line for line in text.splitlines() if line.startswith("Analysed with"))
    assert line.startswith("Analysed with `test-model`: 2. Tokens: ")
    assert f"cost: `{total:.4f} USD`. Coverage: 2 files in full, 0 in part, 0 listed only." in line
    assert "secret" in line
    assert not first.estimated


def test_what_a_server_does_not_say_is_marked_as_an_estimate(clone, server, monkeypatch):
    monkeypatch.setenv("GHAPP_PRICE_READ", "2")

    server.script = Reply(json.dumps(ANSWER), usage=None)
    assert all(
        one.model.estimated for one in ReportJson.model_validate_json(ghapp("report", clone, *JSON).stdout).commits
    )
    line = next(line for line in ghapp("report", clone, *DAY).stdout.splitlines() if line.startswith("Analysed with"))
    assert re.search(r"Tokens: ≈[\d,]+ read, ≈[\d,]+ written; cost: `≈ 0\.\d+ USD`", line)
    assert "≈" in ghapp("assess", clone, "HEAD").stdout


def test_a_raised_rating_shows_why_wherever_it_stands(clone):
    why = "A value that is too large stops everything."
    commit = CommitJson.model_validate_json(ghapp("assess", clone, "HEAD", "--format", "json").stdout)
    assert commit.risk == "medium"
    card = re.sub(r"<details>.*?</details>", "", ghapp("assess", clone, "HEAD").stdout, flags=re.DOTALL)
    assert why.removesuffix(".") in card
    digest = ghapp("report", clone, *DAY).stdout
    assert digest.count(why.removesuffix(".")) == COUNT - 1


def test_only_lines_that_the_model_was_shown_hold_a_finding(tmp_path, server, monkeypatch):
    monkeypatch.setenv("GHAPP_PROMPT_TOKENS", "4200")
    path, lines = tmp_path / "long.git", range(1, 901)
    text = "".join(f"value_{n} = compute({n}, option)\n" for n in lines)
    make_repository(path, [SampleCommit("Begin", {"a": "1"}), SampleCommit("Fix crash in a part", {PATH: text})])
    places = {}

    def script(request):
        shown = {int(n) for n in re.findall(r"^(\d+) \+value_", request.text, re.MULTILINE)}
        places.update(shown=min(shown), hidden=max(set(lines) - shown))
        findings = [
            {**FINDING, "text": f"It may stop {name}.", "line_start": n, "line_end": n} for name, n in places.items()
        ]
        return {**ANSWER, "findings": findings}

    server.script = script
    commit = CommitJson.model_validate_json(ghapp("assess", path, "HEAD", "--format", "json").stdout)
    assert [file.reading for file in commit.model.files] == ["part"]
    assert [(one.path, one.line_start) for one in commit.findings] == [(PATH, places["shown"])]
    assert commit.model.dropped == 1


def test_a_diff_without_room_is_not_paid_for(connection, server):
    settings = ModelSettings(server.url, server.key, server.model, prompt_tokens=500)
    change = Change("Fix crash", "", "me", (FileChange(PATH, "modified", 1, 1, "@@ -1 +1 @@\n-A = 1\n+A = 2"),))
    asker = Asker(settings, Shelf(connection))
    _, note, again = asker.judged(change, assess(change), Subject(1, 0, "en"), may_ask=True)
    assert (note.status, note.reason, server.calls) == ("failed", "no-room", 0)
    assert again >= 600
