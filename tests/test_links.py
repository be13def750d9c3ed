"""Ties between entries of one and of several days, as they are stored and as digests take them up."""

import json
from dataclasses import replace

import pytest

from analysis.follow_ups import follow_ups
from ghapp import keys
from ghapp.config import Config
from ghapp.demo.sample import SampleCommit
from ghapp.digest import Branch, Digest, Entry, Link
from ghapp.digest_page import digest_pages
from ghapp.digests import assess_entry
from ghapp.links import days_of, joined, link_entry, linking, queue_names
from ghapp.store import Step
from ghapp.work import Work
from tests.client import GitHubSide
from tests.golden import REPOSITORY

MONDAY, TUESDAY = "2026-01-05", "2026-01-06"
NUMBER = REPOSITORY.id


def entry(name, title, landed_at, position=0, pull=None):
    return Entry(f"{name}1" * 20, position, landed_at, title, "Ann", pull)


FIRST = entry("a", "Keep rows (#11)", 1000, 0, 11)
SECOND = entry("b", "Fix crash (#12)", 1000, 1, 12)
REVERT = entry("c", 'Revert "Keep rows" (#21)', 90_000, 0, 21)


@pytest.fixture
def land(store):
    """Lands entries on a day, as the landing job does, their names in the same transaction."""

    def landed(day, *entries):
        before = store.branch(NUMBER)
        base = before.cursor if before else None
        after = Branch("main", entries[-1].commit_sha, entries[-1].landed_at, day)
        digest = Digest(NUMBER, day, base, entries[-1].commit_sha, entries)
        assert store.advance(
            NUMBER, Step(before, after, (digest,)), lambda pipe: queue_names(pipe, NUMBER, day, entries)
        )

    return landed


def link(store, day, one, body=""):
    return link_entry(store, NUMBER, day, one, follow_ups(one.title, body, one.pull, "acme/project"))


def links_of(store, day):
    return joined(store, store.digest(NUMBER, day)).links


@pytest.fixture
def two_days(store, land):
    land(MONDAY, FIRST, SECOND)
    land(TUESDAY, REVERT)
    return store


THERE = Link(REVERT.commit_sha, "reverts", False, FIRST.commit_sha, 11, MONDAY)
BACK = Link(FIRST.commit_sha, "reverts", True, REVERT.commit_sha, 21, TUESDAY)


def test_both_days_say_it(two_days):
    assert link(two_days, TUESDAY, REVERT) == {MONDAY}
    assert links_of(two_days, TUESDAY) == (THERE,)
    assert links_of(two_days, MONDAY) == (BACK,)


def test_again_changes_nothing(two_days, connection):
    link(two_days, TUESDAY, REVERT)
    before = [connection.hgetall(keys.links(NUMBER, day)) for day in (MONDAY, TUESDAY)]
    assert link(two_days, TUESDAY, REVERT) == {MONDAY}
    assert [connection.hgetall(keys.links(NUMBER, day)) for day in (MONDAY, TUESDAY)] == before


def test_it_does_not_matter_which_entry_of_a_landing_is_read_first(store, land):
    again = replace(REVERT, landed_at=1000, position=2)
    land(MONDAY, FIRST, SECOND, again)
    assert link(store, MONDAY, again) == {MONDAY}
    assert {(one.commit_sha[0], one.is_back, one.other_sha[0]) for one in links_of(store, MONDAY)} == {
        ("c", False, "a"),
        ("a", True, "c"),
    }


def test_two_that_revert_one_change_do_not_overwrite_each_other(store, land):
    others = [entry(name, 'Revert "Keep rows"', 90_000, at) for at, name in enumerate("de")]
    land(MONDAY, FIRST)
    land(TUESDAY, *others)
    for one in others:
        link(store, TUESDAY, one)
    assert {one.other_sha[0] for one in links_of(store, MONDAY)} == {"d", "e"}


