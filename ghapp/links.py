"""Ties between entries, across days: what reverts, lands again, mends or continues what, stored for both sides.

Landed commits are kept by their names (object name, pull request, title), and each tie with the digests of both ends,
in hashes of their own: the entries themselves are written by their own jobs alone.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from analysis.landed import asked_names, is_titled, names_of
from analysis.references import FollowUp
from ghapp import keys
from ghapp.digest import Digest, Entry, Link
from ghapp.store import KEPT_SECONDS, Store


def queue_names(pipe: Any, repository: int, day: str, entries: Iterable[Entry]) -> None:
    """Add to a transaction that these entries of a day can be found by their names."""
    key = keys.names(repository, day[:7])
    members = {f"{name}{_place(entry)}:{entry.commit_sha}:{day}": 0 for entry in entries for name in _names(entry)}
    if members:
        pipe.zadd(key, members)
        pipe.expire(key, KEPT_SECONDS)


def _names(entry: Entry) -> Iterator[str]:
    return names_of(entry.commit_sha, entry.pull, entry.title)


def _place(entry: Entry) -> str:
    """Sorts as text in the order of landing."""
    return f"{max(entry.landed_at, 0):011d}:{entry.position:06d}"


def link_entry(store: Store, repository: int, day: str, entry: Entry, said: Iterable[FollowUp]) -> set[str]:
    """Keep what an entry's message says of earlier changes, with it and with them. Again does no harm.

    Returns:
        The days whose digests have something new to say.
    """
    found = list(_linked(store, repository, (day, entry), said))
    with store.connection.pipeline() as pipe:
        queue_names(pipe, repository, day, [entry])
        if found:
            _queue(pipe, keys.links(repository, day), entry.commit_sha, [asdict(link) for link in found])
        for link in found:
            if link.day:
                _queue_back(pipe, repository, (day, entry), link)
        pipe.execute()
    return {link.day for link in found if link.day}


def _queue_back(pipe: Any, repository: int, place: tuple[str, Entry], link: Link) -> None:
    day, entry = place
    back = Link(link.other_sha, link.kind, is_back=True, other_sha=entry.commit_sha, pull=entry.pull, day=day)
    _queue(pipe, keys.links(repository, link.day), f"{link.other_sha} {entry.commit_sha}", asdict(back))
    # That digest is going to be written again: nothing of it may expire meanwhile.
    pipe.expire(keys.entries(repository, link.day), KEPT_SECONDS)
    pipe.expire(keys.digest(repository, link.day), KEPT_SECONDS)


def _queue(pipe: Any, key: str, field: str, value: Any) -> None:
    pipe.hset(key, field, json.dumps(value))
    pipe.expire(key, KEPT_SECONDS)


def _linked(store: Store, repository: int, place: tuple[str, Entry], said: Iterable[FollowUp]) -> Iterator[Link]:
    """What is named, each change once; one that no digest lists only where the words are sure."""
    day, entry = place
    seen = {entry.commit_sha}
    for one in said:
        target, other_day = _found(store, repository, (day, entry), one)
        if target is None:
            if one.is_sure and (one.commit_sha or one.pull):
                yield Link(entry.commit_sha, one.kind, is_back=False, other_sha=one.commit_sha, pull=one.pull)
        elif target.commit_sha not in seen:
            seen.add(target.commit_sha)
            yield Link(entry.commit_sha, one.kind, False, target.commit_sha, target.pull, other_day)


def _found(store: Store, repository: int, place: tuple[str, Entry], one: FollowUp) -> tuple[Entry | None, str]:
    """The entry that is named, the newest of those that landed before, with its day."""
    day, entry = place
    for name in asked_names(one):
        for month in _months(day):
            key = keys.names(repository, month)
            # Before the place of the entry itself; an object name is followed by more of it, so anything of it.
            end = f"{name}{_place(entry)}" if name.endswith(":") else f"{name}g"
            rows: Any = store.connection.zrevrangebylex(key, f"({end}", f"[{name}", 0, 1)
            for row in rows:
                commit_sha, _, other_day = row.decode().rpartition(":")
                found = store.entry(repository, other_day, commit_sha.rpartition(":")[2])
                if found and _place(found) < _place(entry) and is_titled(found.title, one, name):
                    return found, other_day
    return None, ""


def _months(day: str) -> list[str]:
    """The months in which something may have landed that is still kept, the newest first."""
    first = date.fromisoformat(day).replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    return [one.isoformat()[:7] for one in (first, before, before - timedelta(days=1))]


def joined(store: Store, digest: Digest) -> Digest:
    """A digest with what its entries have to do with other changes, and the numbers of the issues of those."""
    found: Any = store.connection.hgetall(keys.links(digest.repository, digest.day))
    rows = [json.loads(value) for _, value in sorted(found.items())]
    links = [Link(**one) for row in rows for one in (row if isinstance(row, list) else [row])]
    left = {entry.commit_sha for entry in digest.entries if entry.left}
    kept = tuple(link for link in links if not _is_void(store, digest, link, left))
    days = sorted({link.day for link in kept} - {digest.day, ""})
    issues = ((day, store.page(digest.repository, day, 0).id) for day in days)
    return replace(digest, links=kept, issues=tuple((day, number) for day, number in issues if number))


def _is_void(store: Store, digest: Digest, link: Link, left: set[str]) -> bool:
    """Whether the change that says so was taken off the branch since."""
    later = link.other_sha if link.is_back else link.commit_sha
    if not link.is_back or link.day == digest.day:
        return later in left
    entry = store.entry(digest.repository, link.day, later)
    return entry is not None and entry.left
