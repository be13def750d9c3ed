"""Series of titles, as one day of a real project has them."""

import pytest

from analysis.series import series

MIGRATIONS = [
    "[smg][ci] migrate function calling tests to new infrastructure (#16748)",
    "ci: migrate 2-GPU tests to test/registered/ (#16529)",
    "[smg][ci] Migrate Response API e2e tests to shared infrastructure (#16680)",
    "Migrating tokenizer tests to test/registered/tokenizer/ (#16457)",
]
OTHERS = ["Fix FP8 MoE NaN with DeepGEMM on Blackwell (#16622)", "Support IPv6", "", "…", "🎉"]


@pytest.mark.parametrize(
    ("titles", "label"),
    [
        (MIGRATIONS, "migrate … tests"),
        (["Bump a from 1 to 2", "bump b-c to 3.0", "Bump @d/e from 1.0 to 1.1 (#3)"], "Bump …"),
        (
            [f"Support {what} inference in dump comparator" for what in ("`axes`", "dp2", "s≡t")],
            "Support … inference in dump comparator",
        ),
        (
            ["Add a demo in dump comparator", "Enhance it in dump comparator", "Use enums in dump comparator"],
            "… in dump comparator",
        ),
        (
            [
                "Add sufengBuaa to CI_PERMISSION list of owners",
                "Add b8zhong to CI_PERMISSION list of owners",
                "Add x_1 to CI_PERMISSION list of owners",
            ],
            "Add … to … list of owners",
        ),
    ],
)
def test_steps_of_one_thing_are_found(titles, label):
    (found,) = series([*OTHERS, *titles])
    assert found.label == label
    assert found.members == tuple(range(len(OTHERS), len(OTHERS) + len(titles)))


def test_two_are_no_series():
    assert series(MIGRATIONS[:2]) == ()
    assert len(series(MIGRATIONS[:3])) == 1


def test_equal_tags_or_prefixes_are_enough_only_when_asked():
    titles = ["[CI] Wait longer", "[ci] Name the jobs", "[CI] Use one cache", "ci: a", "ci: b", "ci: c"]
    assert series(titles) == ()
    assert [(one.label, one.members) for one in series(titles, by_lead=True)] == [
        ("[CI] …", (0, 1, 2)),
        ("ci: …", (3, 4, 5)),
    ]


def test_what_belongs_together_by_its_words_is_not_split_by_its_tags():
    (found,) = series([*MIGRATIONS, "[smg][ci] rename models", "[smg][ci] fix cleanup"], by_lead=True)
    assert found.members == (0, 1, 2, 3)


def test_each_title_is_in_one_series_at_most_and_the_order_is_that_of_the_first_members():
    titles = [
        title for pair in zip(MIGRATIONS, [f"Bump {n} from 1 to 2" for n in "abcd"], strict=True) for title in pair
    ]
    found = series(titles, by_lead=True)
    assert [one.members for one in found] == [(0, 2, 4, 6), (1, 3, 5, 7)]


@pytest.mark.parametrize("title", [*MIGRATIONS, *OTHERS, "[CI] Wait longer", "Bump z from 1 to 2"])
def test_one_more_title_leaves_other_series_as_they_are(title):
    titles = [*MIGRATIONS, *OTHERS, "Bump a from 1 to 2", "Bump b from 1 to 2", "Bump c from 1 to 2"]
    before = [(one.label, set(one.members)) for one in series(titles, by_lead=True)]
    after = [(one.label, set(one.members) - {len(titles)}) for one in series([*titles, title], by_lead=True)]
    assert after == before


@pytest.mark.parametrize("text", ["[" * 5000, "a " * 5000, "in " * 5000, "(" * 5000, "x: " * 5000])
def test_no_text_is_too_odd(text):
    series([text] * 3, by_lead=True)
