"""Hostile text in every place of a card and of a digest: the page's outline stays as it is, and nothing is active.

Active is what GitHub makes so: what its Markdown renders, and the mentions, references, object names and bare links
that it finds in the text outside code afterwards.
"""

import random
import re
from collections import Counter
from dataclasses import replace
from html import unescape

import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.gfm import gfm_plugin

from analysis.change import Change, FileChange
from analysis.ledger import LedgerEntry
from analysis.prose import Counts, Finding, Insight, Prose
from analysis.rating import Assessment, Evidence, Rating, Reason
from ghapp.config import Config
from ghapp.digest import Digest, Entry
from ghapp.digest_page import digest_pages
from ghapp.markdown import html
from ghapp.model_note import ModelNote
from ghapp.neutral import SPLIT
from ghapp.publish import CLOSING
from ghapp.reads import Pull
from ghapp.render import Beside, card
from tests.golden import REPOSITORY

EVIL = "https://evil.example/x"
NAME = "4c46ecde8022b786a810b28c260773c9c789e9ef"
HOSTILE = [
    # mentions
    "@octocat please look",
    "ping @octocat and @github/security-team",
    '(@octocat) "@octocat" .@octocat /@octocat',
    "&#64;octocat &commat;octocat",
    "@\u200boctocat @\u200doctocat",
    "a`@octocat",
    "`@`octocat @`octocat`",
    "\\@octocat \\\\@octocat",
    # references and closing keywords
    "#1",
    "fixes #1, closes: #2, RESOLVED #3",
    "closes GH-2 and gh-3",
    "resolves acme/project#4",
    f"fixes {EVIL} https://github.com/acme/project/issues/5",
    "fix &#35;6 fix \\#7",
    "implements acme/project@4c46ecd",
    "http://github.com/acme/project/pull/8#issuecomment-9",
    # object names
    NAME,
    "see 4c46ecd and deadbeefcafe",
    f"acme@{NAME} acme/project@{NAME}",
    "a" * 64,
    # links and images
    f"[click]({EVIL})",
    f"![x]({EVIL}.png)",
    f"[click][1] [1]: {EVIL}",
    f"[1]: {EVIL} 'title'",
    f"<{EVIL}>",
    f"{EVIL} www.evil.example evil.example",
    "ftp://evil.example mailto:a@evil.example xmpp:a@evil.example",
    "javascript:alert(1) [x](javascript:alert(1)) [y](data:text/html;base64,x)",
    "a.b@evil.example <a.b@evil.example>",
    f"[![x]({EVIL})]({EVIL})",
    f"[x]({EVIL}\n'a')",
    # tags and comments
    "<script>alert(1)</script>",
    f"<img src={EVIL} onerror=alert(1)>",
    f"<a href='{EVIL}'>click</a>",
    "</details></summary></sub></td></tr></table><h1>out</h1>",
    "<details open><summary>x</summary>",
    "<!-- hidden -->",
    "--> <b>out</b> <!--",
    "<!-- ghapp:card:v1 repository=7 number=103 paused -->",
    CLOSING,
    f"`{CLOSING}` <!`--` /ghapp --`>`",
    "<?php x ?> <![CDATA[x]]> <!DOCTYPE html>",
    "&lt;b&gt; &amp;lt; &#60;b&#62; &NewLine;",
    "<a id='c-247b8fb'></a><a name=x>",
    "<style>*{display:none}</style><svg/onload=x><input type=checkbox>",
    # blocks
    "# heading",
    "x\n\n# heading\n\nx\n=====\n\nx\n-----",
    "===",
    "---",
    "***\n* * *\n___",
    "- item\n- item",
    "+ item",
    "1. item\n2) item",
    "- [x] task",
    "> quote\n> [!CAUTION]\n> x",
    "    indented code",
    "\tindented code",
    "```\ncode\n```",
    "```",
    "~~~ diff",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "x | y | z || \\| \\\\|",
    ":-- | --:",
    "x  \ny\\\nz<br>w",
    "\r\n\r\n## x\x0b\x0c\x85\u2028\u2029## y",
    "[^1] [^1]: note",
    # spans
    "**bold** __bold__ *it* _it_ ~~gone~~ ~gone~",
    "** * __ _ ~~ ~ unbalanced",
    "`one ``two ```three",
    "``` `` ` x ` `` ```",
    "`x` `y``z` ``",
    "$x$ $$y$$ $`z`$ \\(a\\) \\[b\\]",
    "\\",
    "ends with \\",
    "\\\\\\` x \\",
    # characters
    "safe\u202egnp.exe\u202c",
    "\u2066x\u2069 \u200fy\u061c z\u200e",
    "a\u200bb\u00adc\ufeffd\u2060e",
    "\u001b[31mred\u0007\u0000",
    "\U000e0041\U000e007f\ue000x",
    "＠octocat ＃1 😀\u200d👩",
    "x" * 5_000,
    "`" * 5_000,
    "[" * 2_000 + "](x)",
    "*_" * 2_000,
    "{{ 7 * 7 }} {% raw %} {n} %s {0}",
]
BENIGN = "plain words"
#: What GitHub finds in text outside code.
ACTIVE = re.compile(
    r"(?<!\w)@\w|#\d|\bgh-\d|://\w|\bwww\.\w|\b(?:mailto|xmpp):\w|[\w.+-]+@[\w-]+\.\w"
    r"|(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])|\b(?:fix|clos|resolv)\w*:?\s+(?:[\w./-]+)?(?:#\d|gh-\d)",
    re.IGNORECASE,
)
#: Direction marks and what is not shown; the joiners that scripts and emoji need, and our own mark, are no danger.
UNSEEN = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2061-\u206f\ufeff\u00ad\x00-\x09\x0b-\x1f\x7f-\x9f]")
#: Where a comment may begin: not behind a backslash.
COMMENT = re.compile(r"(?<!\\)<!--")
MODEL = ModelNote("used", "", "reader-1", 10, 5, "1 USD", 1, (), 1, 1, 1)


