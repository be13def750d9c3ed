"""Pages for people: an issue or a pull request with its comments, as GitHub shows them."""

from ghapp.demo.answers import Answer, Refused
from ghapp.demo.records import Issue
from ghapp.demo.repository import Repository
from ghapp.demo.shapes_issues import comments_of
from ghapp.demo.world import World
from ghapp.markdown import Part, page

_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def issue_page(world: World, owner: str, repo: str, number: int) -> Answer:
    """The page of an issue or a pull request.

    Raises:
        Refused: 404, there is none.
    """
    one = world.repository(f"{owner}/{repo}")
    versions = one.issues.get(number) if one else None
    if one is None or versions is None or versions.latest.gone:
        raise Refused(404)
    text = page(f"{versions.latest.title} #{number}", issue_parts(one, versions.latest))
    return Answer(text.encode("utf-8", "replace"), headers=_HTML)


def issue_parts(one: Repository, item: Issue) -> list[Part]:
    """An issue's body and its comments, oldest first."""
    opened = Part(f"{item.user or 'ghost'} opened this on {item.created_at:%Y-%m-%d %H:%M} UTC", item.body or "")
    comments = comments_of(one, item.number)
    return [
        opened,
        *(
            Part(f"{said.user or 'ghost'} commented {said.created_at:%Y-%m-%d %H:%M} UTC", said.body)
            for said in comments
        ),
    ]


def index_page(world: World) -> Answer:
    """Every issue and pull request of every repository, newest first."""
    parts = [Part(one.full_name, _listing(one)) for one in list(world.repositories.values())]
    return Answer(page("Repositories", parts).encode("utf-8", "replace"), headers=_HTML)


def _listing(one: Repository) -> str:
    latest = sorted((versions.latest for versions in list(one.issues.values())), key=lambda item: -item.number)
    rows = [
        f"- [#{item.number}](/{one.full_name}/issues/{item.number}) {item.state}: `{item.title.replace('`', ' ')}`"
        for item in latest
        if not item.gone
    ]
    return "\n".join(rows) or "No issues yet."


PAGE_ROUTES = (
    ("GET", "/", index_page),
    ("GET", "/<owner>/<repo>/issues/<int:number>", issue_page),
    ("GET", "/<owner>/<repo>/pull/<int:number>", issue_page),
)
