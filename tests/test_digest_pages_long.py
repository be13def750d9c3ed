"""Long days: pages that GitHub takes, that stay as they are while the day goes on, and that hold every commit once."""

import functools
import re
from dataclasses import replace

import pytest

from analysis.assess import assess
from analysis.change import Change, FileChange
from ghapp.config import Config
from ghapp.digest import (
    BODY_ANALYSES,
    BODY_ROWS,
    LAST_ANALYSES_PAGE,
    PAGE_ANALYSES,
    Digest,
    Entry,
    Link,
)
from ghapp.digest_page import digest_pages
from ghapp.render import units
from tests.golden import REPOSITORY
from tests.golden.answers import HIGH, MEDIUM, USED, judged_with

COUNTS = (1, 100, 500, 2_000)
#: GitHub refuses more than 65,536; some room is left for what people add.
LIMIT = 65_000
DAY, NOON = "2026-01-05", 1_767_614_400

CODE = "@@ -1,2 +1,2 @@\n def first(rows):\n-    return rows[0]\n+    return rows[0] if rows else None"
#: Title, and path that is changed: all levels of importance, series and noise.
KINDS = (
    ("Fix crash in part {} of the reader", "src/reader_{}.py"),
    ("Migrate tests of part {} to the new runner", "tests/test_{}.py"),
    ("ci: wait longer for job {}", ".github/workflows/job_{}.yml"),
    ("Support part {} in the reader", "src/part_{}.py"),
    ("Bump package-{} from 1.0 to 1.1", "requirements.txt"),
    ("Say more about part {}", "docs/part_{}.md"),
)
LONG = " and a title that goes on, with `code`, <tags>, |bars| and 😀," * 5


@functools.cache
def assessment_of(kind):
    """One assessment for each kind of title: what differs between its commits is the title."""
    title, path = KINDS[kind]
    patch = "@@ -1 +1 @@\n-package==1.0\n+package==1.1" if path == "requirements.txt" else CODE
    return assess(Change(title.format(1), "", "Ann", (FileChange(path.format(1), "modified", 1, 1, patch),)))


def entry(position, *, is_read=True, is_long=False):
    kind = position % len(KINDS)
    judged = assessment_of(kind)
    note = None
    if is_long and judged.importance.level != "low":
        judged, note = judged_with(judged, HIGH if judged.importance.level == "high" else MEDIUM), USED
    title = KINDS[kind][0].format(position) + (LONG if is_long else "") + f" (#{position + 1})"
    values = {"files": 1, "added": 1, "deleted": 1, "assessment": judged} if is_read else {}
    made = Entry(
        f"{position + 0xABC0000:07x}" + "0" * 33, position, NOON + position, title, "Ann", position + 1, **values
    )
    return replace(made, note=note) if note else made


def day_of(count, **more):
    entries = tuple(entry(position, **more) for position in range(count))
    return digest_of(entries)


def digest_of(entries):
    return Digest(REPOSITORY.id, DAY, "b" * 40, entries[-1].commit_sha, tuple(entries), count=len(entries))


def pages_of(digest, language="en"):
    return digest_pages(digest, REPOSITORY, Config(language, "UTC"))


@functools.cache
def pages_of_day(count):
    return tuple(pages_of(day_of(count)))


def changed(before, after):
    """Pages of `after` that are not as they were, by number."""
    return {at for at, page in enumerate(after) if at >= len(before) or before[at] != page}


@pytest.mark.parametrize("count", COUNTS)
def test_each_commit_has_one_row_and_each_page_is_one_that_github_takes(count):
    pages = pages_of_day(count)
    assert max(map(units, pages)) < LIMIT
    rows = [
        name for page in pages for name in re.findall(r"^\| [\d:]+ \|.*?/commit/([0-9a-f]{40})\)", page, re.MULTILINE)
    ]
    assert sorted(rows) == [one.commit_sha for one in day_of(count).entries]


@pytest.mark.parametrize(("count", "language"), [(1, "en"), (100, "zh-CN"), (100, "en"), (400, "zh-CN")])
def test_long_titles_and_long_analyses_fit(count, language):
    assert max(map(units, pages_of(day_of(count, is_long=True), language))) < LIMIT


