"""The pages of a digest. `GOLDEN=write make test` writes tests/golden/digest.*.md anew."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from analysis.assess import assess
from analysis.change import Change, FileChange
from analysis.follow_ups import follow_ups
from analysis.prose import Proposal
from analysis.rating import Rating, Reason
from ghapp.clone import Clone
from ghapp.config import Config
from ghapp.demo.sample import make_repository
from ghapp.digest import Digest, Entry
from ghapp.digest_page import digest_pages, whole_digest
from ghapp.markdown import html
from ghapp.model_note import NO_MODEL, ModelNote
from ghapp.neutral import SPLIT
from ghapp.publish import CLOSING
from ghapp.render import units
from ghapp.report import day_digest
from ghapp.report_links import links_within
from ghapp.written import MARKER
from tests.golden import HISTORY, HOSTILE, REPOSITORY, check_golden
from tests.golden.answers import HIGH, LOW, MEDIUM, RAISED, USED, judged_with

LIMIT = 65_536
ENGLISH = Config("en", "UTC")
#: Each weighs more than what a model needs to raise their rating.
REASONS = tuple(Reason("removes-flag", 3, {"name": f"--{n}", "n": 1}, ()) for n in range(3))
NOON = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
TEXT = "@@ -1 +1,2 @@\n-TIMEOUT = 1\n+TIMEOUT = 2\n+lock = threading.Lock()"


def judged(change, history):
    return assess(change, history), NO_MODEL


def fixed(made, path):
    """The digest of the fixed history: one commit left the branch, the last one is not analysed yet."""
    make_repository(path, made)
    digest = day_digest(Clone(path), date(2026, 1, 5), ZoneInfo("UTC"), judged, lambda rows, _: rows)
    entries = list(digest.entries)
    entries[-1] = replace(entries[-1], files=None, added=None, deleted=None, assessment=None)
    entries[2] = replace(entries[2], left=True)
    said = {one.commit_sha: follow_ups(one.title, "", one.pull) for one in entries}
    links = links_within(digest.day, entries, said)
    return replace(digest, repository=REPOSITORY.id, entries=tuple(entries), count=len(entries) - 1, links=links)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return fixed(HISTORY, tmp_path_factory.mktemp("golden") / "project.git")


def entry(position, title="Fix crash in part {} (#9)", **more):
    """An entry with a full analysis, unlike any other."""
    named = title.format(position)
    files = tuple(FileChange(f"src/area_{n}/module.py", "modified", 300, 200, TEXT) for n in range(3))
    values = {
        "commit_sha": f"{position + 0xABC0000:07x}" + "0" * 33,
        "position": position,
        "landed_at": NOON + position,
        "title": named,
        "author": f"Author {position % 7}",
        "pull": 9,
        "files": 3,
        "added": 900,
        "deleted": 600,
    }
    if "assessment" not in more:
        more["assessment"] = assess(Change(named, "", "Ann", files))
    return Entry(**(values | more))


def digest_of(entries):
    return Digest(REPOSITORY.id, "2026-01-05", "b" * 40, entries[-1].commit_sha, tuple(entries), count=len(entries))


def day_of(count, title="Fix crash in part {} (#9)"):
    assessment = entry(0, title).assessment
    return digest_of([entry(position, title, assessment=assessment) for position in range(count)])


def pages_of(digest, config=ENGLISH, repository=REPOSITORY):
    return digest_pages(digest, repository, config)


def rows_of(pages):
    """Names of the commits in the tables, page by page."""
    return [re.findall(r"^\| [\d:]+ \|.*?/commit/([0-9a-f]{40})\)", page, re.MULTILINE) for page in pages]


@pytest.mark.parametrize(("language", "zone"), [("en", "UTC"), ("zh-CN", "Asia/Shanghai")])
def test_it_reads_as_the_golden_file(history, language, zone):
    (page,) = pages_of(history, Config(language, zone))
    check_golden(f"digest.{language}.md", page.rstrip("\n") + "\n")


#: Position -> the model's part.
PARTS = {
    0: (None, ModelNote("over_budget", name="reader-1")),
    1: (HIGH, USED),
    3: (MEDIUM, replace(USED, prompt_tokens=1900)),
    4: (LOW, replace(USED, prompt_tokens=700)),
    5: (None, ModelNote("failed", "timeout", "reader-1")),
    6: (None, ModelNote("pending", name="reader-1")),
    7: (RAISED, replace(USED, name="reader-2")),
}


def with_model(digest, parts=PARTS):
    entries = list(digest.entries)
    for position, (prose, note) in parts.items():
        one = entries[position]
        entries[position] = replace(one, assessment=judged_with(one.assessment, prose), note=note)
    return replace(digest, entries=tuple(entries))


@pytest.mark.parametrize(("language", "zone"), [("en", "UTC"), ("zh-CN", "Asia/Shanghai")])
def test_with_a_model_it_reads_as_the_golden_file(history, language, zone):
    (page,) = pages_of(with_model(history), Config(language, zone))
    check_golden(f"digest-model.{language}.md", page.rstrip("\n") + "\n")


def test_the_same_values_give_the_same_bytes(history, tmp_path):
    again = fixed(HISTORY, tmp_path / "project.git")
    assert pages_of(again) == pages_of(history)


def test_the_marker_holds_the_range_and_the_closing_one_ends_the_page(history):
    (page,) = pages_of(history, Config("en", "Asia/Shanghai"))
    found = MARKER.match(page)
    assert (found["base"], found["head"]) == ("-", history.head_sha)
    assert (found["day"], found["zone"], found["repository"]) == ("2026-01-05", "Asia/Shanghai", "7")
    assert page.rstrip("\n").endswith(CLOSING)
    assert page.count(CLOSING) == 1


def test_completeness_is_printed(history):
    (page,) = pages_of(history)
    assert f"{len(history.listed)} commits, {len(history.listed)} listed, {len(history.listed) - 1} analysed" in page
    assert "1 pending" in page


def test_what_left_is_struck_through_and_counted_nowhere(history):
    (page,) = pages_of(history)
    left = history.entries[2]
    (row,) = [line for line in page.splitlines() if left.commit_sha in line]
    assert row.count("~~") == 2
    assert f"c-{left.commit_sha[:7]}" not in page


def test_hostile_text_is_inactive(history):
    shown = html(pages_of(history)[0])
    name = history.entries[HOSTILE].commit_sha[:7]
    assert "<b>" not in shown
    assert "<!--" not in shown
    assert "evil.example" not in "".join(re.findall(r'(?:href|src)="([^"]*)"', shown))
    texts = re.split(r"<[^>]*>", re.sub(r"<code>.*?</code>", "", shown))
    assert not [text for text in texts if re.search(r"(?<!\w)@\w|(?<!&)#\d|://", text)]
    assert f'id="user-content-c-{name}"' in shown
    assert shown.count("<table>") == 1
    assert shown.count("<tr>") == 1 + len(history.entries)
    assert {row.count("<td") for row in shown.split("<tr>")[2:]} == {5}


def test_commits_are_linked_when_the_page_of_the_repository_is_known(history):
    (page,) = pages_of(history)
    assert rows_of([page])[0] == [one.commit_sha for one in reversed(history.entries)]
    (bare,) = pages_of(history, repository=replace(REPOSITORY, url=""))
    assert "/commit/" not in bare
    assert "https://" not in bare
    assert all(f"`{one.commit_sha[:7]}`" in bare for one in history.entries)


def test_pull_requests_are_linked_without_a_back_reference_on_github_alone(history):
    assert "(https://redirect.github.com/acme/project/pull/101)" in pages_of(history)[0]
    there = replace(REPOSITORY, url="https://github.example.com/acme/project")
    (page,) = pages_of(history, repository=there)
    assert "redirect.github.com" not in page
    assert f"#{SPLIT}101" in page


def links_and_anchors(pages):
    shown = "".join(html(page) for page in pages)
    return set(re.findall(r'href="#([^"]*)"', shown)), re.findall(r'<a id="([^"]*)"', shown)


@pytest.mark.parametrize("count", [1, 20, 49, 100, 300])
def test_every_link_inside_leads_to_an_anchor_that_exists_once(count):
    links, anchors = links_and_anchors(pages_of(day_of(count)))
    assert links <= set(anchors)
    assert 0 < len(anchors) == len(set(anchors)) <= count


def test_every_link_of_the_fixed_history_leads_somewhere(history):
    links, anchors = links_and_anchors(pages_of(history))
    assert links == set(anchors)


@pytest.mark.parametrize(
    ("count", "title"),
    [(100, "|`<b>*_" * 60 + "{}"), (500, "@a #1 " * 60 + "{}"), (1_000, "😀" * 300 + "{}")],
    ids=["escaped", "split", "emoji"],
)
def test_no_names_make_a_page_too_long(count, title):
    name = f"{'o' * 39}/{'r' * 100}"
    there = replace(REPOSITORY, full_name=name, url=f"https://github.com/{name}")
    for repository in (REPOSITORY, there):
        assert max(units(page) for page in pages_of(day_of(count, title), repository=repository)) < LIMIT


def test_units_are_what_github_counts():
    assert units("a") == units("é") == units("中") == 1
    assert units("😀") == 2


def test_a_day_with_two_offsets_shows_them():
    at = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp())
    entries = [entry(0, landed_at=at), entry(1, landed_at=at + 3600)]
    (page,) = pages_of(digest_of(entries), Config("en", "Europe/Berlin"))
    assert "| 02:30:00 +0200 |" in page
    assert "| 02:30:00 +0100 |" in page
    assert "Time (Europe/Berlin)" in page


def test_a_title_that_shows_nothing_can_still_be_followed():
    (page,) = pages_of(digest_of([entry(0, "\u202e\u200b")]))
    assert "[…](#user-content-c-abc0000)" in page


def test_what_is_wrong_with_the_configuration_is_shown_as_it_is(history):
    (page,) = pages_of(history, Config("en", "UTC", faults=("@octocat <b>: no such key",)))
    shown = html(page)
    assert "is not in effect" in shown
    assert "<b>" not in shown
    assert "@octocat" not in shown


def test_a_note_is_shown(history):
    (page,) = pages_of(replace(history, notes=(("switched", "old`branch"),)))
    assert "The default branch was switched from ``old`branch``" in page


def test_a_day_without_commits_is_a_sentence():
    text = whole_digest(Digest(0, "2026-01-05", None, "a" * 40, ()), REPOSITORY, ENGLISH)
    assert "Nothing landed." in text
    assert "<!--" not in text


def test_all_of_a_long_day_fits_in_a_file():
    digest = day_of(300)
    text = whole_digest(digest, REPOSITORY, ENGLISH)
    links, anchors = links_and_anchors([text])
    assert len(anchors) == 300
    assert links == set(anchors)


def test_the_sums_of_the_model_are_those_of_its_answers(history):
    used = replace(USED, full=3, part=2, listed=1, redactions=2, dropped=0)
    failed = ModelNote("failed", "timeout", "reader-1", prompt_tokens=0)
    unasked = ModelNote("failed", "not-asked", "reader-9")
    parts = {
        0: (None, failed),
        1: (HIGH, used),
        3: (MEDIUM, replace(used, amount=0.0, is_estimate=True)),
        5: (None, unasked),
    }
    (page,) = pages_of(with_model(history, parts))
    assert (
        "Analysed with `reader-1`: 2; from signals alone: 3; failed: 1; not asked: 1. "
        "Tokens: ≈12,024 read, ≈1,024 written; cost: `≥ 0.0123 USD`. "
        "Coverage: 6 files in full, 4 in part, 2 listed only. 4 values that look like secrets were taken out.\n"
    ) in page
    assert "of a model that read the diff" in page
    (page,) = pages_of(with_model(history, {0: (None, failed)}))
    assert "Analysed with `reader-1`: 0; from signals alone: 6; failed: 1.\n" in page
    assert "no answer of a model is there" in page
    assert "of a model that read the diff" not in page


@pytest.mark.parametrize("count", [1, 250])
def test_what_raised_a_rating_is_shown_however_little_room_there_is(count):
    prose = replace(RAISED, summary="Moves. " * 90, importance=Proposal("high", "`flask` drops what pages call"))
    raised = judged_with(replace(entry(0).assessment, importance=Rating("medium", 9, REASONS)), prose)
    entries = [entry(n, assessment=raised, note=USED) for n in range(count)]
    text = "\n".join(pages_of(digest_of(entries)))
    analysed = text.count("\n#### ")
    assert analysed > 0
    assert text.count("`flask` drops what pages call") >= analysed
