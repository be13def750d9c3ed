"""A digest as Markdown: the issue's body and its continuation comments. Pure, and never too long for GitHub."""

from ghapp.config import Config
from ghapp.digest import Digest
from ghapp.digest_view import DigestView, Room
from ghapp.publish import CLOSING
from ghapp.reads import Repository
from ghapp.render import environment

#: GitHub refuses more than 65,536; counted as UTF-16 units, and some room is left for what people add.
MAX_UNITS = 60_000
#: What is tried, fullest first: low analyses are left out first, then the least important others.
ROOMS = (
    Room(),
    Room(low=False),
    *(Room(low=False, most=most) for most in (40, 32, 24, 16, 8, 4)),
    # Long titles on a long day.
    Room(low=False, most=4, contents=30, title=80),
    Room(low=False, most=0, contents=10, title=40),
    # Fits whatever the names of people, commits and the repository are: 200 rows of at most 300 units.
    Room(low=False, most=0, contents=10, title=20, author=20, links=False),
)


def page_marker(repository: int, day: str, page: int) -> str:
    """How a page of ours begins, whatever its text."""
    return f"<!-- ghapp:digest:v1 repository={repository} day={day} page={page} "


def digest_pages(digest: Digest, repository: Repository, config: Config) -> list[str]:
    """Every page of a digest: the issue's body first, then its comments; each within GitHub's limit."""
    view = DigestView(digest, repository, config)
    count = 1 + max((entry.page for entry in digest.entries), default=0)
    pages: list[str] = []
    analysed: frozenset[str] = frozenset()
    # The body is made last: it links to the analyses that the other pages turned out to hold.
    for page in reversed(range(count)):
        text, analysed = _fitted(view, page, analysed)
        pages.append(text)
    return pages[::-1]


def whole_digest(digest: Digest, repository: Repository, config: Config) -> str:
    """The digest as one text of any length, for files."""
    text, _ = _text(DigestView(digest, repository, config), None, Room(contents=len(digest.entries)), frozenset())
    return text


def units(text: str) -> int:
    """Length in UTF-16 units, which is what GitHub counts."""
    return len(text.encode("utf-16-le")) // 2


def _fitted(view: DigestView, page: int, elsewhere: frozenset[str]) -> tuple[str, frozenset[str]]:
    """The fullest text of a page that fits, and what `_text` gives with it."""
    texts = (_text(view, page, room, elsewhere) for room in ROOMS)
    return next(made for made in texts if units(made[0]) <= MAX_UNITS)


def _text(view: DigestView, page: int | None, room: Room, elsewhere: frozenset[str]) -> tuple[str, frozenset[str]]:
    """One page; None: everything on one.

    Args:
        view: What is shown.
        page: Its number.
        room: How much of it.
        elsewhere: The commits whose analyses stand on other pages, for links to them.

    Returns:
        The text, and the commits whose analyses stand on this page or elsewhere.
    """
    digest = view.digest
    on_page = [entry for entry in digest.entries if page is None or entry.page == page]
    tiers = view.tiers(on_page, room)
    analysed = elsewhere | {entry.commit_sha for _, entries in tiers for entry in entries}
    template = environment().get_template("digest_page.md.j2" if page else "digest.md.j2")
    text = template.render(
        v=view,
        t=view.say.say,
        page=page,
        marker=_marker(view, page) if page is not None else "",
        closing=CLOSING if page is not None else "",
        rows=[entry for entry in reversed(digest.entries) if page is None or entry.row_page == page],
        tiers=tiers,
        left_out=sum(entry.commit_sha not in analysed and view.has_analysis(entry) for entry in on_page),
        room=room,
        analysed=analysed,
        contents=view.contents(analysed, room.contents),
    )
    return text.rstrip("\n"), analysed


def _marker(view: DigestView, page: int) -> str:
    digest = view.digest
    begin = page_marker(digest.repository, digest.day, page)
    if page:
        # The range stands in the body alone: a new commit must not change every page.
        return begin + "-->"
    return f"{begin}base={digest.base_sha or '-'} head={digest.head_sha} zone={view.config.timezone} -->"
