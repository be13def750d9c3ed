"""The card. `GOLDEN=write make test` writes tests/golden/card.*.md anew."""

import re
from dataclasses import replace

import pytest

from analysis.assess import assess
from analysis.change import Change, FileChange
from analysis.prose import Counts, Finding, Proposal
from analysis.raising import raised
from analysis.rating import Evidence, Rating, Reason
from ghapp.calibration_store import Record
from ghapp.clone import Clone
from ghapp.config import Config
from ghapp.demo.sample import make_repository
from ghapp.llm_errors import ModelError
from ghapp.markdown import html
from ghapp.model_note import UNASKED, ModelNote
from ghapp.model_text import model_sentence, sentences
from ghapp.neutral import SPLIT
from ghapp.phrases import phrases
from ghapp.publish import CLOSING
from ghapp.reads import Pull
from ghapp.render import (
    Beside,
    card,
    card_marker,
    commit_card,
    finding_place,
    look_first,
    place_name,
    reason_markdown,
    reason_text,
)
from tests.golden import FLAG, HISTORY, HOSTILE, REPOSITORY, check_golden
from tests.golden.answers import FILES, HIGH, LOW, MEDIUM, USED, judged_with

ENGLISH = Config("en", "UTC")
#: Positions of commits that tests with a model speak of.
FIX, LAST = 1, 9
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
    change, record = changes[FLAG], Record({"high": (61, 9), "medium": (120, 7), "low": (410, 4)}, is_enough=True)
    text = card(pull_of(change), change, assess(change), Config(language, "UTC"), Beside(record=record))
    check_golden(f"card.{language}.md", text.rstrip("\n") + "\n")


def model_card(change, prose, note=USED, config=ENGLISH):
    return card(pull_of(change), change, judged_with(assess(change), prose), config, Beside(note))


#: What is asked for at each depth, with what it is about.
CASES = {"high": (FIX, HIGH), "medium": (FLAG, MEDIUM), "low": (LAST, LOW)}
FAILED = ModelNote("failed", "rate-limited", "reader-1")
OVER = ModelNote("over_budget", name="reader-1")


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_with_a_model_it_reads_as_the_golden_file(changes, language):
    config = Config(language, "UTC")
    texts = [
        model_card(changes[position], prose, replace(USED, files=FILES), config) for position, prose in CASES.values()
    ]
    texts += [model_card(changes[FLAG], None, note, config) for note in (FAILED, OVER)]
    check_golden(f"card-model.{language}.md", "\n\n".join(text.rstrip("\n") for text in texts) + "\n")


def visible_lines(text):
    """Lines that nobody has to unfold; what is folded counts as one."""
    shown = re.sub(r"<details><summary>.*?</details>", "(folded)", text, flags=re.DOTALL)
    return [line for line in re.sub(r"<!--.*?-->", "", shown).splitlines() if line]


@pytest.mark.parametrize("depth", CASES)
def test_with_a_model_most_of_it_is_folded(changes, depth):
    position, prose = CASES[depth]
    assert len(visible_lines(model_card(changes[position], prose))) <= 25


def test_the_fullest_card_is_not_longer(changes):
    full = replace(HIGH, findings=HIGH.findings * 2, advice=HIGH.advice * 2)
    assert len(visible_lines(model_card(changes[FIX], full))) <= 25


def test_without_a_model_nothing_of_it_is_visible(changes):
    shown = card_of(changes[FLAG])
    assert "no model was asked" in shown
    assert shown.count("model") == 1
    assert "oken" not in shown


SAID = {
    "pending": "`reader-1` is still reading the diff.",
    "failed": "`reader-1` failed (it took too long) and is asked again.",
    "over_budget": "The day's budget for `reader-1` is spent; it is asked again tomorrow.",
    "outsider": "`reader-1` is not asked until somebody with write access comments `/ghapp review`.",
}


@pytest.mark.parametrize("status", SAID)
def test_a_missing_answer_is_one_sentence(changes, status):
    note = ModelNote(status, "timeout" if status == "failed" else "", "reader-1")
    shown = model_card(changes[FLAG], None, note)
    assert shown.count(SAID[status]) == 1
    assert "oken" not in shown
    assert "no model was asked" not in shown


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_failure_has_its_words(language):
    reasons = {kind.reason for kind in ModelError.__subclasses__()} | {"bad-answer", "", *UNASKED}
    said = {model_sentence(phrases(language), ModelNote("failed", reason, "reader-1")) for reason in reasons}
    assert len(said) == len(reasons) == 18


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("status", ["failed", "over_budget"])
def test_what_nobody_asks_again_does_not_say_so(language, status):
    note = ModelNote(status, "timeout", "reader-1")
    again, last = (model_sentence(phrases(language), one) for one in (note, replace(note, is_last=True)))
    assert last != again
    assert not re.search("again|tomorrow|再次|明日", last)
    assert re.search("again|tomorrow|再次|明日", again)


