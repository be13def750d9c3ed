"""Ties between the entries of one day, from their messages alone: for reports from a clone, which has no store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.landed import Landed
from analysis.references import FollowUp
from ghapp.digest import Entry, Link


def links_within(day: str, entries: Iterable[Entry], said: Mapping[str, Sequence[FollowUp]]) -> tuple[Link, ...]:
    """What the entries of a day have to do with each other and, as text, with earlier changes.

    Args:
        day: ISO date.
        entries: In landing order.
        said: What each commit's message says of earlier ones.
    """
    landed = Landed()
    before: dict[str, Entry] = {}
    found: list[Link] = []
    for entry in entries:
        found += _links(day, entry, said.get(entry.commit_sha, ()), (landed, before))
        landed.add(entry.commit_sha, entry.pull, entry.title)
        before[entry.commit_sha] = entry
    return tuple(found)


def _links(
    day: str, entry: Entry, said: Sequence[FollowUp], known: tuple[Landed, Mapping[str, Entry]]
) -> Iterator[Link]:
    landed, before = known
    seen: set[str] = set()
    for one in said:
        name = landed.find(one)
        if name is None and one.is_sure and (one.commit_sha or one.pull):
            yield Link(entry.commit_sha, one.kind, is_back=False, other_sha=one.commit_sha, pull=one.pull)
        elif name is not None and name not in seen:
            seen.add(name)
            yield Link(entry.commit_sha, one.kind, False, name, before[name].pull, day)
            yield Link(name, one.kind, True, entry.commit_sha, entry.pull, day)
