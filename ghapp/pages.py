"""HTML pages of our own for people who come with a browser: one style, and headers that let nothing else in."""

import functools
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, render_template

from ghapp.page_headers import protect

#: What `Flask` is told about where templates are. Names end in `.html`, which makes it escape every value.
TEMPLATES = Path(__file__).parent.parent / "templates"


@functools.cache
def _style() -> str:
    """The style that stands in every page."""
    return (TEMPLATES / "setup" / "style.css").read_text(encoding="utf-8")


def page(name: str, status: int = 200, form_target: str = "", **values: Any) -> Response:
    """A page.

    Args:
        name: The template, without folder and ending.
        status: HTTP status.
        form_target: Scheme and host that a form of the page may be sent to, besides us.
        values: What the template shows; everything is escaped.
    """
    text = render_template(f"setup/{name}.html", style=_style(), **values)
    return secured(Response(text, status, content_type="text/html; charset=utf-8"), form_target)


def secured(response: Response, form_target: str = "") -> Response:
    """The answer with headers that forbid everything a page could be misused for; one that has them stays as it is."""
    if "Content-Security-Policy" in response.headers:
        return response
    return protect(response, form_action=f"'self' {form_target}".strip(), style=_style())


def visitor_pages(*, is_set_up: bool) -> Blueprint:
    """What people see who come back from GitHub's installation page, and, once set up, instead of set-up."""
    made = Blueprint("visitors", __name__)

    @made.get("/installed")
    def installed() -> Response:  # pyright: ignore[reportUnusedFunction] - registered
        return page("installed")

    if is_set_up:
        for rule in ("/setup", "/setup/<path:_rest>"):
            made.add_url_rule(rule, rule, lambda _rest="": page("locked", 404), methods=["GET", "POST"])
    return made