@pytest.mark.parametrize(
    ("title", "body", "found"),
    [
        ("Revert #11", "", "a"),
        ('Revert "Renamed since"', f"This reverts commit {'b1' * 20}.", "b"),
        ("Disable rows", "This reverts commit a1a1a1a.", "a"),
        ("Fix crash", "Fixes #12", "b"),
        ("Fix crash", "Fixes #99", None),
        ("Fix crash", "Follow-up to acme/project#12", "b"),
        ("Fix crash", "Follow-up to other/project#12", None),
        ('Revert "Something else"', "", None),
    ],
)
def test_what_is_named(store, land, title, body, found):
    one = entry("c", title, 90_000)
    land(MONDAY, FIRST, SECOND)
    land(TUESDAY, one)
    link(store, TUESDAY, one, body)
    assert [link.other_sha for link in links_of(store, TUESDAY)] == ([f"{found}1" * 20] if found else [])


def test_a_title_that_was_cut_names_what_begins_like_it(store, land):
    long = "Keep all rows of the day when the process is stopped"
    land(MONDAY, entry("a", f"{long} by a signal", 1000, 0), entry("b", f"{long} by hand", 1000, 1))
    one = entry("c", f'Revert "{long} by a sig…', 90_000)
    land(TUESDAY, one)
    link(store, TUESDAY, one)
    assert links_of(store, MONDAY) == ()
    other = entry("d", f'Revert "{long} by ha…', 90_001, 1)
    land(TUESDAY, other)
    link(store, TUESDAY, other)
    assert [one.commit_sha[0] for one in links_of(store, MONDAY)] == ["b"]


def test_of_two_with_one_title_the_last_one_before_is_meant(store, land):
    later = entry("e", "Keep rows (#31)", 180_000, 0, 31)
    again = entry("d", "Keep rows (#13)", 2000, 2, 13)
    land(MONDAY, FIRST, SECOND, again)
    land(TUESDAY, REVERT)
    land("2026-01-07", later)
    link(store, TUESDAY, REVERT)
    assert [one.commit_sha[0] for one in links_of(store, MONDAY)] == ["d"]
    assert links_of(store, "2026-01-07") == ()


def test_nothing_reverts_what_landed_later_or_itself(store, land):
    early = entry("c", "Revert #11", 500)
    land(MONDAY, early)
    land(TUESDAY, FIRST)
    link(store, MONDAY, early, f"This reverts commit {early.commit_sha}.")
    assert links_of(store, TUESDAY) == ()
    assert not [one for one in links_of(store, MONDAY) if one.day]


def test_what_no_digest_lists_is_kept_as_the_words_say_it(store, land):
    one = entry("c", 'Revert "Old" (#21)', 90_000, 0, 21)
    land(TUESDAY, one)
    assert link(store, TUESDAY, one, "Reverts acme/project#3") == set()
    assert links_of(store, TUESDAY) == (Link(one.commit_sha, "reverts", False, "", 3),)


@pytest.mark.parametrize(("month", "found"), [("2025-12-31", True), ("2025-11-01", True), ("2025-10-31", False)])
def test_months_back(store, land, month, found):
    one = entry("c", "Revert #11", 90_000)
    land(month, FIRST)
    land(MONDAY, one)
    assert link(store, MONDAY, one) == ({month} if found else set())


def test_a_day_whose_entries_are_gone_is_not_written_again(two_days, connection):
    connection.delete(keys.entries(NUMBER, MONDAY))
    assert link(two_days, TUESDAY, REVERT, f"This reverts commit {'a1' * 20}.") == set()
    assert connection.exists(keys.links(NUMBER, MONDAY)) == 0


def test_what_is_going_to_be_written_again_does_not_expire_meanwhile(two_days, connection):
    kept = [make(NUMBER, MONDAY) for make in (keys.entries, keys.digest)]
    for key in kept:
        connection.expire(key, 10)
    link(two_days, TUESDAY, REVERT)
    kept += [keys.links(NUMBER, MONDAY), keys.links(NUMBER, TUESDAY), keys.names(NUMBER, "2026-01")]
    assert all(connection.ttl(key) > 59 * 24 * 3600 for key in kept)


