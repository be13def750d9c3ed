"""Whether what stands on GitHub is right, seen from outside: compared with what git says and what people did."""

import re
from collections import Counter
from collections.abc import Iterator

from ghapp.demo.history import History, landed
from ghapp.demo.plan import Plan
from ghapp.demo.play import Played
from ghapp.demo.scene import Scene
from ghapp.phrases import phrases
from ghapp.settings import LANGUAGES

#: A row of a digest's table; the commit's link is the first one in it.
ROW = re.compile(r"^\| [^|]+ \|.*?/commit/([0-9a-f]{40})\).*$", re.MULTILINE)
_DAY = re.compile(r" day=(\d{4}-\d\d-\d\d) ")
_ACCEPTED = {200, 202}
#: A demonstration around midnight has two days.
MOST_DAYS = 2


def listed(pages: list[str]) -> list[str]:
    """Full names of the commits in a digest's table, in the order of its rows."""
    return [row[1] for page in pages for row in ROW.finditer(page)]


def is_finished(scene: Scene, expected: list[str]) -> bool:
    """Whether every commit has a row and none is pending."""
    pages = [page for digest in scene.digests() for page in scene.pages(digest)]
    pending = [phrases(language).say("level.pending") for language in LANGUAGES]
    rows = [row[0] for page in pages for row in ROW.finditer(page)]
    return set(expected) <= set(listed(pages)) and not any(word in row for row in rows for word in pending)


def problems(scene: Scene, history: History, plan: Plan, played: Played) -> list[str]:
    """What is wrong; empty when the demonstration succeeded."""
    pages = [page for digest in scene.digests() for page in scene.pages(digest)]
    expected = landed(history.git_dir, plan.base_sha, plan.head_sha)
    found = [*_wrong_rows(listed(pages), expected), *_wrong_digests(scene), *_wrong_cards(scene, played)]
    unknown = scene.world.requests.summary()["unknown"]
    if unknown:
        found.append(f"{unknown} requests went to addresses that GitHub does not have")
    refused = [sent.status for sent in scene.world.deliveries if sent.status_code not in _ACCEPTED]
    if refused:
        found.append(f"{len(refused)} deliveries were not taken ({refused[0]})")
    if played.killed is None:
        found.append("no worker had a job under way to be killed at")
    return found


def _wrong_rows(rows: list[str], expected: list[str]) -> Iterator[str]:
    times, wanted = Counter(rows), set(expected)
    for what, names in (
        ("missing from the digest", [name for name in expected if not times[name]]),
        ("in the digest more than once", [name for name, count in times.items() if count > 1]),
        ("in the digest, but not landed", [name for name in times if name not in wanted]),
    ):
        if names:
            yield f"{len(names)} of {len(expected)} commits are {what}: {' '.join(name[:10] for name in names)}"


def _wrong_digests(scene: Scene) -> Iterator[str]:
    days = [_DAY.search(digest.body or "") for digest in scene.digests()]
    names = [day[1] for day in days if day]
    if len(set(names)) != len(names) or not 0 < len(names) <= MOST_DAYS:
        yield f"there are {len(names)} digest issues for {len(set(names))} days"


def _wrong_cards(scene: Scene, played: Played) -> Iterator[str]:
    for number in played.numbers.values():
        count = len(scene.cards(number))
        if count > 1 or (number in played.waited and not count):
            yield f"#{number} has {count} cards"
