"""What messages say of earlier changes, in the forms that tools and people write, and which change they mean."""

import pytest

from analysis.follow_ups import MAX_FOLLOW_UPS, follow_ups
from analysis.landed import Landed
from analysis.references import FollowUp

SHA = "4c46ecde8022b786a810b28c260773c9c789e9ef"
REVERTS = f"This reverts commit {SHA}."


def said(title, body="", own=None, repository="o/r", **more):
    """Each as (kind, object name, number, title), those that are not sure in a list."""
    found = follow_ups(title, body, own, repository, **more)
    rows = [(one.kind, one.commit_sha, one.pull, one.title) for one in found]
    return [row if one.is_sure else [*row] for row, one in zip(rows, found, strict=True)]


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        # git revert
        ('Revert "fix: a thing"', REVERTS, [("reverts", SHA, None, "fix: a thing")]),
        ('Revert "fix: a thing (#12)" (#15)', REVERTS, [("reverts", SHA, 12, "fix: a thing (#12)")]),
        (
            'Reapply "fix: a thing"',
            REVERTS,
            [("relands", "", None, "fix: a thing"), ("reverts", SHA, None, "")],
        ),
        # GitHub's button
        ('Revert "A thing" (#15)', "Reverts o/r#12", [("reverts", "", 12, "A thing")]),
        (
            "Merge pull request #15 from o/revert-12",
            'Revert "A thing"\n\nReverts o/r#12',
            [("reverts", "", 12, "A thing")],
        ),
        ('Revert "A title cut in the mid…', '…dle"', [("reverts", "", None, "A title cut in the middle")]),
        ('Revert "A title cut in the mid… (#15)', "", [("reverts", "", None, "A title cut in the mid…")]),
        ("[core] Revert “A thing”", "", [("reverts", "", None, "A thing")]),
        # Conventional Commits
        ("revert: feat: a thing", "This reverts commit 667ecc1.", [("reverts", "667ecc1", None, "feat: a thing")]),
        # By hand
        ("Revert #12 and #13 (#15)", "", [("reverts", "", 12, ""), ("reverts", "", 13, "")]),
        ("Revert early port (#12, #13) (#15)", "", [("reverts", "", 12, ""), ("reverts", "", 13, "")]),
        ("fix: revert #12 (#15)", "", [("reverts", "", 12, "")]),
        ("Revert PR 12: it hangs", "", [("reverts", "", 12, "")]),
        ("Revert https://github.com/o/r/pull/12", "", [("reverts", "", 12, "")]),
        ('Revert "A thing" and "Another"', "", [("reverts", "", None, "A thing"), ("reverts", "", None, "Another")]),
        ("Revert several", f"This reverts commits {SHA} and 667ecc1.", [
            ["reverts", "", None, "several"], ("reverts", SHA, None, ""), ("reverts", "667ecc1", None, ""),
        ]),
        ("Fix CI by reverting two commits (#12 and #13)", "", [("reverts", "", 12, ""), ("reverts", "", 13, "")]),
        ('Back out "A thing"', "", [("reverts", "", None, "A thing")]),
        ("Backed out changeset 1a2b3c4d5e6f (bug 77)", "", [("reverts", "1a2b3c4d5e6f", None, "")]),
        # Landed again
        ('Reland "A thing" (#15)', "", [("relands", "", None, "A thing")]),
        ("Re-land: #12", "", [("relands", "", 12, "")]),
        ("[Reland] Fuse kernels (#12) (#15)", "", [("relands", "", 12, "")]),
        ("A thing", "This is a reland of #12", [["relands", "", 12, ""]]),
        # Mended
        ("Fix leak", 'Fixes: 1234567abc ("net: add a thing")', [
            ("fixes", "1234567abc", None, "net: add a thing"), ["fixes", "1234567abc", None, ""],
        ]),
        ("Fix the crash introduced in #12", "", [("fixes", "", 12, "")]),
        ("Fix config bug caused by PR #12", "", [("fixes", "", 12, "")]),
        ("Repair filters regressed by #12", "", [("fixes", "", 12, "")]),
        ("Fix crash on ROCm (regression from #12)", "", [("fixes", "", 12, "")]),
        ("fix(pool): use the actual size after #12", "", [("fixes", "", 12, "")]),
        ("Use the actual size after #12", "", []),
        ("Fix leak", "Broken by 4c46ecd.", [("fixes", "4c46ecd", None, "")]),
        # Continued
        ("Guard the others (follow-up to #12)", "", [("follows", "", 12, "")]),
        ("Avoid deleting it (#12 follow-up) (#15)", "", [("follows", "", 12, "")]),
        ("Fix leak", "Follow up on o/r#12", [("follows", "", 12, "")]),
        # Nothing, or nothing that is sure
        ("Fix leak", "Fixes #123", [["fixes", "", 123, ""]]),
        ("Fix leak", "See #12, closes #13", []),
        ("Add a toggle for reverting fixes", "", []),
        ("Remove reverted test", "", []),
        ("Reverts are remembered for longer", "", []),
        ("history: Rollbacks must name what they undo", "", []),
        ("Revert the changes on memory", "", [["reverts", "", None, "changes on memory"]]),
        ("Add x", f"* fix lint\n* Revert y\n\n{REVERTS}", [["reverts", SHA, None, ""]]),
        ("", "", []),
    ],
)  # fmt: skip
def test_forms(title, body, expected):
    assert said(title, body, own=15) == expected


