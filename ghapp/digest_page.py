"""A digest as Markdown: the issue's body and its continuation comments. Pure, and never too long for GitHub."""

from ghapp.config import Config
from ghapp.digest import Digest
from ghapp.digest_view import DigestView, Room
from ghapp.publish import CLOSING
from ghapp.reads import Repository
from ghapp.render import environment

#: GitHub refuses more than 65,536; counted as UTF-16 units, and some room is left for what people add.
MAX_UNITS = 64_000
#: What is tried, fullest first: low analyses are left out first, then medium ones, then the least important.
ROOMS = (
    Room(),
    Room(low=False),
    Room(low=False, medium=False),
    *(Room(low=False, medium=False, most=most) for most in (32, 16, 8, 4, 2, 1, 0)),
)


def page_marker(repository: int, day: str, page: int) -> str:
    """How a page of ours begins, whatever its text."""
    return f"<!-- ghapp:digest:v1 repository={repository} day={day} page={page} "


def digest_pages(digest: Digest, repository: Repository, config: Config) -> list[str]:
    """Every page of a digest: the issue's body first, then its comments; each within GitHub's limit."""
    view = DigestView(digest, repository, config)
    count = 1 + max((entry.page for entry in digest.entries), default=0)
    return [_fitted(view, page) for page in range(count)]


def whole_digest(digest: Digest, repository: Repository, config: Config) -> str:
    """The digest as one text of any length, for files."""
    return _text(DigestView(digest, repository, config), None, Room())


def units(text: str) -> int:
    """Length in UTF-16 units, which is what GitHub counts."""
    return len(text.encode("utf-16-le")) // 2


def _fitted(view: DigestView, page: int) -> str:
    """The fullest text of a page that fits."""
    texts = (_text(view, page, room) for room in ROOMS)
    return next(text for text in texts if units(text) <= MAX_UNITS)


def _text(view: DigestView, page: int | None, room: Room) -> str:
    """One page; None: everything on one."""
    digest = view.digest
    on_page = [entry for entry in digest.entries if page is None or entry.page == page]
    tiers = view.tiers(on_page, room)
    shown = {entry.commit_sha for _, entries in tiers for entry in entries}
    template = environment().get_template("digest_page.md.j2" if page else "digest.md.j2")
    return template.render(
        v=view,
        t=view.say.say,
        page=page,
        marker=_marker(view, page) if page is not None else "",
        closing=CLOSING if page is not None else "",
        rows=[entry for entry in reversed(digest.entries) if page is None or entry.row_page == page],
        tiers=tiers,
        left_out=sum(entry.commit_sha not in shown and view.has_analysis(entry) for entry in on_page),
    )


def _marker(view: DigestView, page: int) -> str:
    digest = view.digest
    begin = page_marker(digest.repository, digest.day, page)
    return f"{begin}base={digest.base_sha or '-'} head={digest.head_sha} zone={view.config.timezone} -->"
