import pytest

from ghapp.clone_commit import pull_number
from ghapp.hints import Push, landing_times
from ghapp.ranges import Landed

NOW = 10_000.0


def chain(*committed):
    """Commits c0, c1, … along first parents, with these committer dates."""
    return tuple(
        Landed(f"c{position}", (f"c{position - 1}",), "Title", "Ann", at) for position, at in enumerate(committed)
    )


def pushed(at, after, before="elsewhere"):
    return Push(at, after, before, is_whole=True)


def merged(at, after):
    return Push(at, after, None, is_whole=False)


def test_a_push_gives_its_time_to_all_it_brought():
    assert landing_times(chain(100, 200, 300), [pushed(5000.9, "c2")], 0, NOW) == [5000, 5000, 5000]


def test_without_a_push_it_is_the_committer_date():
    assert landing_times(chain(100, 200, 300), [], 0, NOW) == [100, 200, 300]


def test_each_push_of_a_range_gives_its_own_time():
    pushes = [pushed(5000, "c1"), pushed(6000, "c3", "c1")]
    assert landing_times(chain(100, 200, 300, 400), pushes, 0, NOW) == [5000, 5000, 6000, 6000]


def test_what_an_unheard_push_brought_keeps_its_date():
    pushes = [pushed(6000, "c2", "c1")]
    assert landing_times(chain(100, 200, 300), pushes, 0, NOW) == [100, 200, 6000]


def test_a_push_whose_head_is_not_in_the_range_says_nothing():
    pushes = [pushed(6000, "gone"), pushed(7000, "gone", "c0"), merged(8000, "gone")]
    assert landing_times(chain(100, 200), pushes, 0, NOW) == [100, 200]


def test_a_merge_gives_its_time_to_one_commit():
    assert landing_times(chain(100, 200, 300), [merged(5000, "c1")], 0, NOW) == [100, 5000, 5000]


def test_the_first_delivery_of_a_commit_counts_in_whatever_order_they_come():
    pushes = [merged(5000, "c2"), pushed(5003, "c2")]
    assert landing_times(chain(1, 2, 3), pushes, 0, NOW) == [5003, 5003, 5003]
    assert landing_times(chain(1, 2, 3), [pushed(5000, "c2"), pushed(7000, "c2")], 0, NOW) == [5000] * 3


def test_nothing_lands_before_its_parent():
    assert landing_times(chain(300, 100, 200), [], 250, NOW) == [300, 300, 300]
    assert landing_times(chain(100), [], 4000, NOW) == [4000]
    assert landing_times(chain(1, 2), [pushed(5000, "c0"), pushed(4000, "c1", "c0")], 0, NOW) == [5000, 5000]


def test_nothing_lands_in_the_future():
    assert landing_times(chain(100, 99_999_999_999), [], 0, NOW) == [100, 10_000]
    assert landing_times(chain(100), [pushed(NOW + 60, "c0")], 0, NOW) == [10_000]


def test_a_first_push_has_no_commit_before_it():
    assert landing_times(chain(1, 2), [pushed(5000, "c1", None)], 0, NOW) == [5000, 5000]


def test_a_burst_keeps_its_order():
    count = 2_000
    pushes = [pushed(5000 + n / 100, f"c{n}", f"c{n - 1}") for n in range(count)]
    times = landing_times(chain(*range(count)), pushes, 0, NOW)
    assert times == [5000 + n // 100 for n in range(count)]


def test_nothing_landed():
    assert landing_times((), [pushed(5000, "c0")], 7, NOW) == []


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("Fix it (#123)", 123),
        ("Fix it (#123)  ", 123),
        ("Fix (#1) again (#2)", 2),
        ("Merge pull request #45 from a/b", 45),
        ("Merge pull request #45", None),
        ("See #9", None),
        ("Fix (#12) later", None),
        ('Revert "Fix it (#12)"', None),
        ("A number too long (#1234567890)", None),
        ("merge pull request #45 from a/b", None),
        ("", None),
    ],
)
def test_the_pull_request_that_a_title_names(title, number):
    assert pull_number(title) == number
