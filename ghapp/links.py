"""Ties between entries, across days: what reverts, lands again, mends or continues what, stored for both sides.

Landed commits are kept by their names (object name, pull request, title), and each tie with the digests of both ends,
in hashes of their own: the entries themselves are written by their own jobs alone. What a message names is kept by
those names, too: an earlier day may become known after it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

from analysis.landed import asked_names, is_titled, names_of
from analysis.references import FollowUp
from ghapp import keys
from ghapp.digest import Digest, Entry, Link
from ghapp.store import KEPT_SECONDS, Store

#: Of so many changes with one name, the newest, those that a force push took off the branch are passed over.
MOST_NAMESAKES = 10


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
    """Keep what an entry's message says of earlier changes, with it and with them, and what later ones said of it.

    Again does no harm.

    Returns:
        The days whose digests have something new to say.
    """
    said = tuple(said)
    # Before anything is looked up: of two jobs at the same time, the earlier change's and the later one's, one sees
    # what the other wrote.
    with store.connection.pipeline() as pipe:
        queue_names(pipe, repository, day, [entry])
        _queue_said(pipe, repository, (day, entry), said)
        pipe.execute()
    days = _link(store, repository, (day, entry), said)
    for other_day, other in _wanting(store, repository, (day, entry)):
        row: Any = store.connection.hget(keys.links(repository, other_day), f"said {other.commit_sha}")
        others_said = [FollowUp(**one) for one in json.loads(row or b"[]")]
        days |= _link(store, repository, (other_day, other), others_said) | {other_day}
    return days


def _queue_said(pipe: Any, repository: int, place: tuple[str, Entry], said: tuple[FollowUp, ...]) -> None:
    day, entry = place
    names = {f"{_brief(name)} {entry.commit_sha}:{day}": 0 for one in said for name in asked_names(one)}
    if names:
        _queue(pipe, keys.links(repository, day), f"said {entry.commit_sha}", [asdict(one) for one in said])
        pipe.zadd(keys.wanted(repository, day[:7]), names)
        pipe.expire(keys.wanted(repository, day[:7]), KEPT_SECONDS)


def _brief(name: str) -> str:
    """Object names by seven digits: messages shorten them."""
    return name[: len("c:") + 7] if name.startswith("c:") else name


def _wanting(store: Store, repository: int, place: tuple[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """The later entries, with their days, whose messages may mean this one and that are not tied to it yet."""
    day, entry = place
    with store.connection.pipeline(transaction=False) as pipe:
        for name in map(_brief, _names(entry)):
            for month in _months(day, after=True):
                pipe.zrangebylex(keys.wanted(repository, month), f"[{name} ", f"({name} g")
        found: Any = pipe.execute()
    for row in dict.fromkeys(row for rows in found for row in rows):
        commit_sha, _, other_day = row.decode().rpartition(" ")[2].partition(":")
        other = store.entry(repository, other_day, commit_sha)
        known = store.connection.hexists(keys.links(repository, day), f"{entry.commit_sha} {commit_sha}")
        if other and not other.left and not known and _place(entry) < _place(other):
            yield other_day, other


def _link(store: Store, repository: int, place: tuple[str, Entry], said: Iterable[FollowUp]) -> set[str]:
    """Tie an entry to what its message names, as far as that is known now; the days that it concerns."""
    day, entry = place
    found = list(_linked(store, repository, place, said))
    row: Any = store.connection.hget(keys.links(repository, day), entry.commit_sha)
    before = [Link(**one) for one in json.loads(row or b"[]")]
    with store.connection.pipeline() as pipe:
        if found or before:
            _queue(pipe, keys.links(repository, day), entry.commit_sha, [asdict(link) for link in found])
        for link in before:
            pipe.hdel(keys.links(repository, link.day), f"{link.other_sha} {entry.commit_sha}")
        for link in found:
            if link.day:
                _queue_back(pipe, repository, (day, entry), link)
        pipe.execute()
    return {link.day for link in (*before, *found) if link.day}


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
            # Before the place of the entry itself; an object name is followed by more of it, so anything of it.
            end = f"{name}{_place(entry)}" if name.endswith(":") else f"{name}g"
            found, other_day = _newest(store, repository, month, (name, end))
            if found and _place(found) < _place(entry) and is_titled(found.title, one, name):
                return found, other_day
    return None, ""


def _newest(store: Store, repository: int, month: str, names: tuple[str, str]) -> tuple[Entry | None, str]:
    """The newest entry of a month that has a name between two and that no force push took off the branch."""
    key = keys.names(repository, month)
    rows: Any = store.connection.zrevrangebylex(key, f"({names[1]}", f"[{names[0]}", 0, MOST_NAMESAKES)
    for row in rows:
        commit_sha, _, day = row.decode().rpartition(":")
        found = store.entry(repository, day, commit_sha.rpartition(":")[2])
        if found is None or not found.left:
            return found, day
    return None, ""


def _months(day: str, *, after: bool = False) -> list[str]:
    """The month of a day and the two before it (or after it): the longest that anything is kept."""
    year, month, _ = map(int, day.split("-"))
    count = 12 * year + month - 1
    return [f"{one // 12:04d}-{one % 12 + 1:02d}" for one in (count + n if after else count - n for n in range(3))]


def joined(store: Store, digest: Digest) -> Digest:
    """A digest with what its entries have to do with other changes, and the numbers of the issues of those."""
    left = {entry.commit_sha for entry in digest.entries if entry.left}
    stored = _stored(store, digest.repository, digest.day)
    kept = tuple(link for link in stored if not _is_void(store, digest, link, left))
    days = sorted({link.day for link in kept} - {digest.day, ""})
    issues = ((day, store.page(digest.repository, day, 0).id) for day in days)
    return replace(digest, links=kept, issues=tuple((day, number) for day, number in issues if number))


def days_of(store: Store, digests: Iterable[Digest]) -> set[str]:
    """The days whose digests say something of these digests' entries, and no longer do, or do again, as these change.

    Args:
        store: The state.
        digests: Each with the entries that are new, that left the branch or that came back.
    """
    days: set[str] = set()
    for digest in digests:
        names = {entry.commit_sha for entry in digest.entries}
        stored = _stored(store, digest.repository, digest.day)
        days |= {link.day for link in stored if link.day and link.commit_sha in names}
    return days


def _stored(store: Store, repository: int, day: str) -> list[Link]:
    found: Any = store.connection.hgetall(keys.links(repository, day))
    rows = [json.loads(value) for name, value in sorted(found.items()) if not name.startswith(b"said ")]
    return [Link(**one) for row in rows for one in (row if isinstance(row, list) else [row])]


def linking(digest: Digest) -> set[str]:
    """The other days whose digests link to the issue of this one, which is `joined`."""
    beside = {one[0] for one in (digest.previous, digest.next) if one}
    return (beside | {link.day for link in digest.links}) - {digest.day, ""}


def _is_void(store: Store, digest: Digest, link: Link, left: set[str]) -> bool:
    """Whether the change that says so was taken off the branch since."""
    later = link.other_sha if link.is_back else link.commit_sha
    if not link.is_back or link.day == digest.day:
        return later in left
    entry = store.entry(digest.repository, link.day, later)
    return entry is not None and entry.left
