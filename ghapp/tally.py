"""How much stands in Redis of each repository: entries, and writes of digests and cards. Two tallies tell what came."""

from collections import Counter
from typing import Any

import redis

from ghapp import keys

#: (repository id, `entries`, `digest` or `card`, day or number) -> how many entries, or writes.
Tally = Counter[tuple[int, str, str]]


def tally(connection: redis.Redis) -> Tally:
    """Count what is there, of all repositories."""
    found: Tally = Counter()
    for kind in ("entries", "digest", "card"):
        for name in connection.scan_iter(match=keys.every(kind), count=1000):
            repository, _, rest = name.decode().rpartition(f"{kind}:")[2].partition(":")
            found[int(repository), kind, rest] = (
                _entries(connection, name) if kind == "entries" else _writes(connection, name)
            )
    return found


def _entries(connection: redis.Redis, name: bytes) -> int:
    count: Any = connection.hlen(name)
    return int(count)


def _writes(connection: redis.Redis, name: bytes) -> int:
    fields: Any = connection.hgetall(name)
    return sum(int(value) for field, value in fields.items() if field.endswith(b"writes"))
