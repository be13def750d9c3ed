"""What deliveries said against what GitHub shows: nothing is believed too early, nothing waited for too long."""

from types import SimpleNamespace

import pytest

from ghapp.digest import Branch
from ghapp.hints import Push, Seen, wait_until_shown
from ghapp.jobqueue import PostponedError

NOW = 1_000_000.0
KNOWN = Branch("main", "C", 0, "2026-01-08")


def shown(head, pushes, *, new=False, reached=(), entries=(), known=KNOWN):
    work = SimpleNamespace(store=SimpleNamespace(now=lambda: NOW))
    wait_until_shown(work, known, head, pushes, Seen(new, frozenset(reached), lambda name: name in entries))


def push(after, age=0.5, before="x"):
    return Push(NOW - age, after, before, is_whole=before is not None)


def test_what_is_shown_is_believed():
    shown("D", [push("D")], new=True, reached=["D"])
    shown("C", [push("B")], entries=["B"])
    shown("C", [push("C")])
    shown("C", [])


def test_an_older_answer_is_no_force_push():
    with pytest.raises(PostponedError):
        shown("B", [push("C")])


def test_a_force_push_back_that_was_told_is_one():
    shown("B", [push("C"), push("B")])


def test_every_push_is_waited_for_whatever_order_they_came_in():
    with pytest.raises(PostponedError):
        shown("B", [push("D"), push("B")], new=True, reached=["B"])


@pytest.mark.parametrize(("age", "seconds"), [(0, 2), (1.9, 2), (3, 5), (10, 15)])
def test_it_is_waited_for_longer_each_time(age, seconds):
    with pytest.raises(PostponedError) as caught:
        shown("C", [push("D", age)])
    assert caught.value.seconds == seconds


def test_after_a_while_it_is_given_up():
    shown("C", [push("D", 16)])
