"""Markdown as GitHub shows it: to safe HTML, and to pages that stand on their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.gfm import gfm_plugin

#: What GitHub puts before every id and name, so that no text can take one of the page's own.
ID_PREFIX = "user-content-"

_TEMPLATES = Path(__file__).parent.parent / "templates" / "demo"
_TAGS = nh3.ALLOWED_TAGS - {"area", "article", "aside", "center", "map", "nav", "header", "footer"} | {"input", "tfoot"}
_ANYWHERE = {"id", "name", "align", "title", "dir", "lang"}
_ATTRIBUTES = {
    "*": _ANYWHERE,
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width"},
    "th": {"colspan", "rowspan", "width", "scope"},
    "ol": {"start"},
    "details": {"open"},
    "blockquote": {"cite"},
}
# Lists of tasks are the only form elements.
_VALUES = {"input": {"type": {"checkbox"}, "disabled": {"", "disabled"}, "checked": {"", "checked"}}}
_ALERTS = {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")}
_CLASSES = {
    "div": _ALERTS | {"markdown-alert"},
    "p": {"markdown-alert-title"},
    "ul": {"contains-task-list"},
    "li": {"task-list-item"},
    "input": {"task-list-item-checkbox"},
}


@dataclass(frozen=True, slots=True)
class Part:
    """One box of a page: an issue's body or a comment.

    Attributes:
        heading: Who wrote it and when; plain text.
        markdown: What it says.
        section: Headline of a section that begins with it; plain text.
        folded: Only the heading is shown until somebody opens it.
    """

    heading: str
    markdown: str
    section: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at the top of a page, with what it counts; plain text."""

    value: str
    name: str


def html(markdown: str) -> str:
    """Markdown of an issue or a comment as safe HTML, the way GitHub shows it.

    CommonMark with GitHub's tables, strikethrough, task lists, autolinks, alerts and footnotes; a line break is a
    line break, as in issues. Ids and names get `user-content-` before them, once. Source: the GFM specification,
    https://github.github.com/gfm/.
    """
    return _cleaner().clean(_parser().render(markdown))


def page(
    title: str, parts: Sequence[Part], *, lead: str = "", figures: Sequence[Figure] = (), picture: str = ""
) -> str:
    """A complete HTML page with its own style (light and dark) that shows each part in a box.

    Args:
        title: Plain text.
        parts: In the order in which they are shown.
        lead: Markdown below the title.
        figures: Shown below that, in a row.
        picture: SVG of a template of ours, shown below them; trusted.
    """
    boxes = [(part, Markup(html(part.markdown))) for part in parts]  # noqa: S704 - html() cleans it
    shown = Markup(html(lead))  # noqa: S704 - html() cleans it
    drawn = Markup(picture)  # noqa: S704 - a template made it
    return template("page.html.j2").render(title=title, lead=shown, figures=figures, boxes=boxes, picture=drawn)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "breaks": True}).use(gfm_plugin)
    parser.core.ruler.push("align_cells", _align_cells)
    return parser


def _align_cells(state: StateCore) -> None:
    """Say a cell's alignment as GitHub does: by attribute, since style is not allowed through."""
    for token in state.tokens:
        if token.type in {"th_open", "td_open"}:
            _align(token)


def _align(token: Token) -> None:
    style = str(token.attrs.pop("style", ""))
    if style.startswith("text-align:"):
        token.attrs["align"] = style.removeprefix("text-align:")


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "textarea", "title", "xmp", "noembed", "noframes"},
        attributes=_ATTRIBUTES,
        tag_attribute_values=_VALUES,
        allowed_classes=_CLASSES,
        attribute_filter=_prefixed,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow",
    )


def _prefixed(_: str, attribute: str, value: str) -> str:
    # GitHub's pages find `#x` at `#user-content-x` by script; ours have none, so links say it themselves.
    lead = "#" if attribute == "href" and value.startswith("#") else ""
    name = value.removeprefix(lead)
    concerned = lead or attribute in {"id", "name"}
    return lead + ID_PREFIX + name if concerned and name and not name.startswith(ID_PREFIX) else value


@lru_cache(maxsize=4)
def template(name: str) -> Template:
    """A template of the demonstration's pages, which escapes every value."""
    loader = FileSystemLoader(_TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template(name)