def test_a_revert_of_a_revert_lands_the_first_again():
    assert said('Revert "Revert "A thing"" (#16)', REVERTS, own=16) == [
        ("reverts", SHA, None, 'Revert "A thing"'),
        ("relands", "", None, "A thing"),
    ]
    assert said('Revert "Reapply "A thing""')[1] == ("reverts", "", None, "A thing")
    assert said('Revert "Revert "Revert "A thing"""')[2] == ("reverts", "", None, "A thing")


def test_numbers_of_other_repositories_name_nothing_here():
    assert said('Revert "A thing"', "Reverts other/repo#12") == [("reverts", "", None, "A thing")]
    assert said("Fix it, broken by https://github.com/other/repo/pull/12") == []
    assert said('Revert "A thing"', "Reverts O/R#12") == [("reverts", "", 12, "A thing")]
    assert said('Revert "A thing"', "Reverts other/repo#12", repository="") == [("reverts", "", 12, "A thing")]


def test_what_a_revert_quotes_is_said_by_the_change_that_it_reverts():
    assert [one[0] for one in said('Revert "Fix crash (regression from #12)"')] == ["reverts"]


def test_the_notes_of_others_that_a_bot_quotes_are_not_its_own():
    notes = "Reverts #12\nFollow-up to #13\n" + REVERTS
    assert said("Bump a from 1 to 2", notes, bot=True) == []
    assert len(said("Bump a from 1 to 2", notes)) == 3
    assert said('Revert "A thing"', REVERTS, bot=True) == [("reverts", SHA, None, "A thing")]


def test_its_own_number_names_nothing():
    assert said("Fix it after #12 (#12)", "Follow-up to #12", own=12) == []


def test_a_list_of_many_is_cut():
    assert len(said("Notes", "\n".join(f"Follow-up to #{number}" for number in range(100, 150)))) == MAX_FOLLOW_UPS


@pytest.mark.parametrize(
    "text", ['"' * 9000, "Revert " * 3000, "[a]" * 6000, "#1 " * 6000, "follow up to " * 2000, "a/" * 9000]
)
def test_no_text_is_too_odd(text):
    assert len(follow_ups(text, text)) <= MAX_FOLLOW_UPS
    assert len(follow_ups(f'Revert "{text}"', text)) <= MAX_FOLLOW_UPS


def test_the_evidence_is_what_was_said():
    (found,) = follow_ups("Fix the crash\nintroduced in #12")
    assert found.evidence == "introduced in #12"
    assert max(len(one.evidence) for one in follow_ups(f'Revert "{"long " * 50}"')) <= 80


OTHER = "667ecc1654a317a13331b17617d973392f415f02"


@pytest.fixture
def landed():
    made = Landed()
    made.add(OTHER, 11, "[core] Keep the rows of a day when the process is restarted (#11)")
    made.add(SHA, 12, "fix: a `thing` (#12)")
    return made


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (FollowUp("reverts", commit_sha="4c46ecd"), SHA),
        (FollowUp("reverts", commit_sha="4c46ecdffff"), None),
        (FollowUp("reverts", pull=12), SHA),
        (FollowUp("reverts", pull=13), None),
        (FollowUp("reverts", title="Fix: a thing (#12)"), SHA),
        (FollowUp("reverts", title="fix: a thing #99"), SHA),
        (FollowUp("reverts", title="fix: another thing"), None),
        (FollowUp("reverts", title="[core]Keep the rows of a day when the process is…"), OTHER),
        (FollowUp("reverts", title="[core] Keep the rows of a day when the process is killed…"), None),
        (FollowUp("reverts", title="[core] Keep the…"), None),
        (FollowUp("reverts", commit_sha="fffffff", pull=99, title="fix: a thing"), SHA),
        (FollowUp("reverts"), None),
    ],
)
def test_which_change_is_meant(landed, named, expected):
    assert landed.find(named) == expected


def test_of_two_with_one_title_the_newest_is_meant(landed):
    landed.add("a" * 40, 20, "fix: a thing (#20)")
    assert landed.find(FollowUp("reverts", title="fix: a thing")) == "a" * 40