def test_behind_a_full_width_stop_there_is_no_space(changes):
    assert sentences(["a.", "", "b.", "甲。", "乙。", "c."]) == "a. b. 甲。乙。c."
    chinese = Config("zh-CN", "UTC")
    for text in (card_of(changes[FLAG], chinese), model_card(changes[FIX], HIGH, config=chinese)):
        assert "。 " not in text


def test_the_footer_says_what_was_read_and_what_was_taken_away(changes):
    shown = model_card(changes[FIX], HIGH, replace(USED, full=18, part=2, listed=20))
    assert "Tokens of all attempts: 6,012 read, 512 written; cost: `0.0123 USD`." in shown
    assert "18 files in full, 2 in part, 20 listed only" in shown
    assert "One value that looks like a secret was taken out" in shown
    assert "One of its findings was dropped" in shown
    assert "2 sentences were removed" in shown
    assert "wrote as code" not in shown
    free = model_card(changes[FIX], LOW, ModelNote("cached", name="reader-1", prompt_tokens=10))
    assert "Tokens of all attempts: 10 read, 0 written." in free
    assert "cost" not in free


def test_the_footer_does_not_say_more_than_is_known(changes):
    shown = model_card(changes[FIX], HIGH, replace(USED, is_estimate=True))
    assert "≈6,012 read, ≈512 written" in shown
    named = replace(LOW, counts=Counts(identifiers_flagged=3))
    shown = model_card(changes[FIX], named, replace(USED, full=0, part=0, listed=2))
    assert "3 names that it wrote as code occur nowhere in the change" in shown
    assert "saw no more of the files than their names and sizes" in shown
    assert "read the diff" not in shown


def test_an_answer_of_which_nothing_is_left_hides_no_reasons(changes):
    shown = model_card(changes[FIX], replace(LOW, summary=""))
    assert "more reason" not in shown
    assert "more reason" in model_card(changes[FIX], LOW)


def test_the_reason_that_raised_a_rating_is_not_folded(changes):
    finding = Finding("It stops.", "high", "src/app.py", 7, 7)
    proposal = Proposal("high", "`first` is called for every request")
    prose = replace(MEDIUM, findings=(finding,), importance=proposal, risk=proposal)
    # Each weighs more than what a model needs to raise their rating.
    important, risky = (
        Rating(level, points * count, (Reason("removes-flag", points, {"name": "--x", "n": 1}, ()),) * count)
        for level, points, count in (("medium", 3, 3), ("medium", 3, 2))
    )
    signals = replace(assess(changes[FLAG]), importance=important, risk=risky)
    text = card(pull_of(changes[FLAG]), changes[FLAG], raised(signals, prose), ENGLISH, Beside(USED))
    unfolded = "\n".join(visible_lines(text))
    assert unfolded.count("`first` is called for every request") == 2


def test_each_file_says_how_it_was_read(changes):
    shown = model_card(changes[FIX], HIGH, replace(USED, files=FILES))
    assert "| `src/app.py` | +1 −1 | read in part: no room left |" in shown
    assert "| `tests/test_app.py` | +2 −0 | read in full |" in shown
    assert "| `src/app.py` | +1 −1 | read |" in model_card(changes[FIX], HIGH)


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
    text = commit_card("d" * 40, changes[FLAG], assess(changes[FLAG]), ENGLISH)
    assert "<!--" not in text
    assert "`ddddddd`" in text


@pytest.mark.parametrize(("title", "heading"), [("", ""), (" \t", ""), ("\u200b", "## …\n")])
def test_a_title_that_is_not_seen_leaves_no_empty_heading(changes, title, heading):
    text = commit_card("d" * 40, replace(changes[FLAG], title=title), assess(changes[FLAG]), ENGLISH)
    assert text.lstrip().startswith(heading or "### ")


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


def test_a_finding_s_lines_are_shown_however_long_its_path_is():
    one = Finding("x", "high", "src/a.py", 3, 3)
    assert finding_place(one) == "`src/a.py:3`"
    assert finding_place(replace(one, line_end=9)) == "`src/a.py:3-9`"
    assert finding_place(replace(one, path="a/" * 900, line_end=9)).endswith("…:3-9`")


def test_a_model_s_reason_is_a_sentence_and_no_code():
    reason = Reason("model-raises-risk", 3, {"why": "`f` may fail, says @octocat"}, ())
    shown = reason_markdown(phrases("en"), reason)
    assert shown == f"a model that read the diff sees more risk: `f` may fail, says @{SPLIT}octocat (+3)"


def test_a_commit_s_card_says_the_same(changes):
    judged = judged_with(assess(changes[FIX]), HIGH)
    text = commit_card("d" * 40, changes[FIX], judged, ENGLISH, USED)
    assert "**💡 Advice**" in text
    assert "Tokens of all attempts: 6,012 read" in text
    assert "<!--" not in text
