"""Titles, conventional and free-form."""

import pytest

from analysis.title import read_title


@pytest.mark.parametrize(
    ("title", "kind", "scope"),
    [
        ("fix(parser): do not loop (#12)", "bug fix", "parser"),
        ("feat: a thing", "feature", ""),
        ("perf(core)!: a thing", "performance", "core"),
        ("[Bugfix] a thing", "bug fix", "Bugfix"),
        ("[core][Doc] a thing", "docs", "core"),
        ("[router] refactor: a thing", "refactor", "router"),
        ("net/http: fix a leak", "bug fix", "net/http"),
        ('Revert "feat: a thing" (#12)', "revert", ""),
        ("Fix crash on start", "bug fix", ""),
        ("Bump lodash from 4.17.20 to 4.17.21", "dependencies", ""),
        ("Upgrade the parser version", "dependencies", ""),
        ("Fix typo in the readme", "docs", ""),
        ("Add unit tests", "test", ""),
        ("Rename a to b", "refactor", ""),
        ("Remove unused imports", "refactor", ""),
        ("Speed up the scan", "performance", ""),
        ("Support IPv6", "feature", ""),
        ("Wednesday", None, ""),
        ("", None, ""),
    ],
)
def test_kind_and_scope(title, kind, scope):
    read = read_title(title)
    assert (read.kind, read.scope) == (kind, scope)


@pytest.mark.parametrize(
    ("title", "body", "breaking"),
    [
        ("feat!: drop Python 3.8", "", True),
        ("feat(api)!: drop", "", True),
        ("feat: drop", "text\n\nBREAKING CHANGE: the flag is gone", True),
        ("feat: drop", "- [ ] Breaking change (fix or feature that breaks things)", False),
        ("feat: wow!", "", False),
    ],
)
def test_breaking_needs_a_mark_or_a_footer(title, body, breaking):
    assert read_title(title, body).breaking is breaking


@pytest.mark.parametrize(
    ("title", "body", "text"),
    [
        ("Merge pull request #12 from someone/branch", "\n\nfix: a crash\n\nText", "fix: a crash"),
        ("Merge branch 'topic' into 'main'", "\nAdd a thing\n\nSee merge request a/b!1", "Add a thing"),
        ("Merge branch 'topic' into 'main'", "\nSee merge request a/b!1", "Merge branch 'topic' into 'main'"),
        ("Merge pull request #12 from someone/branch", "", "Merge pull request #12 from someone/branch"),
        ("Merge two lists", "fix: a crash", "Merge two lists"),
    ],
)
def test_the_title_of_a_merge_is_that_of_what_it_merges(title, body, text):
    assert read_title(title, body).text == text


@pytest.mark.parametrize(
    ("title", "part"), [("[3/N][Cache] Init", "3/N"), ("Add x (2/4)", "2/4"), ("Rollout Part 1", "1"), ("Add x", "")]
)
def test_parts_of_a_series(title, part):
    assert read_title(title).part == part


@pytest.mark.parametrize("title", ["[" * 100_000, "a(" * 100_000, "\u202e\x00\ud83d", "fix " * 50_000, "\n\n", "!: "])
def test_hostile_titles_are_only_text(title):
    assert len(read_title(title, "x" * 60_000).subject) <= 300
