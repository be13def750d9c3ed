"""Agreement of ratings with labels: the figures by hand, and the command on a real repository."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from ghapp.agreement import agreement, confusion, ratings, tally, weighted_kappa
from ghapp.cli import main
from ghapp.labels import LabelsError, read_labels
from ghapp.report_json import ReportJson
from tests.installation import commits
from tests.model_faults import status
from tests.model_server import ModelServer

SHARED = Path(__file__).parent.parent.parent / "shared" / "labels"
H, M, L = "high", "medium", "low"

#: Observed disagreement 4 of 10; by chance (8 + 48 + 4 + 12 + 16 + 8) / 100.
PAIRS = [(H, H)] * 2 + [(H, M), (H, L), (M, M), (M, L)] + [(L, L)] * 4


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        (PAIRS, 1 - 0.40 / 0.96),
        ([(H, H), (M, M), (L, L)], 1),
        ([(H, L), (L, H)], -1),
        # By chance as often as not: each of the four cells once.
        ([(H, H), (H, M), (M, H), (M, M)], 0),
    ],
)
def test_kappa_is_what_it_is_by_hand(pairs, kappa):
    assert weighted_kappa(pairs) == pytest.approx(kappa)
    assert weighted_kappa([(other, one) for one, other in pairs]) == pytest.approx(kappa)


@pytest.mark.parametrize("pairs", [[], [(L, L)] * 5])
def test_kappa_is_not_defined_without_differences(pairs):
    assert weighted_kappa(pairs) is None


def test_the_table_counts_every_pair_once():
    assert confusion(PAIRS) == {H: {H: 2, M: 1, L: 1}, M: {H: 0, M: 1, L: 1}, L: {H: 0, M: 0, L: 4}}
    assert (agreement(PAIRS).commits, agreement(PAIRS).same) == (10, 7)
    assert tally([]) == {H: 0, M: 0, L: 0}


def test_what_all_labellers_say_is_counted_apart():
    rows = [(H, H, L), (H, M, M), (H, None, H), (L, L, H), (L, H, L)]
    found = ratings(rows)
    assert found.both_high == {H: 1, M: 0, L: 1}
    assert found.both_low == {H: 1, M: 0, L: 0}
    assert (found.first.commits, found.second.commits) == (5, 4)
    assert ratings([(H, None, H)]).second is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: Invalid JSON: EOF while parsing an object at column 1"),
        ("{'sha': 1}", "line 2: Invalid JSON: key must be a string at column 2"),
        (
            '{"sha": "abcdef1", "importance": "low", "risk": "none"}',
            "line 2: risk: Input should be 'high', 'medium' or",
        ),
        ("[]", "line 2: Input should be an object"),
        ('{"importance": "low"}', "line 2: sha: Field required"),
        ('{"sha": "HEAD~1", "importance": "low"}', "line 2: sha: String should match"),
        ('{"sha": "abcdef1", "importance": "High"}', "line 2: importance: Input should be 'high', 'medium' or 'low'"),
        ('{"sha": "abcdef1", "importance": "low", "second": {}}', "line 2: second.importance: Field required"),
        ('{"sha": "1234567", "importance": "low"}', "line 2: sha: 1234567 is there already"),
    ],
)
def test_a_bad_line_is_named(line, said):
    with pytest.raises(LabelsError) as caught:
        read_labels('{"sha": "1234567", "importance": "low"}\n' + line)
    assert said in str(caught.value)


def test_many_bad_lines_are_not_all_told():
    with pytest.raises(LabelsError) as caught:
        read_labels("x\n" * 30)
    assert len(str(caught.value).splitlines()) == 12
    assert str(caught.value).endswith("and 20 more")


def test_a_byte_order_mark_is_no_fault():
    assert len(read_labels('\ufeff{"sha": "1234567", "importance": "low"}')) == 1


def test_other_keys_empty_lines_and_foreign_line_ends_are_fine():
    text = '\r\n{"sha": "1234567", "importance": "low", "title": "a\u2028b", "second": null}\r\n\n'
    assert [label.importance for label in read_labels(text)] == ["low"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    from ghapp.demo.sample import make_repository

    path = tmp_path_factory.mktemp("git") / "tool.git"
    return path, make_repository(path, commits(8))


@pytest.fixture(autouse=True)
def environ(monkeypatch):
    for name in ("OPENAI_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def labels(clone, tmp_path):
    """Labels that the first labeller gave exactly as signals rate; the second says medium to everything."""
    path, _ = clone
    done = ghapp("report", path, "--day", "2026-01-05", "--format", "json", "--no-model")
    report = ReportJson.model_validate_json(done.stdout)
    rows = [
        {"sha": one.sha[:12], "importance": one.importance, "second": {"importance": "medium"}, "x": 1}
        for one in report.commits
    ]
    return written(tmp_path, *rows, {"sha": "f" * 40, "importance": "low"})


def written(folder, *rows):
    path = folder / "labels.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def ghapp(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_labels_as_signals_rate_agree_wholly(clone, labels):
    done = ghapp("evaluate", labels, clone[0], "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["labels"], found["compared"], found["missing"]) == (9, 8, ["f" * 40])
    importance = found["importance"]
    assert importance["signals"]["first"]["kappa"] == 1
    assert importance["signals"]["first"]["same"] == 8
    assert importance["signals"]["second"]["kappa"] == 0
    assert importance["labellers"]["commits"] == 8
    assert sum(sum(row.values()) for row in importance["signals"]["first"]["table"].values()) == 8
    assert (importance["answered"], found["risk"], found["model"]) == (None, None, None)


def test_labels_of_risk_are_compared_too(clone, tmp_path):
    path, _ = clone
    done = ghapp("report", path, "--day", "2026-01-05", "--format", "json", "--no-model")
    report = ReportJson.model_validate_json(done.stdout)
    rows = [{"sha": one.sha, "importance": "low", "risk": one.risk} for one in report.commits[:5]]
    rows[0]["risk"] = "high"
    rows[1]["second"] = {"importance": "low", "risk": "medium"}
    rows[2]["second"] = {"importance": "low"}
    labels = written(tmp_path, *rows, {"sha": report.commits[5].sha, "importance": "low"})
    found = json.loads(ghapp("evaluate", labels, path, "--json").stdout)
    assert found["risk"]["signals"]["first"]["commits"] == 5
    assert found["risk"]["signals"]["first"]["same"] == 4
    assert found["risk"]["signals"]["second"]["commits"] == found["risk"]["labellers"]["commits"] == 1
    assert found["importance"]["signals"]["first"]["commits"] == 6
    text = ghapp("evaluate", labels, path).stdout
    assert text.index("Importance: weighted kappa") < text.index("Risk: weighted kappa")


def test_people_read_the_same(clone, labels):
    text = ghapp("evaluate", labels, clone[0]).stdout
    assert text.startswith("9 labels: 8 compared, 1 not in the clone.\n")
    assert "signals                    1.000            0.000\n" in text
    assert "First labeller (rows) and signals (columns): 8 of 8 the same\n" in text
    assert "Of the 0 that every labeller calls high, rated: 0 high, 0 medium, 0 low" in text
    assert text.endswith("No model was asked.\n")


def finding(path, line):
    return {"text": "It may break.", "severity": "high", "path": path, "line_start": line, "line_end": line}


def answer(request):
    """One finding at a place that every change but the first has, one at a place that none has; low is raised."""
    return {
        "types": ["bug fix"],
        "summary": "It sets a value.",
        "findings": [finding("src/module_0.py", 1), finding("nowhere.py", 9)],
        "importance": {"level": "high", "reason": "People begin with `README.md`."},
    }


@pytest.fixture
def server(monkeypatch, connection, redis_url):
    with ModelServer(answer) as made:
        monkeypatch.setenv("OPENAI_BASE_URL", made.url)
        monkeypatch.setenv("OPENAI_API_KEY", made.key)
        monkeypatch.setenv("OPENAI_MODEL", made.model)
        monkeypatch.setenv("REDIS_URL", redis_url)
        monkeypatch.setenv("GHAPP_PRICE_READ", "3")
        yield made


def test_with_a_model_both_are_there_with_what_it_costs(server, clone, labels):
    found = json.loads(ghapp("evaluate", labels, clone[0], "--json").stdout)
    assert found["importance"]["signals"]["first"]["kappa"] == 1
    # The first commit, which signals call low, is called medium with the model.
    answered = found["importance"]["answered"]
    assert (answered["commits"], answered["raised"]) == (8, 1)
    assert answered["signals"] == found["importance"]["signals"]
    assert answered["with_model"]["first"]["same"] == 7
    assert answered["with_model"]["both_low"] == {H: 0, M: 0, L: 0}
    model = found["model"]
    assert (model["names"], model["reasons"]) == (["test-model"], {})
    assert model["statuses"] == {"used": server.calls}
    assert (model["findings_kept"], model["findings_dropped"]) == (7, 7)
    assert model["prompt_tokens"] == server.prompt_tokens
    assert model["cost"] == pytest.approx(3 * server.prompt_tokens / 1e6)
    calls = server.calls
    text = ghapp("evaluate", labels, clone[0]).stdout
    assert server.calls == calls
    assert "Commits: 8 cached" in text
    assert "Findings: 7 kept, 7 dropped" in text
    assert " USD" in text


def test_a_model_can_be_left_out(server, clone, labels):
    assert json.loads(ghapp("evaluate", labels, clone[0], "--json", "--no-model").stdout)["model"] is None
    assert server.calls == 0


def test_only_what_the_model_answered_is_compared_with_it(server, clone, labels, monkeypatch):
    server.queue(answer(None), answer(None), *[status(500)] * 3)
    found = json.loads(ghapp("evaluate", labels, clone[0], "--json").stdout)
    answered = found["importance"]["answered"]
    assert (found["compared"], answered["commits"]) == (8, 2)
    assert answered["signals"]["first"]["commits"] == answered["with_model"]["first"]["commits"] == 2
    assert found["model"]["statuses"] == {"used": 2, "failed": 6}
    assert found["model"]["reasons"] == {"unavailable": 3, "not-asked": 3}
    text = ghapp("evaluate", labels, clone[0], "--no-model").stdout
    assert "with the model" not in text


def test_a_model_that_fails_leaves_the_ratings_of_signals(server, clone, labels, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    done = ghapp("evaluate", labels, clone[0], "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["importance"]["answered"] is None
    assert found["model"]["reasons"] == {"unauthorized": 3, "not-asked": 5}
    text = ghapp("evaluate", labels, clone[0]).stdout
    assert "with the model" not in text
    assert "Failed: 5 not-asked, 3 unauthorized" in text
    assert (found["model"]["prompt_tokens"], server.calls) == (0, 6)


def test_nothing_to_compare_is_no_success(clone, tmp_path):
    none = written(tmp_path, {"sha": "f" * 40, "importance": "low"})
    done = ghapp("evaluate", none, clone[0])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "none of 1 labelled commits is in" in done.stderr
    assert ghapp("evaluate", written(tmp_path), clone[0]).exit_code == 1


def test_faults_of_the_labels_are_said(clone, tmp_path):
    path, names = clone
    done = ghapp("evaluate", written(tmp_path, {"sha": names[0]}), path)
    assert done.exit_code == 1
    assert "line 1: importance: Field required" in done.stderr
    twice = [{"sha": names[0], "importance": "low"}, {"sha": names[0][:9], "importance": "low"}]
    assert "are the same commit" in ghapp("evaluate", written(tmp_path, *twice), path).stderr
    assert ghapp("evaluate", tmp_path / "nothing", path).exit_code == 2


@pytest.mark.skipif(not SHARED.is_dir(), reason="the labels are not here")
@pytest.mark.parametrize("path", sorted(SHARED.glob("*.jsonl")), ids=lambda path: path.stem)
def test_real_labels_can_be_read_and_their_labellers_agree_beyond_chance(path):
    labels = read_labels(path.read_text(encoding="utf-8"))
    assert len(labels) > 40
    assert weighted_kappa([label.levels("importance") for label in labels]) > 0.5


@pytest.mark.skipif(
    not SHARED.is_dir() or "GHAPP_LABELLED_CLONE" not in os.environ,
    reason="the labels are not here, or GHAPP_LABELLED_CLONE names no clone of what they are about",
)
def test_signals_agree_with_real_labels_beyond_chance():
    for path in SHARED.glob("*.jsonl"):
        found = json.loads(ghapp("evaluate", path, os.environ["GHAPP_LABELLED_CLONE"], "--json").stdout)
        assert found["importance"]["signals"]["first"]["kappa"] > 0.3
