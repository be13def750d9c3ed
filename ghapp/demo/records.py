"""What the stand-in GitHub remembers: immutable records, and the versions of a record over time."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


class Versions(Generic[T]):
    """A record's versions, so that reads can lag behind writes as they do on GitHub."""

    def __init__(self, first: T, *, age: float = 0.0) -> None:
        self._versions = [(time.monotonic() - age, first)]

    @property
    def latest(self) -> T:
        """The version that was written last."""
        return self._versions[-1][1]

    def write(self, value: T) -> T:
        """Add a version and return it."""
        self._versions = [*self._versions[-20:], (time.monotonic(), value)]
        return value

    def seen(self, lag: float) -> T | None:
        """The version that a read sees which lags by so many seconds; None before the first one shows."""
        horizon = time.monotonic() - lag
        visible = [value for written, value in self._versions if written <= horizon]
        return visible[-1] if visible else None


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a repository; `color` is six hex digits."""

    label_id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """What an issue has in addition when it is a pull request.

    Attributes:
        head_repository: `owner/name` that the head lives in; None when that fork was deleted.
        base_sha: Head of the base branch as GitHub last recorded it for this pull request.
        merge_commit_sha: Before the merge a test merge that leads nowhere, as on GitHub.
    """

    base_branch: str
    base_sha: str
    head_branch: str
    head_sha: str
    head_repository: str | None
    merge_commit_sha: str | None
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or, with `pull`, a pull request: both share one sequence of numbers.

    Attributes:
        user: Login of the author; None for a deleted account (GitHub's "ghost").
        via_app: Written by the App.
        association: What GitHub calls `author_association`.
        deleted: Answers 410 from now on.
        moved_to: Id of the repository that it was transferred to, and its number there.
        discussion: Was converted to a discussion: nobody can comment here any more.
    """

    issue_id: int
    number: int
    title: str
    body: str | None
    user: str | None
    created_at: datetime
    updated_at: datetime
    labels: tuple[str, ...] = ()
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    locked: bool = False
    via_app: bool = False
    association: str = "MEMBER"
    deleted: bool = False
    pull: Pull | None = None
    moved_to: tuple[int, int] | None = None
    discussion: bool = False

    @property
    def gone(self) -> bool:
        """Whether it is here no more."""
        return self.deleted or self.moved_to is not None

    @property
    def the_pull(self) -> Pull:
        """Its pull request, for those who know that it is one.

        Raises:
            ValueError: it is a plain issue.
        """
        if self.pull is None:
            raise ValueError(f"#{self.number} is not a pull request")
        return self.pull


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue or pull request; `via_app`: written by the App."""

    comment_id: int
    number: int
    body: str
    user: str | None
    created_at: datetime
    updated_at: datetime
    via_app: bool = False
    association: str = "MEMBER"
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """One movement of a branch."""

    activity_id: int
    branch: str
    before: str
    after: str
    timestamp: datetime
    kind: str
    actor: str


@dataclass(frozen=True, slots=True)
class Token:
    """An installation token; `repository_ids` None: every repository of the installation."""

    installation_id: int
    expires_at: datetime
    permissions: dict[str, str]
    repository_ids: frozenset[int] | None = None


@dataclass(slots=True)
class Installation:
    """Where the App is installed; `repository_ids` None: all repositories of the account."""

    installation_id: int
    account: str
    created_at: datetime
    permissions: dict[str, str]
    events: list[str]
    repository_ids: set[int] | None = None
    suspended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver an event; `status` is "OK" or why it failed, `status_code` 0 without an answer."""

    delivery_id: int
    guid: str
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    delivered_at: datetime
    duration: float
    status: str
    status_code: int
    headers: dict[str, str]
    payload: dict[str, object]
    answer: str = ""
    redelivery: bool = False


@dataclass(slots=True)
class Behaviour:
    """How bad this GitHub is; all of it can change while it runs.

    Attributes:
        lag: Seconds by which lists, branches and searches lag behind writes.
        primary: Requests an hour per installation.
        per_minute: Content writes a minute per installation before the secondary limit.
        per_hour: The same, an hour.
        minute: Seconds that such a minute lasts, by the clock, whatever the calendar does.
        hour: Seconds that an hour of either limit lasts, likewise.
        locked_edits: The App may edit its comments on locked issues; not sure on GitHub, where people without write
            access may not (https://github.com/refined-github/refined-github/issues/6390).
        local_hooks: Webhooks may go to this machine and to private networks; GitHub itself refuses that.
        zero_rows: Lists of files return 0/0/0 rows without patch after about 20,000 lines of patches.
        skew: Seconds by which its clock is ahead of this machine's, as a machine with a wrong clock finds it.
    """

    lag: float = 0.0
    primary: int = 5000
    per_minute: int = 80
    per_hour: int = 500
    minute: float = 60.0
    hour: float = 3600.0
    locked_edits: bool = True
    local_hooks: bool = False
    zero_rows: bool = False
    skew: float = 0.0


@dataclass(frozen=True, slots=True)
class Hook:
    """Where deliveries go and what signs them; no URL: nothing is sent.

    Attributes:
        content_type: "json" or "form".
        insecure_ssl: "1": certificates of the receiver are not checked.
    """

    url: str | None = None
    secret: str = ""
    content_type: str = "json"
    insecure_ssl: str = "0"


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """The App as GitHub knows it.

    Attributes:
        public_keys: PEM, by their fingerprints.
        setup_url: Where people are led once it is installed.
    """

    app_id: int
    slug: str
    owner: str
    client_id: str
    public_keys: dict[str, str]
    created_at: datetime
    permissions: dict[str, str] = field(default_factory=dict[str, str])
    events: list[str] = field(default_factory=list[str])
    setup_url: str = ""

    @property
    def login(self) -> str:
        """Login of the account that the App writes as."""
        return f"{self.slug}[bot]"


@dataclass(frozen=True, slots=True)
class Registered:
    """An App that was made from a manifest and whose credentials nobody has; its code is good until `expires_at`."""

    name: str
    owner: str
    manifest: dict[str, object]
    expires_at: datetime
