"""`neutral.prose`: a model's text with its names as code, and nothing else in it that acts."""

import re

import pytest

from ghapp import neutral
from ghapp.markdown import html
from tests.hostile import HOSTILE
from tests.test_hostile import COMMENT

S = neutral.SPLIT


def shown(text, limit=300):
    return html(neutral.prose(text, limit)).strip().removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no name", "no name"),
        ("`f` calls `g.h()`.", "<code>f</code> calls <code>g.h()</code>."),
        ("(`f`, `g`); then `h`", "(<code>f</code>, <code>g</code>); then <code>h</code>"),
        ("看`f`和`g`。", "看<code>f</code>和<code>g</code>。"),
        ("`a *b* _c_ <d>`", "<code>a *b* _c_ &lt;d&gt;</code>"),
        ("ends with `f`", "ends with <code>f</code>"),
        ("`f``g`", "`f``g`"),
        ("an `open one", "an `open one"),
        ("`f` and an ` open one", "<code>f</code> and an ` open one"),
        ("``two`` ```three```", "``two`` ```three```"),
        ("` spaced `", "` spaced `"),
        ("``", "``"),
        ("a\\`b`", "a\\<code>b</code>"),
        ("1. `f`", "1. <code>f</code>"),
        ("`f`\n\n# `g`\r\n- x", "<code>f</code> # <code>g</code> - x"),
        ("*`f`*", "*<code>f</code>*"),
        ("[`f`](`g`)", "[<code>f</code>](<code>g</code>)"),
        ("@`octocat` `@`octocat", "@<code>octocat</code> <code>@</code>octocat"),
        ("`f`@octocat", f"<code>f</code>@{S}octocat"),
        ("`f`.www.evil.example", f"<code>f</code>.www{S}.evil.example"),
        ("https`:`//evil.example", "https<code>:</code>//evil.example"),
        ("by `ann.lee@mail.example`", "by <code>…</code>"),
        ("", ""),
    ],
)
def test_pairs_of_backticks_are_code_and_the_rest_is_text(text, expected):
    assert shown(text) == expected


def test_a_pair_that_the_limit_cuts_is_no_pair():
    assert shown("`" + "x" * 50 + "`", 20) == "`" + "x" * 18 + "…"


def test_a_long_name_is_cut():
    assert shown(f"see `{'x' * 200}`.") == f"see <code>{'x' * 119}…</code>."


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("place", ["{}", "`f` {}", "{} `f`", "a`{}`b", "`{}", "{}`", "- {}", "| {} | x |"])
def test_it_is_one_paragraph_that_does_nothing(text, place):
    made = neutral.prose(place.format(text), 2000)
    assert "\n" not in made
    assert re.fullmatch(r"(<p>)?([^<]|</?code>)*(</p>)?\n?", html(made)), html(made)
    assert not COMMENT.search(made)
