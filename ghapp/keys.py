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
#: zset, kept. Member: installation id. Score: until when GitHub refuses its requests, as it told us.
LIMITED = PREFIX + "limited"
#: set, kept. Ids of installations that are suspended, or may be: nothing of theirs is taken.
STOPPED = PREFIX + "stopped"
#: set, kept. Ids of the installations that are known; of each there is `installation`.
INSTALLATIONS = PREFIX + "installations"
#: Prefix of strings, 3 days (GitHub redelivers no longer). `delivery:<guid>`: the key it marked.
DELIVERY = PREFIX + "delivery:"
#: Prefix of strings, as long as the interval. `once:<name>`: the key that was marked under this name.
ONCE = PREFIX + "once:"
#: string, kept: when the App's deliveries were last swept to the end, in GitHub's time.
SWEPT_TO = PREFIX + "swept-to"
#: Prefix of strings, minutes to hours. `asked:<guid>`: this delivery was asked for again.
ASKED = PREFIX + "asked:"
#: Prefix of strings, 3 days. `given-up:<key>`: why this key was forgotten although it was not worked.
GIVEN_UP = PREFIX + "given-up:"
#: Prefix of strings, 10 s. `clock:<process>`: this clock has ticked.
CLOCK = PREFIX + "clock:"
#: zset, kept. Member: a key that was given up. Score: when; older ones than 3 days leave with the next one.
GIVEN_UP_AT = PREFIX + "given-up-at"
#: list of JSON objects, kept, the newest 50: deliveries that were asked for again. The admin page shows them.
REDELIVERED = PREFIX + "redelivered"
#: list of JSON objects, kept, the newest 100: what a dry run would have written. The admin page shows them.
DRY_RUN = PREFIX + "dry-run"
#: Prefix of strings, 8 hours. `admin-session:<hash>`: somebody who knew ADMIN_TOKEN is logged in.
ADMIN_SESSION = PREFIX + "admin-session:"
#: Prefix of strings, 1 minute. `admin-failures:<scope>`: log-ins that were refused.
ADMIN_FAILURES = PREFIX + "admin-failures:"


def installation(number: int) -> str:
    """hash, until it is uninstalled: what is known of one.

    `account`, `state` (`active`, `suspended` or `refused`), `since` (when the state began), `told` (when GitHub last
    said it); `ignored` and `ignored_at`: how often, and when last, something of it was ignored; `requests`;
    `card_at` and `digest_at`: when one was written last.
    """
    return f"{PREFIX}installation:{number}"


def repositories(number: int) -> str:
    """set, until it is uninstalled: ids of the repositories that an installation was seen to reach."""
    return f"{PREFIX}repositories:{number}"


def repository(number: int) -> str:
    """hash: `installation` that reaches it, `full_name`, and `gone_at` once none does (30 days from then on)."""
    return f"{PREFIX}repository:{number}"


def of_installation(number: int) -> list[str]:
    """What is kept of an installation alone."""
    return [installation(number), repositories(number), slots(number), turns(number), backoff(number), met(number)]


def of(kind: str, number: int) -> str:
    """Pattern of the keys of a kind that begin with a number."""
    return f"{PREFIX}{kind}:{number}:*"


def of_repository(number: int) -> tuple[list[str], list[str]]:
    """What is kept of a repository: names of keys, and patterns of others."""
    names = [branch(number), days(number), pushed_at(number), read_at(number), pulls(number), config(number)]
    parts = ("entries", "digest", "names", "links", "wanted", "card", "spent:repository")
    names += [history(number), history_chain(number), history_state(number), authors(number)]
    names += [calibration(number)]
    return [*names, label(number), repository(number)], [of(part, number) for part in parts]


def slots(installation: int) -> str:
    """zset, 1 hour after the last one: the slots of an installation's content writes. Member and score: its time."""
    return f"{PREFIX}slots:{installation}"


def turns(installation: int) -> str:
    """zset, as long as its members: due keys that were refused a slot. Score: when they were told to come back."""
    return f"{PREFIX}turns:{installation}"


def backoff(installation: int) -> str:
    """string, twice its value: seconds that were waited when GitHub last named no time for its limit."""
    return f"{PREFIX}backoff:{installation}"


def branch(repository: int) -> str:
    """hash, kept: `name`, `cursor`, `landed_at`, `day`, `switched_from` of the default branch."""
    return f"{PREFIX}branch:{repository}"


def days(repository: int) -> str:
    """zset, 60 days: the days of its digests, by their number in the calendar."""
    return f"{PREFIX}days:{repository}"


def met(installation: int) -> str:
    """string, kept: when all repositories of the installation were marked to be read, by the calendar."""
    return f"{PREFIX}met:{installation}"


