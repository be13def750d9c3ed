"""Checks of Redis: reachable, new enough, durable, and with room."""

import ssl
from collections.abc import Iterator
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

import redis

from ghapp import redis_server
from ghapp.doctor.check import Check, failure, good, warning
from ghapp.redis_process import NoServerError, socket_in
from ghapp.settings import Settings

URL = "REDIS_URL"
SECONDS = 5.0
#: RQ 2.12's oldest; and where a ticket that a dying worker had just taken is kept (BLMOVE). https://python-rq.org/docs/
OLDEST, KEEPING = (5, 0), (6, 2)
#: Shares of `maxmemory`.
NEARLY_FULL, FULL = 0.8, 0.98

_REASONS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (
        redis.AuthenticationError,
        "{place} refuses the user or password: correct it in the URL (redis://:password@host).",
    ),
    (gaierror, "{place}: the host has no address: look for a typing error, and at this machine's DNS."),
    (
        ssl.SSLError,
        "{place}: TLS fails: have its authority trusted here (SSL_CERT_FILE); redis:// where it speaks no TLS.",
    ),
    (FileNotFoundError, "{place}: there is no such socket: start Redis, or correct the path."),
    (
        (redis.TimeoutError, TimeoutError),
        "{place} does not answer: look at firewalls, and whether it speaks TLS (rediss://) or not (redis://).",
    ),
    (ConnectionRefusedError, "{place} refuses connections: start Redis, or correct host and port."),
)
_ELSE = "{place} breaks the connection: look at the log of Redis, and whether it wants TLS (rediss://)."


def address_of(settings: Settings) -> str | None:
    """Where Redis is: the one that is named, else the embedded one's socket if `ghapp run` made it; None: not there."""
    if settings.redis_url is not None:
        return settings.redis_url
    try:
        socket = socket_in(settings.state_dir / "redis")
        return f"unix://{socket}" if socket.is_socket() else None
    except (NoServerError, PermissionError):
        return None


def reached(settings: Settings, found: list[Check]) -> redis.Redis | None:
    """A connection to it; None when there is none. What is found is appended."""
    url = address_of(settings)
    if url is None:
        found.append(_not_running())
        return None
    try:
        connection = redis_server.connect(url, SECONDS)
        connection.ping()
    except redis.RedisError as error:
        if settings.redis_url is None and not isinstance(error, redis.ResponseError):
            found.append(_not_running())
        else:
            found.append(failure("redis.reachable", URL, _reason(error).format(place=place_of(url))))
        return None
    except ValueError:
        found.append(failure("redis.reachable", URL, "It is no address: set it as redis://:password@host:port/0."))
        return None
    found.append(good("redis.reachable", URL, place_of(url)))
    return connection


def _not_running() -> Check:
    return failure("redis.reachable", URL, "The embedded Redis does not run: start `ghapp run`, or set REDIS_URL.")


def place_of(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    try:
        return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
    except ValueError:
        return parts.hostname or "the address"


def _reason(error: BaseException) -> str:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    if "NOAUTH" in str(error) or "WRONGPASS" in str(error):
        return _REASONS[0][1]
    return next((said for kind, said in _REASONS if any(isinstance(one, kind) for one in chain)), _ELSE)


def storage_checks(connection: redis.Redis) -> Iterator[Check]:
    """What the server says of itself.

    Raises:
        redis.RedisError: It is gone.
    """
    info: dict[str, Any] = connection.info()  # type: ignore[assignment] - sync client
    yield _version(str(info.get("redis_version") or "0"))
    yield _persistence(info, _saves(connection))
    yield _disk(info)
    yield _policy(str(info.get("maxmemory_policy") or ""))
    yield _memory(int(info.get("used_memory") or 0), int(info.get("maxmemory") or 0))


def _version(version: str) -> Check:
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if parts < OLDEST:
        return failure("redis.version", version, "RQ needs Redis 5 or newer: upgrade.")
    if parts < KEEPING:
        return warning(
            "redis.version", version, "What a worker had just taken when it died comes late: use 6.2 or newer."
        )
    return good("redis.version", version)


def _saves(connection: redis.Redis) -> str | None:
    """When snapshots are made, "" for never; None: managed servers may not say."""
    try:
        found: Any = connection.config_get("save")
    except redis.ResponseError:
        return None
    return str(found.get("save") or "")


def _persistence(info: dict[str, Any], saves: str | None) -> Check:
    check, name = "redis.persistence", "appendonly"
    if info.get("aof_enabled"):
        return good(check, name, "yes")
    if saves:
        return good(check, "save", "snapshots; appendonly yes would lose less")
    if saves is None:
        return warning(check, name, "The server does not say whether it keeps data: look in its provider's settings.")
    fix = "A restart of Redis forgets what is due; it is read again from GitHub, which takes time: set appendonly yes."
    return warning(check, name, fix)


def _disk(info: dict[str, Any]) -> Check:
    failing = [
        name
        for name in ("aof_last_write_status", "rdb_last_bgsave_status")
        if info.get(name, "ok") not in ("ok", b"ok")
    ]
    if failing:
        return failure(
            "redis.disk", failing[0], "Redis cannot write to its disk and may refuse writes: make room there."
        )
    return good("redis.disk", "aof_last_write_status")


def _policy(policy: str) -> Check:
    check, name = "redis.policy", "maxmemory-policy"
    if policy not in ("noeviction", ""):
        return failure(
            check, name, f"It is {policy}, so what is due may vanish: CONFIG SET maxmemory-policy noeviction."
        )
    return good(check, name, policy)


def _memory(used: int, most: int) -> Check:
    check, name, share = "redis.memory", "maxmemory", used / most if most else 0.0
    said = f"{share:.0%} of it are used: give Redis more, or an instance of its own"
    if share >= FULL:
        return failure(check, name, f"{said}; at 100% deliveries are answered 503.")
    if share >= NEARLY_FULL:
        return warning(check, name, f"{said}.")
    return good(check, name, f"{used / 1e6:.0f} MB used{'' if most else ', no limit'}")
