import re

import pytest

from ghapp import neutral
from ghapp.markdown import html

HOSTILE = [
    "ping @octocat and @github/security",
    "fixes #1, closes GH-2, resolves o/r#3",
    "<script>alert(1)</script><img src=x onerror=y>",
    "<!-- ghapp:card:v1 repository=1 number=1 -->",
    "--> <b>out</b>",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example mailto:a@b.example",
    "# heading",
    "1. list",
    "- list",
    "> quote",
    "| a | b |",
    "`code` ``more`` ~~gone~~ **bold** _it_ $x$",
    "line\nbreak\r\n\n# new",
    "a\u202eb\u200bc\ufeff\u2066d",
    "\\[x](y)",
    "&lt;b&gt; &amp; &#64;octocat",
    "deadbeefcafe 4c46ecde8022b786a810b28c260773c9c789e9ef o/r@4c46ecd",
    "me <name.surname+tag@mail.example.com>",
    "***",
    "---",
    "===",
    "```",
    "~~~",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["{}", "- {}", "#### {}", "| x | {} |"])
def test_nothing_in_it_is_active(text, place):
    table = "| a | b |\n|---|---|\n" if place.startswith("|") else ""
    rendered = html(table + place.format(neutral.markdown(text)))
    inner = re.sub(r"</?(p|ul|li|h4|table|thead|tbody|tr|th|td|em-dash)( [^>]*)?>", "", rendered)
    assert not re.search(r"<(?!!)", inner), inner
    # GitHub looks for mentions, references and links in the text between the tags.
    for node in re.split(r"<[^>]*>", rendered):
        assert not re.search(r"(?<!\w)@\w|#\d|\bGH-\d|://\w|\bwww\.\w|\b[0-9a-f]{7,40}\b", node), node


def test_no_address_is_shown():
    assert "surname" not in neutral.markdown("by <name.surname@mail.example.com>")
    assert "surname" not in neutral.code("by name.surname@mail.example.com")


@pytest.mark.parametrize("text", HOSTILE)
def test_code_holds_it(text):
    rendered = html(f"a {neutral.code(text)} b")
    assert rendered.count("<code>") == 1
    assert not re.search(r"<(?!/?(p|code)>)", rendered)


def test_an_address_that_the_limit_cuts_is_not_shown_by_half():
    text = "x" * 290 + " john.doe@company.example"
    assert "john" not in neutral.markdown(text)
    assert "john" not in neutral.code(text, 300)


@pytest.mark.parametrize(
    "text", ["a.b@mail.example " * 200, "x" * 100 + "a.b@" + "mail." * 40 + "example", "ö.ü@пример.рф"]
)
def test_nor_is_one_of_which_much_is_left(text):
    for shown in (neutral.markdown(text), neutral.code(text, 300), neutral.prose(text)):
        assert "@" not in shown
        assert "mail" not in shown


@pytest.mark.parametrize("text", ["logo@2x.png", "a/b@1.5x.webp", "left-pad@1.3.0", "actions/checkout@v4.1.2"])
def test_what_only_looks_like_one_is_shown(text):
    assert neutral.code(text) == f"`{text}`"
    assert neutral.markdown(text).replace(neutral.SPLIT, "").replace("\\", "") == text


@pytest.mark.parametrize("text", ["\u200b", "\u3164\ufe0f", "\u0301\u0301", "\u200d", "\x00", "\U000e0041"])
def test_a_text_of_which_nothing_is_seen_does_not_look_like_none(text):
    assert (neutral.markdown(text), neutral.code(text), neutral.prose(text)) == ("…", "`…`", "…")
    assert neutral.markdown(f"{text} \t") == "…"
    assert neutral.markdown(" \n") == ""


def test_what_is_not_seen_does_not_push_the_rest_out():
    assert neutral.plain("a" + "\u200b" * 5000 + " " * 5000 + "b") == "a b"


def test_marks_that_scripts_need_stay_and_stacks_do_not():
    for text in ("ก็ดี", "नमस्ते", "שָׁלוֹם", "é", "⚠\ufe0f", "1\ufe0f\u20e3", "👩\u200d👩\u200d👧", "می\u200cخواهم"):
        assert neutral.plain(text) == text
    assert neutral.plain("x" + "\u0301" * 1000 + "y") == "x" + "\u0301" * 4 + "y"


def test_no_marker_of_ours_is_found_in_code():
    assert "<!--" not in neutral.code("<!-- /ghapp -->")


def test_it_shows_what_it_says():
    text = "Support A+B_c-d: [x] `y` (#123) 100% e.g. 你好 👩‍💻"
    shown = re.sub(r"<[^>]*>", "", html(neutral.markdown(text))).strip().replace(neutral.SPLIT, "")
    assert shown == text


def test_it_is_cut_at_the_limit():
    assert len(neutral.plain("x" * 100_000)) == 300
    assert neutral.plain("x" * 301).endswith("…")
