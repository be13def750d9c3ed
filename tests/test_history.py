"""The history of a repository: a window of commits, what it says of a change, and that nothing else counts."""

import random
import time

import pytest

from analysis.assess import assess
from analysis.change import Change, FileChange
from analysis.history import REACH, REMEMBERED, WINDOW, History, Past, PastFile, author_key, thinned
from analysis.past import Message, past_of
from analysis.references import FollowUp

DAY = 86_400
NOW = 1_700_000_000


def past(number, *paths, author="Ann", title="Change things", **more):
    """Commit `number` of a branch with one commit every six hours."""
    files = tuple(PastFile(path, more.pop("added", 10), 1) for path in paths)
    at = more.pop("at", NOW - (1000 - number) * DAY // 4)
    return Past(f"{number:040x}", at, author_key(author), title, files, number, **more)


def change(*paths, title="Change things", author="Ann", added=10, at=NOW):
    patch = "@@ -0,0 +1 @@\n+x"
    files = tuple(FileChange(path, "modified", added, 0, patch) for path in paths)
    return Change(title, "", author, files, committed_at=at)


def reverts(number, target, *paths, **more):
    return past(number, *paths, undoes=(FollowUp("reverts", f"{target:040x}"),), title='Revert "it"', **more)


def quiet(count=1000, path="src/other/b.py"):
    return [past(number, path, author="Bob") for number in range(count)]


def codes(history, one):
    return {reason.code: reason for reason in assess(one, history).risk.reasons}


def random_past(rnd, number):
    named = max(0, number - rnd.randrange(1, 2600))
    undoes = (FollowUp("reverts", f"{named:040x}", named, f"t{named % 300}"),) if rnd.random() < 0.04 else ()
    paths = {f"src/{rnd.randrange(9)}/{rnd.randrange(30)}.py": None for _ in range(rnd.randrange(1, 5))}
    files = [PastFile(path, rnd.randrange(200), 1) for path in paths]
    if rnd.random() < 0.05:
        files.append(PastFile(f"src/new/{number}.py", 3, 3, f"src/{rnd.randrange(9)}/{rnd.randrange(30)}.py"))
    author = author_key(f"a{rnd.randrange(20)}")
    return Past(f"{number:040x}", NOW + number * 5000, author, f"t{number % 300}", tuple(files), number, False, undoes)


def test_a_window_that_slid_says_what_one_that_was_loaded_says():
    rnd = random.Random(4)  # noqa: S311 - any numbers will do
    commits = [random_past(rnd, number) for number in range(9000)]
    slid, loaded = History(commits), History(thinned(commits[-REACH:], WINDOW))
    assert len(slid) == len(loaded) == WINDOW
    assert slid.remembered == loaded.remembered == REMEMBERED
    for number in range(150):
        path = f"src/{number % 9}/{number % 30}.py"
        one = change(
            path, f"src/new/{8990 - number}.py", title=f"t{number}", author=f"a{number % 20}", at=NOW + 45_010_000
        )
        assert assess(one, slid) == assess(one, loaded)


def test_what_was_reverted_is_remembered_longer_than_what_was_changed():
    """With its file, its directory and its title, for `REMEMBERED` commits; by where the file was then."""
    commits = [past(0, "src/core/a.py", title="core: Do it"), reverts(1, 0, "src/core/a.py")]
    commits += quiet(WINDOW)
    commits += [past(9000, "src/core/a.py", author="Bob")]
    found = codes(History(commits), change("src/core/a.py", title="core: Do more"))
    for code, name in (("file", {"path": "src/core/a.py"}), ("area", {"name": "src/core"})):
        assert found[f"often-reverted-{code}"].values == name | {"n": 1, "changes": 1}
    assert found["often-reverted-scope"].values == {"name": "core", "n": 1, "changes": 0}
    assert found["often-reverted-file"].evidence[0].commit_sha == f"{0:040x}"
    moved = (PastFile("src/core/b.py", 0, 0, "src/core/a.py"),)
    renamed = History([*commits, Past(f"{9001:040x}", NOW, author_key("Bob"), "Move", moved)])
    assert codes(renamed, change("src/core/b.py"))["often-reverted-file"].values["n"] == 1
    last = [*commits[:-1], *quiet(REMEMBERED - len(commits)), commits[-1]]
    assert codes(History(last), change("src/core/a.py")).keys() >= {"often-reverted-file", "often-reverted-area"}
    long_ago = [*last[:-1], *quiet(1), last[-1]]
    assert not [code for code in codes(History(long_ago), change("src/core/a.py")) if "often-reverted" in code]


def test_of_what_landed_before_the_window_only_what_was_reverted_has_files():
    commits = [past(8000, "a.py"), past(8001, "b.py"), *quiet(WINDOW - 2), reverts(9000, 8001, "b.py"), *quiet(5)]
    found = thinned(commits, WINDOW)
    assert [one.has_files for one in found] == [False, True, *[False] * 4, *[True] * WINDOW]
    assert (found[0].files, found[1:2], found[6:]) == ((), commits[1:2], commits[6:])


@pytest.mark.parametrize(("days", "code"), [(7, "just"), (8, "lately"), (30, "lately"), (31, None)])
def test_what_was_reverted_lately_in_a_directory_is_said_with_its_commit(days, code):
    at = NOW - days * DAY
    commits = [*quiet(400), past(900, "src/core/a.py", at=at), reverts(901, 900, "src/core/a.py", author="Bob", at=at)]
    found = codes(History(commits), change("src/core/z.py", author="Cid"))
    assert [one for one in found if one.startswith(("just-", "lately-"))] == ([f"{code}-reverted-area"] if code else [])
    if code:
        reason = found[f"{code}-reverted-area"]
        assert reason.values == {"path": "src/core", "commit": f"{900:040x}"[:9], "n": days}
        assert [one.commit_sha for one in reason.evidence] == [f"{901:040x}", f"{900:040x}"]


def test_loading_and_adding_are_quick():
    rnd = random.Random(5)  # noqa: S311 - any numbers will do
    commits = [random_past(rnd, number) for number in range(4000)]
    began = time.process_time()
    history = History(commits[:2000])
    loaded = time.process_time()
    for one in commits[2000:]:
        history.add(one)
    assert loaded - began < 0.3 * 3
    assert (time.process_time() - loaded) / 2000 < 0.0005 * 3


def test_too_short_a_history_gives_nothing_and_is_said():
    one = change("src/core/a.py")
    assert assess(one).history == "none"
    short = assess(one, History(quiet(150)))
    assert short.history == "short"
    assert short.risk == assess(one).risk
    assert assess(one, History(quiet())).history == "used"


def test_reverted_files_directories_and_titles_are_counted_with_their_commits():
    commits = [*quiet(900), past(900, "src/core/a.py", title="core: Do it"), reverts(901, 900, "src/core/a.py")]
    found = codes(History(commits), change("src/core/a.py", title="core: Do more"))
    assert found["often-reverted-file"].values == {"path": "src/core/a.py", "n": 1, "changes": 2}
    assert found["often-reverted-file"].evidence[0].commit_sha == f"{900:040x}"
    assert found["often-reverted-area"].values == {"name": "src/core", "n": 1, "changes": 2}
    assert found["often-reverted-scope"].values == {"name": "core", "n": 1, "changes": 1}


@pytest.mark.parametrize(
    ("others", "undone", "code"),
    [
        (3, 0, None),
        (8, 0, "less-reverted-scope"),
        (60, 0, "seldom-reverted-scope"),
        (75, 1, None),
        (60, 1, "reverted-scope"),
        (60, 4, "often-"),
    ],
)
def test_titles_that_open_alike_are_seldom_or_often_reverted(others, undone, code):
    """In a branch of which one commit in a hundred is reverted."""
    commits = quiet(800)
    for number in range(800, 800 + 2 * (8 - undone), 2):
        commits += [past(number, "src/x.py", title=f"odd{number} way"), reverts(number + 1, number, "src/x.py")]
    for number in range(820, 820 + others):
        commits.append(past(number, f"src/{number}.py", title=f"docs(api): Tell {number}"))
    for number in range(900, 900 + undone):
        commits.append(reverts(number, 820 + number - 900, "src/y.py"))
    found = [one for one in codes(History(commits), change("src/new.py", title="docs(api): Say")) if "scope" in one]
    assert found == ([] if code is None else [next(one for one in found if one.startswith(code))])


def test_where_few_titles_open_like_this_one_those_count_that_do_but_for_parentheses():
    commits = [*quiet(800), past(8000, "src/x.py", title="odd way"), reverts(8001, 8000, "src/x.py")]
    commits += [past(number, "src/y.py", title=f"docs(area{number % 9}): Tell") for number in range(820, 900)]
    found = codes(History(commits), change("src/new.py", title="docs(area1): Say"))
    assert found["seldom-reverted-scope"].values == {"name": "docs", "n": 0, "changes": 80}
    commits += [past(number, "src/y.py", title="docs(area1): Tell") for number in range(1000, 1040)]
    found = codes(History(commits), change("src/new.py", title="docs(area1): Say"))
    assert found["seldom-reverted-scope"].values == {"name": "docs(area1)", "n": 0, "changes": 49}


def test_where_nothing_is_reverted_no_title_is_special():
    assert not [code for code in codes(History(quiet()), change("src/new.py")) if "scope" in code]


def test_a_lock_file_is_not_blamed():
    commits = [*quiet(900), past(900, "go.sum"), reverts(901, 900, "go.sum")]
    assert not codes(History(commits), change("go.sum", "src/other/b.py")).keys() & {
        "reverted-file",
        "often-reverted-file",
    }


def test_files_at_the_top_have_nothing_in_common():
    commits = [*quiet(900), past(900, "a.py"), reverts(901, 900, "a.py")]
    found = codes(History(commits), change("b.py", "src/other/b.py"))
    assert not found.keys() & {"reverted-area", "often-reverted-area"}


def test_renames_are_followed():
    moved = Past(
        f"{902:040x}", NOW - DAY, author_key("Bob"), "Move", (PastFile("src/new/z.py", 0, 0, "src/core/a.py"),)
    )
    commits = [*quiet(900), past(900, "src/core/a.py"), reverts(901, 900, "src/core/a.py"), moved]
    assert codes(History(commits), change("src/new/z.py"))["often-reverted-file"].values["changes"] == 3


@pytest.mark.parametrize(("days", "code"), [(3, "tries-again-soon"), (40, "tries-again"), (120, None)])
def test_a_second_try_of_the_same_author_counts_for_ninety_days(days, code):
    at = NOW - days * DAY
    commits = [*quiet(400), past(900, "src/core/a.py", at=at), reverts(901, 900, "src/core/a.py", author="Bob", at=at)]
    found = codes(History(commits), change("src/core/a.py")).keys() & {"tries-again", "tries-again-soon"}
    assert found == ({code} if code else set())
    others = codes(History(commits), change("src/core/a.py", author="Cid"))
    assert not others.keys() & {"tries-again", "tries-again-soon"}


def test_the_same_title_again_is_a_reland():
    commits = [*quiet(400), past(900, "src/core/a.py", title="Do it (#900)"), reverts(901, 900, "src/core/a.py")]
    assert codes(History(commits), change("src/core/b.py", title="Do it (#950)"))["title-reverted"].points == 7


def test_the_usual_size_is_that_of_the_newest_commits():
    commits = quiet(1000)
    assert codes(History(commits), change("src/a.py", added=11))["larger-than-most"].values["percent"] == 100
    assert not {code for code in codes(History(commits), change("src/a.py", added=10)) if code.startswith("larger")}


def test_who_does_not_know_the_files_and_is_not_active_is_told_without_a_name():
    known = codes(History([*quiet(999), past(999, "src/other/b.py", author="Ann")]), change("src/other/b.py"))
    strange = codes(History(quiet()), change("src/other/b.py", author="Ann"))
    assert strange.keys() - known.keys() == {"new-to-files", "not-active-lately"}
    assert "Ann" not in str(strange)


def test_renaming_the_author_moves_nothing_but_familiarity():
    commits = [*quiet(900), past(900, "src/core/a.py"), reverts(901, 900, "src/core/a.py")]
    one, other = (codes(History(commits), change("src/core/a.py", author=name)) for name in ("Bob", "Zoe"))
    about_people = {"new-to-files", "unfamiliar-files", "not-active-lately", "tries-again", "tries-again-soon"}
    assert {code: reason for code, reason in one.items() if code not in about_people} == {
        code: reason for code, reason in other.items() if code not in about_people
    }


def test_one_line_in_an_unrelated_file_moves_no_rating():
    commits = [*quiet(900), past(900, "src/core/a.py"), reverts(901, 900, "src/core/a.py")]
    last = past(902, "docs/unrelated.md", author="Cid")
    longer = past(902, "docs/unrelated.md", author="Cid", added=11)
    one = change("src/core/a.py")
    assert assess(one, History([*commits, last])) == assess(one, History([*commits, longer]))


def test_authors_are_told_apart_by_name_whatever_its_case():
    assert author_key("Ann  Lee ") == author_key("ann lee")
    assert author_key("Ann") != author_key("Bob")
    assert (len(author_key("Ann")), author_key(" ")) == (16, "")


def test_what_is_kept_of_a_commit_is_what_people_wrote():
    message = Message("Ann", "Merge pull request #7 from a/b", 'Revert "x"\n\nThis reverts commit 0123456789ab.', 7)
    kept = past_of("a" * 40, NOW, message, (FileChange("b", "modified", 1, 2, "@@"), FileChange("a", "added", 1, 0)))
    assert (kept.title, [file.path for file in kept.files]) == ('Revert "x"', ["a", "b"])
    assert kept.undoes[0].commit_sha == "0123456789ab"