def test_a_revert_that_a_force_push_took_away_is_no_longer_said(two_days):
    link(two_days, TUESDAY, REVERT)
    at = two_days.branch(NUMBER)
    step = Step(at, replace(at, cursor=SECOND.commit_sha), (), left=frozenset({REVERT.commit_sha}))
    assert two_days.advance(NUMBER, step, lambda _: None)
    assert links_of(two_days, MONDAY) == ()
    assert links_of(two_days, TUESDAY) == ()


def come_to_know(store, day, *entries):
    """An earlier day becomes known after a later one."""
    digest = Digest(NUMBER, day, None, entries[-1].commit_sha, entries)
    store.put_digest(digest, store.branch(NUMBER), lambda pipe: queue_names(pipe, NUMBER, day, entries))


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ('Revert "Keep rows" (#21)', ""),
        ("Revert #11 (#21)", ""),
        ("Fix crash (#21)", "Fixes #11"),
        ("Revert it (#21)", "This reverts commit a1a1a1a1a."),
    ],
)
@pytest.mark.parametrize("month", ["2026-01-05", "2025-12-31", "2025-11-01"])
def test_what_was_named_before_it_was_known_is_tied_once_it_is(store, land, title, body, month):
    one = replace(REVERT, title=title)
    land(TUESDAY, one)
    assert link(store, TUESDAY, one, body) == set()
    come_to_know(store, month, SECOND, FIRST)
    assert link(store, month, SECOND) == set()
    assert link(store, month, FIRST) == {month, TUESDAY}
    (there,), (back,) = links_of(store, TUESDAY), links_of(store, month)
    assert (there.other_sha, there.day, there.is_back) == (FIRST.commit_sha, month, False)
    assert (back.commit_sha, back.other_sha, back.day, back.is_back) == (
        FIRST.commit_sha,
        one.commit_sha,
        TUESDAY,
        True,
    )
    assert link(store, month, FIRST) == set()


def test_what_was_named_is_the_nearer_one_once_that_is_known(store, land):
    sunday = "2026-01-04"
    land(sunday, replace(SECOND, title="Keep rows", landed_at=10))
    land(TUESDAY, REVERT)
    assert link(store, TUESDAY, REVERT) == {sunday}
    come_to_know(store, MONDAY, FIRST)
    assert link(store, MONDAY, FIRST) == {sunday, MONDAY, TUESDAY}
    assert links_of(store, sunday) == ()
    assert links_of(store, MONDAY) == (BACK,)
    assert links_of(store, TUESDAY) == (THERE,)


def test_what_left_the_branch_names_nothing_that_is_known_later(two_days):
    at = two_days.branch(NUMBER)
    two_days.connection.delete(keys.names(NUMBER, "2026-01"))
    assert link(two_days, TUESDAY, REVERT) == set()
    step = Step(at, replace(at, cursor=SECOND.commit_sha), (), left=frozenset({REVERT.commit_sha}))
    assert two_days.advance(NUMBER, step, lambda _: None)
    assert link(two_days, MONDAY, FIRST) == set()


def test_what_left_the_branch_is_not_named_where_its_successor_is_known(store, land):
    again = entry("d", "Keep rows (#11)", 2000, 2, 11)
    land(MONDAY, FIRST, SECOND, again)
    at = store.branch(NUMBER)
    step = Step(at, replace(at, cursor=SECOND.commit_sha), (), left=frozenset({again.commit_sha}))
    assert store.advance(NUMBER, step, lambda _: None)
    land(TUESDAY, REVERT)
    link(store, TUESDAY, REVERT)
    assert [one.other_sha[0] for one in links_of(store, TUESDAY)] == ["a"]


def test_the_days_that_a_force_push_concerns(two_days):
    link(two_days, TUESDAY, REVERT)
    monday, tuesday = (two_days.digest(NUMBER, day) for day in (MONDAY, TUESDAY))
    assert days_of(two_days, [tuesday]) == {MONDAY}
    assert days_of(two_days, [replace(monday, entries=(FIRST,))]) == {TUESDAY}
    assert days_of(two_days, [replace(monday, entries=(SECOND,))]) == set()
    assert days_of(two_days, []) == set()