def prose_of(text, depth):
    insight = Insight(text, text, text, text, text) if depth == "high" else Insight()
    findings = tuple(Finding(text, severity, text, 3, 9, text) for severity in ("high", "medium", "low", "low"))
    types = ("bug fix",)
    return Prose(depth, types, text, (text, text), insight, findings, (text, text), counts=Counts(1, 1, 1, 1, 1))


def assessment_of(text, level, *, prose=True):
    place = Evidence(text, 4, text)
    reasons = (
        Reason("removes-flag", 9, {"name": text, "n": 1}, (place,)),
        Reason("reverts", 8, {"what": text}, (replace(place, path=text + "/b"),)),
        Reason("changes-default", 7, {"name": text, "old": text, "new": text}, ()),
        Reason("model-raises-risk", 6, {"why": text}, (place,)),
        Reason("model-raises-importance", 5, {"why": text}, (place,)),
    )
    rating = Rating(level, 35, reasons)
    return Assessment(("bug fix",), rating, rating, (text,), "reverts", prose_of(text, level) if prose else None)


def card_of(text, level="high", *, prose=True):
    files = tuple(FileChange(path, "modified", 1, 1, "@@ -1 +1 @@\n-a\n+b") for path in (text, f"a/{text}"))
    change = Change(text, text, text, files)
    values = {"title": text, "body": text, "author": text, "bot": False, "open": True, "draft": False}
    pull = Pull(REPOSITORY, 103, head_sha="c" * 40, base_sha="b" * 40, **values)
    ledger = tuple(LedgerEntry(file.path, "part", "budget") for file in files)
    note = replace(MODEL, name=text, files=ledger) if prose else ModelNote("failed", "cut", text)
    return card(
        pull, change, assessment_of(text, level, prose=prose), Config("en", "UTC", faults=(text, text)), Beside(note)
    )


def entry_of(position, text, assessment, note):
    shape = {"files": 2, "added": 3, "deleted": 4, "assessment": assessment, "note": note}
    return Entry(f"{position + 0xABC0000:07x}" + "0" * 33, position, 1_767_600_000 + position, text, text, **shape)


