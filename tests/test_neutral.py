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


def test_no_marker_of_ours_is_found_in_code():
    assert "<!--" not in neutral.code("<!-- /ghapp -->")


def test_it_shows_what_it_says():
    text = "Support A+B_c-d: [x] `y` (#123) 100% e.g. 你好 👩‍💻"
    shown = re.sub(r"<[^>]*>", "", html(neutral.markdown(text))).strip().replace(neutral.SPLIT, "")
    assert shown == text


def test_it_is_cut_at_the_limit():
    assert len(neutral.plain("x" * 100_000)) == 300
    assert neutral.plain("x" * 301).endswith("…")