def test_the_days_that_link_to_an_issue(two_days):
    link(two_days, TUESDAY, REVERT)
    digest = joined(two_days, two_days.digest(NUMBER, TUESDAY))
    assert linking(digest) == {MONDAY}
    assert linking(replace(digest, links=(), previous=("2026-01-02", 3), next=None)) == {"2026-01-02"}


def test_the_issue_of_the_other_day_is_linked_once_it_is_known(two_days):
    link(two_days, TUESDAY, REVERT)
    digest = joined(two_days, two_days.digest(NUMBER, MONDAY))
    assert digest.issues == ()
    two_days.page(NUMBER, TUESDAY, 0).publish(43, "x")
    digest = joined(two_days, two_days.digest(NUMBER, MONDAY))
    assert digest.issues == ((TUESDAY, 43),)
    (page,) = digest_pages(digest, REPOSITORY, Config("en", "UTC"))
    assert "redirect.github.com/acme/project/issues/43#user-content-c-c1c1c1c" in page


def test_the_names_of_a_commit_stay_small(store, land, connection):
    land(MONDAY, FIRST)
    rows = connection.zrange(keys.names(NUMBER, "2026-01"), 0, -1)
    assert len(rows) <= 4
    assert sum(map(len, rows)) < 512


def test_a_tie_is_stored_as_json_of_its_values(two_days, connection):
    link(two_days, TUESDAY, REVERT)
    (value,) = connection.hgetall(keys.links(NUMBER, MONDAY)).values()
    assert Link(**json.loads(value)) == BACK


HISTORY = [
    SampleCommit("Begin", {"app.py": "a = 1\n"}),
    SampleCommit("Keep rows (#11)", {"app.py": "a = 2\n"}),
    SampleCommit("Undo it\n\nReverts acme/tied#11\nFollow-up to other/project#11", {"app.py": "a = 1\n"}),
]


@pytest.fixture
def read(redis_url, store, jobs, tmp_path):
    """Runs the entry job of one commit of a repository with the three commits; gives the renders it asked for."""
    with GitHubSide(redis_url, tmp_path) as side:
        served = side.serve("tied", HISTORY)
        listed = [Entry(name, at, 1000 + at, "", "Ann") for at, name in enumerate(served.names)]
        listed = [
            replace(one, title=made.message.partition("\n")[0]) for one, made in zip(listed, HISTORY, strict=True)
        ]
        listed[1] = replace(listed[1], pull=11)
        for day, entries in ((MONDAY, listed[:2]), (TUESDAY, listed[2:])):
            digest = Digest(served.id, day, None, entries[-1].commit_sha, tuple(entries))
            step = Step(store.branch(served.id), Branch("main", digest.head_sha, 1000, day), (digest,))
            assert store.advance(served.id, step, lambda _: None)

        def run(day, position):
            jobs.mark(f"entry:{served.id}:{day}:{served.names[position]}", side.installation)
            with jobs.taken() as lease:
                work = Work(lease, side.settings, jobs, store, side.client, None)
                assess_entry(work, served.id, day, served.names[position])
            return {day for day in (MONDAY, TUESDAY) if jobs.connection.exists(f"{keys.DUE}render:{served.id}:{day}")}

        yield served, run


def test_the_entry_job_links_and_asks_for_both_digests(read, store):
    served, run = read
    assert run(MONDAY, 1) == {MONDAY}
    store.connection.delete(f"{keys.DUE}render:{served.id}:{MONDAY}")
    assert run(TUESDAY, 2) == {MONDAY, TUESDAY}
    (there,) = joined(store, store.digest(served.id, TUESDAY)).links
    (back,) = joined(store, store.digest(served.id, MONDAY)).links
    assert (there.kind, there.other_sha, there.day) == ("reverts", served.names[1], MONDAY)
    assert (back.kind, back.is_back, back.commit_sha, back.other_sha) == ("reverts", True, *served.names[1:])
    assert store.entry(served.id, TUESDAY, served.names[2]).assessment
