"""Cards that say how often ratings came true: counted from the clone that the history is read from, kept, printed."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ghapp import keys, redis_server
from ghapp.calibration_store import AGAIN_SECONDS, CalibrationStore, Record
from ghapp.clone_calibration import newest_calibration
from ghapp.clone_past import newest_past
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.phrases import phrases
from ghapp.record_text import record_text
from tests.installation import HISTORY, System

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
LINE = "Here, of the last 61 changes rated high risk, 9 were reverted or fixed within 14 days; of 410 rated low, 4."


def history(count=290, bad=4):
    """Commits twelve hours apart; of those after the first 200 some are reverted by the next one."""
    made = []
    for number in range(count):
        part, at = number // 2 if 200 <= number < 200 + 2 * bad else number, FIRST + timedelta(hours=12 * number)
        files = {f"src/part_{part}.py": f"value_{part} = compute({part})\n"}
        if number >= 200 and part != number and number % 2:
            files = dict.fromkeys(files)
            made.append(SampleCommit(f'Revert "{made[-1].message}"', files, at=at))
        else:
            made.append(SampleCommit(f"core: Add part {number} (#{number + 1})", files, at=at))
    return made


def record(*, is_enough=True, **levels):
    return Record({"high": (61, 9), "medium": (200, 1), "low": (410, 4)} | levels, is_enough)


@pytest.mark.parametrize(
    ("level", "found", "text"),
    [
        ("high", record(), LINE),
        (
            "medium",
            record(),
            LINE.replace("61", "200").replace("high", "medium").replace("9 were", "1 was"),
        ),
        (
            "low",
            record(high=(9, 9)),
            "Here, of the last 410 changes rated low risk, 4 were reverted or fixed within 14 days.",
        ),
        ("high", record(high=(9, 9)), ""),
        ("high", record(is_enough=False), ""),
        ("high", None, ""),
    ],
)
def test_the_sentence(level, found, text):
    assert record_text(phrases("en"), found, level) == text


def test_the_sentence_in_chinese():
    assert record_text(phrases("zh-CN"), record(), "high") == (
        "在本仓库，最近 61 个评为高风险的变更中，有 9 个在 14 天内被回退或修复；评为低风险的 410 个中有 4 个。"
    )


def test_a_clone_s_newest_changes_are_counted_and_time_is_bounded(tmp_path):
    path = tmp_path / "tool.git"
    names = make_repository(path, history())
    past, _ = newest_past(path, 2500, time.monotonic() + 60)
    found = newest_calibration(path, past, time.monotonic() + 60)
    assert {one.commit_sha for _, one in found.outcomes} == {names[200 + 2 * number] for number in range(4)}
    assert sum(one.n for one in found.shares.values()) == 290 - 200 - 4 - 28
    assert newest_calibration(path, [], time.monotonic() + 60).between is None
    in_no_time = newest_calibration(path, past, time.monotonic() - 1)
    assert (in_no_time.between, in_no_time.outcomes) == (None, ())


def test_it_is_kept_for_a_while_and_counted_once_a_week(connection, tmp_path):
    path, kept = tmp_path / "tool.git", CalibrationStore(connection)
    make_repository(path, history())
    past, _ = newest_past(path, 2500, time.monotonic() + 60)
    assert kept.record(7) is None
    kept.put(7, newest_calibration(path, past, time.monotonic() + 60))
    assert kept.record(7) == replace(kept.record(7), is_enough=True)
    assert connection.ttl(keys.calibration(7)) > AGAIN_SECONDS
    assert [kept.may_begin(7), kept.may_begin(7)] == [True, False]
    kept.begin(8)
    assert not kept.may_begin(8)
    assert keys.calibration(7) in keys.of_repository(7)[0]


@pytest.mark.system
def test_a_card_of_a_real_worker_says_it():
    with System(**HISTORY) as system:
        made = history()
        project = system.repository("counted", made, len(made) - 4)
        connection = redis_server.connect(f"unix://{system.folder}/redis/redis.sock")
        project.push(len(made) - 3)
        number = project.there.repository_id
        value = system.wait(lambda: connection.get(keys.calibration(number)))
        n, bad = json.loads(value)["levels"]["low"]
        assert bad >= 1
        project.pull(len(made) - 3, len(made) - 2)
        cards = system.wait(lambda: [one.body for one in project.comments() if "ghapp:card" in one.body])
        assert "within 14 days" in cards[0]
        assert f"{n} changes rated low risk, {bad} w" in cards[0]
        # Read once: counting needs no clone of its own, and the next landing asks for none.
        assert connection.exists(keys.ONCE + f"calibration:{number}")
        project.push(len(made) - 1)
        system.wait(lambda: project.is_whole(len(made) - 4, len(made) - 1))
        assert system.logged().count("commits is read") == 1
