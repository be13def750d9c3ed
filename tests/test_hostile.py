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
from tests.hostile import EVIL, HOSTILE, NAME

BENIGN = "plain words"
#: What GitHub finds in text outside code. Letters of other scripts before it do not matter, and formulas are looked
#: for before escapes are undone: only something else beside their signs prevents them.
ACTIVE = re.compile(
    r"(?<![\w`])@[0-9a-z]|#\d|(?<![0-9a-z])gh-\d|://\S|(?<![0-9a-z])www\.\S|(?<![0-9a-z])(?:mailto|xmpp):\S"
    r"|[\w.+-]+@[\w.-]+\.\w|(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])|:(?:[a-z+-][\w+-]*|100|1234|8ball):"
    r"|(?<!\u2060)\$|\$(?!\u2060)|\b(?:fix|clos|resolv)\w*:?\s+(?:[\w./-]+)?(?:#\d|gh-\d)",
    re.IGNORECASE | re.ASCII,
)
#: Direction marks and what is not shown; the joiners that scripts and emoji need, and our own mark, are no danger.
UNSEEN = re.compile(
    "[\u200b\u200e\u200f\u061c\u202a-\u202e\u2061-\u206f\ufeff\u00ad\u034f\u115f\u1160\u2800\u3164\uffa0"
    "\ufe00-\ufe0d\U000e0000-\U000e01ef\x00-\x09\x0b-\x1f\x7f-\x9f]|[\u0300-\u036f]{5}"
)
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
    assert len(set(HOSTILE)) == len(HOSTILE) >= 140


def test_what_is_counted_is_what_our_own_pages_hold():
    counts = Counter(kind for kind, *_ in OUTLINES["high"])
    assert (counts["heading_open"], counts["table_open"], counts["tr_open"]) == (1, 1, 3)
    assert (counts["image"], counts["link_open"], counts["fence"], counts["hr"]) == (0, 0, 0, 0)
    counts = Counter(kind for kind, *_ in OUTLINES["digest"])
    # The page, four sections, three levels, five analyses.
    assert (counts["heading_open"], counts["table_open"], counts["tr_open"]) == (13, 1, 8)
    assert (counts["image"], counts["fence"], counts["hr"]) == (0, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "看@octocat",
        "fixes #1",
        "_GH-1",
        NAME,
        "o/r@4c46ecd",
        EVIL,
        "_www.evil.example",
        "a@b.cd",
        "$x$",
        ":tada:",
    ],
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
