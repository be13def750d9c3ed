import pytest

from ghapp.markdown import Part, html, page


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("a\nb", "<p>a<br>\nb</p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("<!-- marker -->", ""),
        ("x <sub>1</sub> <sup>2</sup>", "<p>x <sub>1</sub> <sup>2</sup></p>"),
        (
            "see https://example.org/a.",
            '<p>see <a href="https://example.org/a" rel="nofollow">https://example.org/a</a>.</p>',
        ),
        ("[a](#user-content-c-1)", '<p><a href="#user-content-c-1" rel="nofollow">a</a></p>'),
    ],
)
def test_markdown_as_github_shows_it(markdown, expected):
    assert html(markdown).strip() == expected


def test_anchors_get_githubs_prefix_once():
    assert 'id="user-content-c-1"' in html('<a id="c-1"></a>')
    assert 'name="user-content-n"' in html('<a name="n"></a>')
    assert 'id="user-content-c-1"' in html('<a id="user-content-c-1"></a>')


def test_fragments_lead_to_where_the_anchors_are():
    shown = html("[a](#c-1) [top](#) [out](https://example.org/#c-1) x[^1]\n\n[^1]: note\n")
    assert 'href="#user-content-c-1"' in shown
    assert 'href="#"' in shown
    assert 'href="https://example.org/#c-1"' in shown
    assert 'href="#user-content-fn1"' in shown
    assert 'id="user-content-fn1"' in shown


def test_tables_with_alignment():
    shown = html("| a | b |\n|:--|--:|\n| 1 | 2 |\n")
    assert '<th align="left">a</th>' in shown
    assert '<td align="right">2</td>' in shown
    assert "style" not in shown


def test_details_hold_markdown():
    shown = html("<details open><summary>More</summary>\n\n- **b**\n\n</details>")
    assert shown.startswith('<details open=""><summary>More</summary>')
    assert "<li><strong>b</strong></li>" in shown


def test_task_lists_and_alerts():
    shown = html("- [x] done\n- [ ] open\n")
    assert shown.count('type="checkbox"') == 2
    assert shown.count('checked=""') == 1
    assert "markdown-alert-warning" in html("> [!WARNING]\n> Take care\n")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        '<a href="javascript:alert(1)">a</a>',
        '<a href="data:text/html,<script>alert(1)</script>">a</a>',
        "<iframe src=https://example.org></iframe>",
        "<style>body{display:none}</style>",
        '<div style="position:fixed" class="box">x</div>',
        '<form action="https://example.org"><input type="password"><button>x</button></form>',
        "<svg onload=alert(1)>",
        '"><script>alert(1)</script>',
    ],
)
def test_nothing_active_gets_through(hostile):
    shown = html(hostile)
    for forbidden in (
        "<script",
        "onerror=",
        "onload=",
        'href="javascript',
        'href="data',
        "<iframe",
        "style",
        "<form",
        "password",
    ):
        assert forbidden not in shown
    assert 'class="box"' not in shown


def test_a_page_escapes_what_is_plain_text_and_shows_every_part():
    shown = page("<b>title</b>", [Part("<i>ann</i>", "# One"), Part("bob", "**two**")])
    assert "<title>&lt;b&gt;title&lt;/b&gt;</title>" in shown
    assert "&lt;i&gt;ann&lt;/i&gt;" in shown
    assert "<h1>One</h1>" in shown
    assert "<strong>two</strong>" in shown
    assert "prefers-color-scheme: dark" in shown
    assert "http" not in shown.partition("<main>")[0]  # nothing is loaded from elsewhere


def test_text_that_is_not_text():
    assert "\ufffd" in html("a\0b")
    assert html("") == ""