def pushed_at(repository: int) -> str:
    """string, kept: the repository's `pushed_at` as the last finished reading of its default branch saw it."""
    return f"{PREFIX}pushed-at:{repository}"


def read_at(repository: int) -> str:
    """string, kept: when the last finished reading of the default branch began, by the calendar."""
    return f"{PREFIX}read-at:{repository}"


def entries(repository: int, day: str) -> str:
    """hash, 60 days: commit -> entry as JSON, one digest's."""
    return f"{PREFIX}entries:{repository}:{day}"


def digest(repository: int, day: str) -> str:
    """hash, 60 days: one digest's.

    `base`, `head`, `written_at`, `count`, `note:<code>`, `landed`, `closed`, `state`; `version` counts changes, and
    `shown` is the one that was written; `pages` were found on GitHub;
    of each page `id`, `written`, `intent`, `created`, `writes`, `doubtful`; of page 0, the issue, `linked`.
    """
    return f"{PREFIX}digest:{repository}:{day}"


def every(kind: str) -> str:
    """Pattern of all keys of a kind that begin with a repository's id: `entries`, `digest`, `card`, `history-state`."""
    return f"{PREFIX}{kind}:*"


def history(repository: int) -> str:
    """hash, 60 days after the last change: `seed`, commits packed together; `<commit>`, others; `whole`: it is all."""
    return f"{PREFIX}history:{repository}"


def history_chain(repository: int) -> str:
    """list, 60 days after the last change: names of the default branch's newest first-parent commits, oldest first."""
    return f"{PREFIX}history-chain:{repository}"


def authors(repository: int) -> str:
    """hash, 60 days after the last change: login of an account -> the name that its commits bear."""
    return f"{PREFIX}authors:{repository}"


def history_state(repository: int) -> str:
    """hash, 1 day after the last change: `asked_at`, `tries`, or `failure` of the reading of a history."""
    return f"{PREFIX}history-state:{repository}"


def calibration(repository: int) -> str:
    """string, 60 days: how many changes of each level of risk were counted, and reverted or fixed, as JSON."""
    return f"{PREFIX}calibration:{repository}"


def names(repository: int, month: str) -> str:
    """zset, 60 days after the last write, all scores 0: landed commits of a month by each of their names.

    Member: `<name>:<landed at>:<position>:<commit>:<day>`; the names are those of `analysis.landed`.
    """
    return f"{PREFIX}names:{repository}:{month}"


def links(repository: int, day: str) -> str:
    """hash, 60 days: what entries of one digest have to do with other changes.

    Field `<commit>`: JSON list of what it does to others. Field `<commit> <other>`: JSON, what another does to it.
    Field `said <commit>`: JSON list of what its message says of earlier ones, known or not.
    """
    return f"{PREFIX}links:{repository}:{day}"


def wanted(repository: int, month: str) -> str:
    """zset, 60 days after the last write, all scores 0: which entries of a month name earlier changes, by those names.

    Member: `<name> <commit>:<day>`; the names are those of `analysis.landed`, of object names the first seven digits.
    """
    return f"{PREFIX}wanted:{repository}:{month}"


def card(repository: int, number: int) -> str:
    """hash, 60 days after the last write: one card's.

    `id`, `written`, `intent`, `created`, `writes`, `doubtful` of the comment; the `head` it shows and the `files` it
    was made of; `paused`, `asked`, `allowed`.
    """
    return f"{PREFIX}card:{repository}:{number}"


def pulls(repository: int) -> str:
    """string, 1 hour: the ETag of the repository's list of open pull requests, each of which was seen to."""
    return f"{PREFIX}pulls:{repository}"


def config(repository: int) -> str:
    """hash, 1 day: `etag`, `text`, `path`, `read_at` of the repository's configuration file."""
    return f"{PREFIX}config:{repository}"


#: Prefix that githubkit's token cache is given: strings, as long as the token (1 hour at most).
TOKENS = PREFIX + "token"


def label(repository: int) -> str:
    """string, 1 day: set when the repository is known to have the digest label."""
    return f"{PREFIX}label:{repository}"


def reading(content: str) -> str:
    """string, 60 days: what a model made of a change with this content, as JSON.

    A content is `<installation id>:<hash>`: no answer is shown to another installation than the one that asked.
    """
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

#: string, 4 hours: SHA-256 of the cookie of the person who sets the App up; there is one such person at a time.
SETUP_SESSION = PREFIX + "setup-session"


def setup_return(state: str) -> str:
    """string, 1 hour: what is asked of GitHub, as JSON, until its answer comes back with this `state`."""
    return f"{PREFIX}setup-return:{state}"
