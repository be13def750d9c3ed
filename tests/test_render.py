"""The card. `GOLDEN=write make test` writes tests/golden/card.*.md anew."""

import re
from dataclasses import replace

import pytest

from analysis.assess import assess
from analysis.change import Change, FileChange
from analysis.rating import Evidence, Rating, Reason
from ghapp.clone import Clone
from ghapp.config import Config
from ghapp.demo.sample import make_repository
from ghapp.markdown import html
from ghapp.phrases import phrases
from ghapp.publish import CLOSING
from ghapp.reads import Pull
from ghapp.render import card, card_marker, commit_card, look_first, place_name, reason_markdown, reason_text
from tests.golden import FLAG, HISTORY, HOSTILE, REPOSITORY, check_golden

ENGLISH = Config("en", "UTC")
LIMIT = 65_536


@pytest.fixture(scope="module")
def changes(tmp_path_factory):
    path = tmp_path_factory.mktemp("golden") / "project.git"
    names = make_repository(path, HISTORY)
    return list(Clone(path).changes(names))


def pull_of(change, number=103):
    values = {"title": change.title, "body": change.body, "author": "ann", "bot": False, "open": True, "draft": False}
    return Pull(REPOSITORY, number, head_sha="c" * 40, base_sha="b" * 40, **values)


def card_of(change, config=ENGLISH):
    return card(pull_of(change), change, assess(change), config)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_it_reads_as_the_golden_file(changes, language):
    text = card_of(changes[FLAG], Config(language, "UTC"))
    check_golden(f"card.{language}.md", text.rstrip("\n") + "\n")


def test_the_same_values_give_the_same_bytes(changes):
    assert card_of(changes[FLAG]) == card_of(changes[FLAG])


def test_the_marker_comes_first_and_the_closing_one_last(changes):
    text = card_of(changes[FLAG])
    assert text.startswith(card_marker(REPOSITORY.id, 103) + f"head={'c' * 40}")
    assert text.rstrip("\n").endswith(CLOSING)
    assert text.count(CLOSING) == 1


def test_most_of_it_is_folded(changes):
    visible = card_of(changes[FLAG]).partition("<details><summary>What was read")[0]
    assert len([line for line in visible.splitlines() if line]) <= 25


def test_hostile_titles_names_and_paths_are_inactive(changes):
    shown = html(card_of(changes[HOSTILE]))
    assert "<b>" not in shown
    assert "<d>" not in shown
    assert "evil.example" not in "".join(re.findall(r'(?:href|src)="([^"]*)"', shown))
    texts = re.split(r"<[^>]*>", re.sub(r"<code>.*?</code>", "", shown))
    assert not [text for text in texts if re.search(r"(?<!\w)@\w|(?<!&)#\d|://", text)]
    assert {row.count("<td") for row in shown.split("<tr>")[2:]} == {3}


def test_every_file_is_accounted_for():
    files = tuple(FileChange(f"src/file_{n}.py", "modified", 1, 1, "@@ -1 +1 @@\n-a\n+b") for n in range(250))
    text = card_of(Change("Touch much", "", "ann", files))
    assert "250 files, 250 with their text" in text
    assert text.count("| `src/file_") == 100
    assert "… and 150 more files" in text


def test_what_github_kept_back_is_said():
    assert "3,000 files" in card_of(Change("Large", "", "ann", (), truncated=True))


@pytest.mark.parametrize("name", ["a" * 5000, "😀" * 3000, "`" * 4000, "|" * 4000, "&<>\\[]*_" * 500])
def test_long_names_of_files_do_not_make_it_too_long(name):
    files = tuple(FileChange(f"{n}/{name}", "added", 1, 0, "@@ -0,0 +1 @@\n+lock = x") for n in range(150))
    text = card_of(Change(name, name, name, files))
    assert len(text.encode("utf-16-le")) // 2 < LIMIT


def test_what_is_wrong_with_the_configuration_is_shown_as_it_is(changes):
    shown = html(card_of(changes[FLAG], replace(ENGLISH, faults=("<b>@octocat: no such key",))))
    assert "is not in effect" in shown
    assert "<b>" not in shown
    assert "@octocat" not in shown


def test_a_card_of_a_commit_has_no_marker(changes):
    text = commit_card("d" * 40, changes[FLAG], assess(changes[FLAG]), "en")
    assert "<!--" not in text
    assert "`ddddddd`" in text


def test_a_merge_is_said_to_be_one(changes):
    merge = next(change for change in changes if change.parents == 2)
    assert "compared with its first parent" in card_of(merge)


def test_a_reason_shows_its_place_and_its_points():
    reason = Reason("removes-flag", 7, {"name": "--a|b", "n": 1}, (Evidence("src/a.py", 3, "quote"),))
    shown = reason_markdown(phrases("en"), reason)
    assert shown == "removes the command line flag `--a¦b` — `src/a.py:3` (+7)"
    assert reason_text(phrases("en"), reason) == "removes the command line flag --a|b"
    assert "(-2)" in reason_markdown(phrases("en"), replace(reason, points=-2, evidence=()))


def test_places_are_named_once_and_only_of_what_adds():
    here, there = Evidence("a", 1), Evidence("b")
    reasons = (Reason("x", 3, {}, (here, Evidence())), Reason("y", 2, {}, (here, there)), Reason("z", -1, {}, (here,)))
    assert look_first(Rating("high", 4, reasons)) == [here, there]
    assert [place_name(place) for place in (here, there)] == ["a:1", "b"]
