"""A digest as Markdown: the issue's body and its continuation comments. Pure, and never too long for GitHub."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ghapp.config import Config
from ghapp.digest import Digest, Entry
from ghapp.digest_model import footer_key, model_sums
from ghapp.digest_view import DigestView, Room
from ghapp.model_text import sentences
from ghapp.publish import CLOSING
from ghapp.reads import Repository
from ghapp.render import FULL, MAX_UNITS, Extent, environment, units

#: What is left of a model's prose where there is little room.
SHORT = Extent(summary=400, insight=200, findings=3, finding=240, falsifier=0, advice=2, reasons=1)
BRIEF = Extent(summary=200, insight=0, findings=1, finding=160, falsifier=0, advice=1, reasons=0)
#: What is tried, fullest first: prose is shortened, the least important first; then low analyses are left out, then
#: the least important others.
ROOMS = (
    Room(),
    Room(medium=SHORT),
    Room(high=SHORT, medium=SHORT),
    Room(high=SHORT, medium=BRIEF),
    Room(low=False),
    Room(low=False, medium=SHORT),
    Room(low=False, high=SHORT, medium=BRIEF),
    *(Room(low=False, high=BRIEF, medium=BRIEF, most=most) for most in (None, 40, 32, 24, 16, 8, 4)),
    # Long titles on a long day.
    Room(low=False, most=4, contents=30, title=80),
    Room(low=False, most=0, contents=10, title=40),
    # Fits whatever the names of people, commits and the repository are: 200 rows of at most 300 units.
    Room(low=False, most=0, contents=10, title=20, author=20, links=False),
)
#: Where nothing is from a model, its extent makes no difference.
PLAIN_ROOMS = tuple(dict.fromkeys(replace(room, high=FULL, medium=FULL) for room in ROOMS))


def any_page_marker(repository: int, day: str) -> str:
    """How every page of a digest begins; its number follows."""
    return f"<!-- ghapp:digest:v1 repository={repository} day={day} page="


def page_marker(repository: int, day: str, page: int) -> str:
    """How a page of ours begins, whatever its text."""
    return f"{any_page_marker(repository, day)}{page} "


def digest_pages(digest: Digest, repository: Repository, config: Config, least: int = 1) -> list[str]:
    """Every page of a digest: the issue's body first, then its comments; each within GitHub's limit.

    At least so many: a page that was there once, and has nothing to show any more, shows nothing.
    """
    view = DigestView(digest, repository, config)
    count = max(least, 1 + max((entry.page for entry in digest.entries), default=0))
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


def _fitted(view: DigestView, page: int, elsewhere: frozenset[str]) -> tuple[str, frozenset[str]]:
    """The fullest text of a page that fits, and what `_text` gives with it."""
    written = any(entry.assessment and entry.assessment.prose for entry in view.digest.entries if entry.page == page)
    texts = (_text(view, page, room, elsewhere) for room in (ROOMS if written else PLAIN_ROOMS))
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
        rows=[entry for entry in _newest_first(digest) if page is None or entry.row_page == page],
        tiers=tiers,
        left_out=sum(entry.commit_sha not in analysed and view.has_analysis(entry) for entry in on_page),
        room=room,
        model=model_sums(view.say, digest.listed),
        footer=sentences(_footer(view, page, on_page if page else digest.entries)),
        analysed=analysed,
        contents=view.contents(analysed, room.contents),
    )
    return text.rstrip("\n"), analysed


def _newest_first(digest: Digest) -> list[Entry]:
    return sorted(digest.entries, key=lambda entry: (entry.landed_at, entry.position), reverse=True)


def _footer(view: DigestView, page: int | None, entries: Iterable[Entry]) -> Iterator[str]:
    """The sentences below a page; in a file there is no line below which people may write."""
    say = view.say.say
    yield "" if page else say("digest.of-day-only", zone=view.zone_name)
    yield say(f"digest.{footer_key(entries)}")
    yield "" if page is None else say("digest.kept")


def _marker(view: DigestView, page: int) -> str:
    digest = view.digest
    begin = page_marker(digest.repository, digest.day, page)
    if page:
        # The range stands in the body alone: a new commit must not change every page.
        return begin + "-->"
    # Should Redis be emptied, this says that more is to come.
    pending = f" pending={len(view.pending)}" if view.pending else ""
    # And this, that what is not between this digest and the one before has not left.
    switched = " switched" if any(code in ("switched", "another") for code, _ in digest.notes) else ""
    ends = f"base={digest.base_sha or '-'} head={digest.head_sha} zone={view.config.timezone}"
    return f"{begin}{ends}{pending}{switched} -->"