#: Where a page of analyses, or of rows, is full.
FULL = (BODY_ANALYSES, BODY_ROWS, BODY_ANALYSES + PAGE_ANALYSES, BODY_ANALYSES + LAST_ANALYSES_PAGE * PAGE_ANALYSES)


@pytest.mark.parametrize("count", [*COUNTS, *FULL])
def test_one_more_commit_changes_two_pages_at_the_most(count):
    before = pages_of_day(count)
    after = pages_of(digest_of([*day_of(count).entries, entry(count, is_read=False)]))
    assert {0} <= changed(before, after) <= {0, len(after) - 1}


@pytest.mark.parametrize(
    ("count", "position"), [(1, 0), (100, 99), (500, 47), (500, 260), (2_000, 1_000), (2_000, 1_999)]
)
def test_an_analysis_that_arrives_changes_two_pages_at_the_most(count, position):
    entries = list(day_of(count).entries)
    page = entries[position].page
    entries[position] = entry(position, is_read=False)
    found = changed(pages_of(digest_of(entries)), pages_of_day(count))
    assert {0} <= found <= {0, page}


@pytest.mark.parametrize("count", COUNTS[1:])
def test_what_is_summed_up_stands_in_the_body_alone(count):
    digest = day_of(count)
    entries = (*digest.entries[:-1], replace(digest.entries[-1], assessment=None, files=None, added=None, deleted=None))
    beside = {"previous": ("2026-01-04", 41), "next": ("2026-01-06", 43), "closed": True}
    other = replace(
        digest, **beside, base_sha="c" * 40, head_sha="d" * 40, count=count + 7, notes=(("switched", "old"),)
    )
    before = pages_of_day(count)
    assert changed(before, pages_of(other)) == {0}
    assert changed(before, pages_of(replace(digest, entries=entries))) <= {0, entries[-1].page}
    totals = rf"\b(?:{count}|{count:,}) (?:commits|listed|analysed|pending)\b"
    assert re.search(totals, before[0])
    assert not any(re.search(totals, page) for page in before[1:])


@pytest.mark.parametrize(("later", "earlier"), [(90, 3), (400, 90), (400, 300)])
def test_a_revert_changes_its_page_that_of_what_it_reverts_and_the_body(later, earlier):
    digest = day_of(500)
    one, other = digest.entries[later], digest.entries[earlier]
    links = (
        Link(one.commit_sha, "reverts", False, other.commit_sha, other.pull, DAY),
        Link(other.commit_sha, "reverts", True, one.commit_sha, one.pull, DAY),
    )
    after = pages_of(replace(digest, links=links))
    found = changed(pages_of_day(500), after)
    assert {one.page, other.page} <= found <= {0, one.page, other.page}
    there = f'<a id="c-{other.commit_sha[:7]}"></a>'
    assert sum(page.count(there) for page in after) == 1
    assert f"(#user-content-c-{other.commit_sha[:7]})" in after[one.page]


def test_a_reverted_commit_of_which_there_is_no_analysis_can_be_led_to():
    digest = day_of(1_000)
    one, other = digest.entries[-1], digest.entries[-2]
    links = (
        Link(one.commit_sha, "reverts", False, other.commit_sha, other.pull, DAY),
        Link(other.commit_sha, "reverts", True, one.commit_sha, one.pull, DAY),
    )
    pages = pages_of(replace(digest, links=links))
    for tied in (one, other):
        assert sum(page.count(f'<a id="c-{tied.commit_sha[:7]}"></a>') for page in pages) == 1
    assert "↩ reverted by" in pages[other.row_page]


def test_a_day_full_of_reverts_fits():
    name = f"{'o' * 39}/{'r' * 100}"
    there = replace(REPOSITORY, full_name=name, url=f"https://github.com/{name}")
    digest = day_of(300, is_long=True)
    links = [
        Link(one.commit_sha, kind, is_back, "f" * 40, 99_999, "2026-01-04")
        for one in digest.entries
        for kind in ("reverts", "fixes", "relands")
        for is_back in (True, False)
    ]
    tied = replace(digest, links=tuple(links), issues=(("2026-01-04", 99_998),))
    assert max(map(units, digest_pages(tied, there, Config("en", "UTC")))) < LIMIT
