"""What of a digest stands in one line: ties, series, noise, what to act on first, the day in two sentences.

`GOLDEN=write make test` writes tests/golden/digest-day.*.md anew.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analysis.assess import ACT_FIRST, assess
from analysis.change import Change, FileChange
from analysis.follow_ups import follow_ups
from ghapp.config import Config
from ghapp.digest import Digest, Entry, Link
from ghapp.digest_page import digest_pages
from ghapp.markdown import html
from ghapp.neutral import SPLIT
from ghapp.report_links import links_within
from tests.golden import REPOSITORY, check_golden

ENGLISH = Config("en", "UTC")
DAY = "2026-01-06"
NOON = int(datetime(2026, 1, 6, 12, tzinfo=UTC).timestamp())
LATER = "f" * 40
REDIRECT = "https://redirect.github.com/acme/project/issues"


def modified(path, patch="@@ -1 +1 @@\n-a = 1\n+b = 1"):
    return FileChange(path, "modified", 1, 1, patch)


PRODUCT = (
    modified(
        "src/app.py", "@@ -1,2 +1,2 @@\n def first(rows):\n-    return rows[0]\n+    return rows[0] if rows else 0"
    ),
)
TESTS = (modified("tests/test_app.py"),)
WORKFLOW = (modified(".github/workflows/test.yml", "@@ -1 +1 @@\n-timeout-minutes: 5\n+timeout-minutes: 9"),)
DOCS = (modified("docs/install.md"),)
LOCK = (FileChange("poetry.lock", "modified", 40, 40),)


def bump(name, before="1.2.0", after="1.3.0"):
    return (modified("requirements.txt", f"@@ -1 +1 @@\n-{name}=={before}\n+{name}=={after}"),)


#: Title, files, and the rest of the message.
MESSAGES = [
    ("Fix crash on an empty list (#201)", PRODUCT, ""),
    ("Migrate tokenizer tests to the new runner (#202)", TESTS, ""),
    ("tests: migrate router tests (#203)", TESTS, ""),
    ("Migrate e2e/basic tests (#204)", TESTS, ""),
    ("ci: wait 9 minutes (#205)", WORKFLOW, ""),
    ("chore: update the lock file", LOCK, ""),
    ("Bump httpx from 1.2.0 to 1.3.0 (#206)", bump("httpx"), ""),
    ("Bump click from 1.2.0 to 1.3.0 (#207)", bump("click"), ""),
    ("Bump jinja2 from 1.2.0 to 1.3.0 (#208)", bump("jinja2"), ""),
    ("Bump flask from 2.3.3 to 3.0.0 (#209)", bump("flask", "2.3.3", "3.0.0"), ""),
    ('Reland "Keep rows of a day" (#210)', PRODUCT, "Reverted by mistake in #150.\n\nThis relands #149."),
    ("Say how to install it", DOCS, ""),
    ("Fix the empty row (follow-up to #201) (#211)", PRODUCT, ""),
    ('Revert "ci: wait 9 minutes (#205)" (#212)', WORKFLOW, ""),
    ("ci: name the jobs (#213)", WORKFLOW, ""),
]


def entry(position, title, files, body="", **more):
    pull = re.search(r"\(#(\d+)\)$", title)
    values = {
        "commit_sha": f"{position + 0xABC0000:07x}" + "0" * 33,
        "position": position,
        "landed_at": NOON + 60 * position,
        "title": title,
        "author": f"Author {position % 3}",
        "pull": int(pull[1]) if pull else None,
        "files": len(files),
        "added": sum(file.added for file in files),
        "deleted": sum(file.deleted for file in files),
    }
    if "assessment" not in more:
        more["assessment"] = assess(Change(title, body, "Ann", files))
    return Entry(**(values | more))


def day_of(messages, **more):
    """A digest of these messages, with what they say of each other."""
    entries = tuple(entry(position, *message) for position, message in enumerate(messages))
    said = {
        one.commit_sha: follow_ups(one.title, body, one.pull)
        for one, (_, _, body) in zip(entries, messages, strict=True)
    }
    found = Digest(REPOSITORY.id, DAY, "b" * 40, entries[-1].commit_sha, entries, count=len(entries))
    return replace(found, links=links_within(DAY, entries, said), **more)


@pytest.fixture(scope="module")
def day():
    """A finished day between two others; its first commit was reverted on the next."""
    made = day_of(MESSAGES, previous=("2026-01-05", 41), next=("2026-01-07", 43), closed=True)
    back = Link(made.entries[0].commit_sha, "reverts", True, LATER, 220, "2026-01-07")
    return replace(made, links=(*made.links, back), issues=(("2026-01-07", 43),))


def page_of(digest, config=ENGLISH, repository=REPOSITORY):
    (page,) = digest_pages(digest, repository, config)
    return page


def lines_with(page, text):
    return [line for line in page.splitlines() if text in line]


def section(page, heading):
    return page.partition(f"### {heading}")[2].partition("\n### ")[0]


@pytest.mark.parametrize(("language", "zone"), [("en", "UTC"), ("zh-CN", "Asia/Shanghai")])
def test_it_reads_as_the_golden_file(day, language, zone):
    check_golden(f"digest-day.{language}.md", page_of(day, Config(language, zone)).rstrip("\n") + "\n")


def test_a_reverted_entry_says_so_wherever_it_is_shown(day):
    page = page_of(day)
    there = f"↩ reverted by [#{SPLIT}220]({REDIRECT}/43#user-content-c-fffffff) (2026-01-07)"
    name = day.entries[0].commit_sha
    (row,) = [line for line in lines_with(page, f"/commit/{name}") if line.startswith("| ")]
    (act,) = lines_with(section(page, "⚡ Act first"), "Fix crash on an empty list")
    analysis = page.partition(f'<a id="c-{name[:7]}"></a>')[2].partition("<a id=")[0]
    assert all(there in text for text in (row, act, analysis))
    assert "↩ reverted)" in page.splitlines()[6]


def test_what_was_reverted_is_no_longer_pressing(day):
    lines = [line for line in section(page_of(day), "⚡ Act first").splitlines() if line.startswith("- ")]
    assert ["Fix crash on an empty list" in line for line in lines].index(True) == len(lines) - 1


def test_what_landed_again_or_whose_revert_was_reverted_is_pressing():
    crash = MESSAGES[0]
    reverted = ('Revert "Fix crash on an empty list" (#301)', PRODUCT, "")
    for again in (
        ('Reland "Fix crash on an empty list" (#302)', PRODUCT, ""),
        ('Revert "Revert "Fix crash on an empty list""', PRODUCT, ""),
    ):
        assert (
            "↩ reverted by"
            not in section(page_of(day_of([crash, reverted, again])), "⚡ Act first")
            .partition("Fix crash on an empty list](#user-content-c-abc0000)")[2]
            .partition("\n")[0]
        )
    only = section(page_of(day_of([crash, reverted])), "⚡ Act first")
    assert "↩ reverted by" in only


def test_both_ends_of_a_tie_are_linked_on_one_day(day):
    page = page_of(day)
    reverting, reverted = day.entries[13], day.entries[4]
    assert f"↩ reverted by [#{SPLIT}212](#user-content-c-{reverting.commit_sha[:7]})" in page
    assert f"↩ reverts [#{SPLIT}205](#user-content-c-{reverted.commit_sha[:7]})" in page
    assert f"➜ follows up on [#{SPLIT}201](#user-content-c-{day.entries[0].commit_sha[:7]})" in page
    assert f"➜ followed up by [#{SPLIT}211](#user-content-c-{day.entries[12].commit_sha[:7]})" in page


def test_what_no_digest_lists_is_text(day):
    (row,) = [line for line in lines_with(page_of(day), "Reland") if line.startswith("| ")]
    assert f"↪ lands #{SPLIT}149 again |" in row


def test_another_day_whose_issue_is_not_known_is_named_without_a_link(day):
    page = page_of(replace(day, issues=()))
    assert f"↩ reverted by #{SPLIT}220 (2026-01-07)" in page
    assert f"{REDIRECT}/43#" not in page


def test_on_enterprise_server_nothing_leaves_a_back_reference(day):
    there = replace(REPOSITORY, url="https://github.example.com/acme/project")
    page = page_of(day, repository=there)
    assert "redirect.github.com" not in page
    assert not re.search(r"/(?:issues|pull)/\d", page)
    assert f"2026-01-05 (#{SPLIT}41)" in page


def test_a_tied_entry_without_an_analysis_has_its_anchor_in_the_table(day):
    entries = [replace(one, assessment=None) if one.position == 4 else one for one in day.entries]
    page = page_of(replace(day, entries=tuple(entries)))
    (row,) = [line for line in lines_with(page, '<a id="c-abc0004"></a>') if line.startswith("| ")]
    assert "ci: wait 9 minutes" in row
    assert page.count('<a id="c-abc0004"></a>') == 1


def test_every_link_inside_leads_to_an_anchor_that_exists_once(day):
    shown = html(page_of(day))
    anchors = re.findall(r'<a id="([^"]*)"', shown)
    assert len(anchors) == len(set(anchors)) == len(day.entries)
    assert set(re.findall(r'href="#([^"]*)"', shown)) <= set(anchors)


def test_a_series_is_one_line_that_unfolds_to_all_of_it(day):
    shown = html(section(page_of(day), "📋 Contents"))
    (series,) = re.findall(r"<details><summary>Migrate … tests \(3\)</summary>(.*?)</details>", shown, re.DOTALL)
    assert re.findall(r'href="#user-content-c-(\w+)"', series) == ["abc0001", "abc0002", "abc0003"]


def test_noise_is_folded_and_what_is_tied_to_others_is_not(day):
    shown = html(page_of(day).partition("### 🟢 Low importance")[2])
    noise = re.findall(r"<details><summary>🧹 Noise[^<]*</summary>(.*?)</details>", shown, re.DOTALL)
    assert [re.findall(r'id="user-content-c-(\w+)"', one) for one in noise] == [["abc0005", "abc000e"]]


def test_the_table_has_a_row_for_each_commit_newest_first(day):
    rows = re.findall(r"^\| ([\d:]+) \|.*?/commit/([0-9a-f]{40})\)", page_of(day), re.MULTILINE)
    assert [name for _, name in rows] == [one.commit_sha for one in reversed(day.entries)]
    late = (replace(day.entries[0], landed_at=NOON + 3600), *day.entries[1:])
    rows = re.findall(r"^\| [\d:]+ \|.*?/commit/([0-9a-f]{7})", page_of(replace(day, entries=late)), re.MULTILINE)
    assert rows[0] == "abc0000"


#: What the reader has to act on -> title and files of a change that is it.
PRESSING = {
    "says-breaking": ("feat!: new wire format", PRODUCT),
    "says-default": ("Change the default timeout to 5 s", PRODUCT),
    "changes-default": ("Tune the client", (modified("src/app.py", '@@ -1 +1 @@\n-MODE = "fast"\n+MODE = "safe"'),)),
    "removes-flag": (
        "Tidy the command line",
        (modified("src/app.py", '@@ -1 +1 @@\n-parser.add_argument("--feet")\n+parser.parse_args()'),),
    ),
    "bumps-dependency": ("Bump httpx from 1.2.0 to 1.3.0", bump("httpx")),
    "bumps-major": ("Bump flask from 2.3.3 to 3.0.0", bump("flask", "2.3.3", "3.0.0")),
    "says-security": ("Fix CVE-2026-0001: refuse paths outside the root", PRODUCT),
    "reverts": ('Revert "Add a thing"', PRODUCT),
    "fixes-data": ("Fix data loss when the disk is full", PRODUCT),
    "fixes-crash": ("Fix segfault on start", PRODUCT),
}


@pytest.mark.parametrize("code", PRESSING)
def test_everything_that_asks_to_be_acted_on_has_one_line_at_the_top(code):
    digest = day_of([(*PRESSING[code], ""), ("Say how to install it", DOCS, "")])
    assert digest.entries[0].assessment.act_first == code
    lines = section(page_of(digest), "⚡ Act first").strip().splitlines()
    assert len(lines) == 1
    assert "#user-content-c-abc0000" in lines[0]


def test_the_most_pressing_comes_first():
    digest = day_of([(*PRESSING[code], "") for code in sorted(PRESSING)])
    lines = section(page_of(digest), "⚡ Act first").strip().splitlines()
    levels = [("high", "medium", "low").index(re.match(r"- \S+?\xa0?\s?(high|medium|low)", line)[1]) for line in lines]
    assert levels == sorted(levels)
    assert len(lines) == len(PRESSING)
    shown = {int(name, 16) - 0xABC0000: line for line in lines for name in re.findall(r"c-([0-9a-f]{7})\)", line)}
    codes = [sorted(PRESSING)[position] for position in shown]
    high = [code for code, level in zip(codes, levels, strict=True) if level == 0]
    assert [ACT_FIRST.index(code) for code in high] == sorted(ACT_FIRST.index(code) for code in high)


def test_small_updates_of_dependencies_share_a_line(day):
    (line,) = lines_with(section(page_of(day), "⚡ Act first"), "3 updates of dependencies")
    assert re.findall(r"c-(\w+)\)", line) == ["abc0006", "abc0007", "abc0008"]
    (major,) = lines_with(section(page_of(day), "⚡ Act first"), "flask")
    assert "a major step" in major


def sentence_of(digest, language="en"):
    """The second of the two sentences."""
    lines = page_of(digest, Config(language, "UTC")).splitlines()
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", next(lines[at + 1] for at, line in enumerate(lines) if "**" in line))


LOW = [("Say how to install it", DOCS, ""), ("Fix a typo in the docs", DOCS, "")]


def test_the_second_sentence_of_quiet_days():
    assert sentence_of(day_of(LOW[:1])) == "Its importance is low; none is of high risk."
    assert sentence_of(day_of(LOW)) == "All 2 are of low importance; none is of high risk."
    medium = day_of([*LOW, MESSAGES[9]])
    assert sentence_of(medium) == (
        "None is of high importance; 1 is of medium importance: Bump flask from 2.3.3 to 3.0.0 (dependencies);"
        " none is of high risk."
    )


def test_the_second_sentence_of_a_day_that_is_not_analysed():
    waiting = day_of(LOW)
    none = replace(waiting, entries=tuple(replace(one, assessment=None) for one in waiting.entries))
    assert sentence_of(none) == "None of the 2 has been analysed yet."
    half = replace(waiting, entries=(waiting.entries[0], none.entries[1]))
    assert sentence_of(half) == "So far 1 of 2 is analysed; its importance is low; none is of high risk."
    assert sentence_of(replace(none, entries=none.entries[:1])) == "It has not been analysed yet."


def test_the_second_sentence_names_what_is_risky_and_not_yet_named():
    removed = (*PRESSING["removes-flag"], "")
    crash = ("fix!: crash on start", PRODUCT, "")
    digest = day_of([crash, removed, *LOW])
    risky = [one.title for one in digest.entries if one.assessment.risk.level == "high"]
    said = sentence_of(digest)
    assert all(title in said for title in risky)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_no_sentence_claims_a_superlative(day, language):
    assert not re.search(r"\b(?:most|biggest|largest|riskiest)\b|最", sentence_of(day, language))


def test_the_way_to_other_days_and_what_is_left_of_a_finished_one(day):
    page = page_of(day)
    assert f"[2026-01-05]({REDIRECT}/41) · 2026-01-06 · [2026-01-07]({REDIRECT}/43) →" in page
    assert "every commit is analysed" in page
    last = replace(day.entries[-1], assessment=None)
    unread = replace(day, entries=(*day.entries[:-1], last), next=None)
    assert f"← [2026-01-05]({REDIRECT}/41) · 2026-01-06\n" in page_of(unread)
    assert "one commit stays without an analysis" in page_of(unread)
    alone = page_of(replace(day, previous=None, next=None, closed=False))
    assert "finished" not in alone
    assert "· 2026-01-06" not in alone