def digest_of(text):
    rows = [(assessment_of(text, level), replace(MODEL, name=text)) for level in ("high", "medium", "low")]
    rows += [(assessment_of(text, "high", prose=False), ModelNote("failed", "timeout", text))]
    rows += [(assessment_of(text, "low", prose=False), ModelNote("pending", name=text)), (None, ModelNote("off"))]
    entries = tuple(entry_of(position, text, *row) for position, row in enumerate(rows))
    entries += (entry_of(len(rows), text, None, ModelNote("off")),)
    entries = (*entries[:-1], replace(entries[-1], left=True))
    notes = (("switched", text), ("root-cut", text))
    digest = Digest(7, "2026-01-05", "b" * 40, entries[-1].commit_sha, entries, notes, len(entries))
    (page,) = digest_pages(digest, replace(REPOSITORY, default_branch=text), Config("en", "UTC", faults=(text,)))
    return page


KINDS = {
    "high": lambda text: card_of(text, "high"),
    "medium": lambda text: card_of(text, "medium"),
    "low": lambda text: card_of(text, "low"),
    "failed": lambda text: card_of(text, prose=False),
    "digest": digest_of,
}


def outline(page):
    """Everything of a page but its words: blocks, tags, comments, emphasis, and where links and images lead."""
    found = []
    for block in MarkdownIt("commonmark", {"html": True, "breaks": True}).use(gfm_plugin).parse(page):
        for token in (block, *(block.children or ())):
            if token.type in ("text", "text_special", "code_inline"):
                continue
            raw = token.content if token.type.startswith("html") else ""
            found.append((token.type, token.tag, token.nesting, block.level, raw, *token.attrs.items()))
    return found


def texts(page):
    """The texts of a rendered page outside tags and code, as GitHub sees them."""
    rendered = re.sub(r"<code>.*?</code>", "<code>", html(page), flags=re.DOTALL)
    return [unescape(text) for text in re.split(r"<[^>]*>", rendered)]


def check(kind, text):
    page = KINDS[kind](text)
    assert outline(page) == OUTLINES[kind]
    active = [node for node in texts(page) if ACTIVE.search(node) or UNSEEN.search(node)]
    assert active == []
    assert not UNSEEN.search(page)
    assert (len(COMMENT.findall(page)), page.count(CLOSING)) == (2, 1)


OUTLINES = {kind: outline(made(BENIGN)) for kind, made in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_is_active_and_the_outline_stays(text, kind):
    check(kind, text)


@pytest.mark.parametrize("seed", range(40))
def test_nor_is_it_when_pieces_come_together(seed):
    drawn = random.Random(seed)  # noqa: S311 - the same every time
    text = drawn.choice(["", " ", "`"]).join(drawn.sample([one[:60] for one in HOSTILE], 5))
    for kind in KINDS:
        check(kind, "x" + text if not text.strip() else text)


def test_there_are_enough_of_them_and_each_is_told_apart():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


def test_what_is_counted_is_what_our_own_pages_hold():
    counts = Counter(kind for kind, *_ in OUTLINES["high"])
    assert (counts["heading_open"], counts["table_open"], counts["tr_open"]) == (1, 1, 3)
    assert (counts["image"], counts["link_open"], counts["fence"], counts["hr"]) == (0, 0, 0, 0)
    counts = Counter(kind for kind, *_ in OUTLINES["digest"])
    # The page, four sections, three levels, five analyses.
    assert (counts["heading_open"], counts["table_open"], counts["tr_open"]) == (13, 1, 8)
    assert (counts["image"], counts["fence"], counts["hr"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "text", ["@octocat", "fixes #1", "GH-1", NAME, "o/r@4c46ecd", EVIL, "www.evil.example", "a@b.cd"]
)
def test_what_is_active_would_be_found(text):
    assert any(ACTIVE.search(node) for node in texts(f"x {text} y\n"))
    assert not any(ACTIVE.search(node) for node in texts(f"x `{text}` y"))


@pytest.mark.parametrize(
    "text", ["# x", "- x", "1. x", "> x", "---", "```", "<b>", "<!-- x -->", "*x*", "[x](y)", "![x](y)", "| a |\n|---|"]
)
def test_what_breaks_an_outline_would_be_found(text):
    assert outline(f"x\n\n{text}\n") != outline("x\n\ny\n")


def test_our_own_mark_is_what_splits():
    assert SPLIT in card_of("@octocat")
    assert not UNSEEN.search(SPLIT)
