"""Every key in Redis: name, type, lifetime, meaning. No other module spells one.

All begin with `ghapp:`; RQ's own begin with `rq:`. Everything here is rebuilt from GitHub when it is lost.
Times are seconds since the epoch by Redis's clock, so that machines need not agree on theirs.

A *key* in the sense of DESIGN section 3 ("due key") is a name such as `card:<repository id>:<number>`.
A *line* is where keys of one class and one installation wait: `<class>:<installation id>`.
"""

PREFIX = "ghapp:"

#: zset, kept. Member: line. Score: when a key of it was last taken.
LINES = PREFIX + "lines"
#: Prefix of zsets, kept. `line:<line>`: member key, score when it is due.
LINE = PREFIX + "line:"
#: Prefix of hashes, until worked. `due:<key>`: `version`, `installation`, `line`, `failures`.
DUE = PREFIX + "due:"
#: Prefix of lists, until worked. `hints:<key>`: JSON objects, at most 200.
HINTS = PREFIX + "hints:"
#: zset, kept. Member: key. Score: when its lease ends.
LEASES = PREFIX + "leases"
#: hash, kept. Field: key. Value: `<holder> <token>` of the lease.
HOLDERS = PREFIX + "holders"
#: Prefix of strings, 3 days (GitHub redelivers no longer). `delivery:<guid>`: the key it marked.
DELIVERY = PREFIX + "delivery:"


def branch(repository: int) -> str:
    """hash, kept: `name`, `cursor`, `landed_at`, `day` of the default branch."""
    return f"{PREFIX}branch:{repository}"


def entries(repository: int, day: str) -> str:
    """hash, 60 days: commit -> entry as JSON, one digest's."""
    return f"{PREFIX}entries:{repository}:{day}"


def digest(repository: int, day: str) -> str:
    """hash, 60 days: `base`, `head`, `written_at`, `count`, `note:<code>`; `id`, `written`, `intent` of each page."""
    return f"{PREFIX}digest:{repository}:{day}"


def card(repository: int, number: int) -> str:
    """hash, 60 days after the last write: `id`, `written`, `intent`, `paused`, `asked`, `allowed` of one card."""
    return f"{PREFIX}card:{repository}:{number}"


def config(repository: int) -> str:
    """hash, 1 day: `etag`, `text`, `path`, `read_at` of the repository's configuration file."""
    return f"{PREFIX}config:{repository}"


#: Prefix that githubkit's token cache is given: strings, as long as the token (1 hour at most).
TOKENS = PREFIX + "token"


def label(repository: int) -> str:
    """string, 1 day: set when the repository is known to have the digest label."""
    return f"{PREFIX}label:{repository}"


def reading(content: str) -> str:
    """string, 60 days: what a model made of a change with this content, as JSON."""
    return f"{PREFIX}reading:{content}"


def reading_lease(content: str) -> str:
    """string, some minutes: a model is being asked about a change with this content."""
    return f"{PREFIX}reading-lease:{content}"


def reading_failure(content: str) -> str:
    """hash, 1 day: `reason` and `times` of failed attempts to have this content read."""
    return f"{PREFIX}reading-failure:{content}"


def spent(scope: str, day: str) -> str:
    """hash, 40 days: `tokens` (reserved or spent), `read`, `written`, `calls` of a `scope`.

    A scope is `repository:<id>` or `installation:<id>`; the day is in UTC.
    """
    return f"{PREFIX}spent:{scope}:{day}"


#: hash, 1 day after the last refusal: what model servers do not understand.
MODEL_HABITS = PREFIX + "model-habits"
