"""Everything the stand-in GitHub knows, and who may see what of it."""

import itertools
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ghapp.calendar import CLOCK, Calendar
from ghapp.clone import Clone
from ghapp.demo.faults import Faults
from ghapp.demo.limits import Limits
from ghapp.demo.records import AppIdentity, Behaviour, Delivery, Hook, Installation, Registered, Token
from ghapp.demo.repository import Repository
from ghapp.demo.requests_log import RequestLog


class World:
    """The state of one stand-in GitHub.

    Attributes:
        lock: Held by every request that writes; reads work on values that are replaced, never changed.
        url: Its own address without a final slash, where people look at it; set once the server listens.
        prefix: Path of the API under it: empty, or `/api/v3` as on an Enterprise Server.
        registered: Apps made from a manifest whose code was not exchanged yet, by the code.
    """

    def __init__(self, app: AppIdentity, hook: Hook | None = None) -> None:
        self.app = app
        self.hook = hook or Hook()
        self.url, self.prefix = "http://127.0.0.1", ""
        self.lock = threading.RLock()
        self.repositories: dict[int, Repository] = {}
        self.old_names: dict[str, int] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.deliveries: list[Delivery] = []
        self.registered: dict[str, Registered] = {}
        self.behaviour = Behaviour()
        self.limits = Limits(self.behaviour)
        self.faults = Faults()
        self.requests = RequestLog()
        self._ids = itertools.count(1001)
        self._calendar = CLOCK
        self._shift = self._shown_shift = timedelta()

    @property
    def api_url(self) -> str:
        """The address of its API, without a final slash."""
        return self.url + self.prefix

    def now(self) -> datetime:
        """What GitHub's records show: the calendar's time, in whole seconds, as GitHub shows it."""
        shown = datetime.fromtimestamp(self._calendar.at(time.time()), UTC) + self._shown_shift
        return shown.replace(microsecond=0)

    def clock(self) -> datetime:
        """What limits and tokens go by: the machine's time, moved by `move_clock` alone."""
        return datetime.now(UTC) + self._shift

    def move_clock(self, seconds: float) -> None:
        """Move GitHub's time on (tokens and limits expire, records get later dates)."""
        self._shift += timedelta(seconds=seconds)
        self._shown_shift += timedelta(seconds=seconds)

    def set_calendar(self, speed: float, start: datetime, real: float | None = None) -> str:
        """Let dates run `speed` times as fast, from `start` on; limits, lags and tokens keep to the clock.

        Args:
            speed: 1440 makes a day of a minute.
            start: What the calendar shows at `real`.
            real: Seconds since the epoch; None: now.

        Returns:
            The same calendar for the product, as the value of `GHAPP_CALENDAR`.
        """
        self._calendar = Calendar(time.time() if real is None else real, start.timestamp(), speed)
        self._shown_shift = timedelta()
        return f"{self._calendar.real!r}:{self._calendar.shown!r}:{speed!r}"

    def new_id(self) -> int:
        """A number that no other record has."""
        return next(self._ids)

    def add_repository(self, full_name: str, path: str | Path, *, installed: bool = True) -> Repository:
        """Serve a clone, which may be empty, under `owner/name`; its owner gets an installation unless he has one.

        Args:
            full_name: `owner/name`.
            path: The clone.
            installed: False: its owner gets none.

        Raises:
            ghapp.clone.CloneError: there is no readable repository at the path.
        """
        repository = Repository(self.new_id(), full_name, Clone(path), self.now())
        self.repositories[repository.repository_id] = repository
        owner = repository.owner.lower()
        if installed and all(one.account.lower() != owner for one in self.installations.values()):
            self.install(repository.owner)
        return repository

    def install(self, account: str, repository_ids: Iterable[int] | None = None) -> Installation:
        """Install the App on an account; without ids, on all of its repositories."""
        installation = Installation(
            installation_id=self.new_id(),
            account=account,
            created_at=self.now(),
            permissions=dict(self.app.permissions),
            events=list(self.app.events),
            repository_ids=None if repository_ids is None else set(repository_ids),
        )
        self.installations[installation.installation_id] = installation
        return installation

    def repository(self, full_name: str) -> Repository | None:
        """The repository with exactly this name now, or None."""
        wanted = full_name.lower()
        found = (one for one in list(self.repositories.values()) if one.full_name.lower() == wanted)
        return next(found, None)

    def rename(self, repository: Repository, full_name: str) -> None:
        """Give a repository another name (also: another owner); the old one redirects from now on."""
        self.old_names[repository.full_name.lower()] = repository.repository_id
        repository.owner, repository.name = full_name.split("/")

    def covers(self, installation: Installation, repository: Repository) -> bool:
        """Whether an installation may see a repository."""
        selected = installation.repository_ids
        chosen = selected is None or repository.repository_id in selected
        return chosen and installation.account.lower() == repository.owner.lower()

    def installation_of(self, repository: Repository) -> Installation | None:
        """The installation that covers a repository, or None."""
        found = (one for one in list(self.installations.values()) if self.covers(one, repository))
        return next(found, None)

    def visible(self, token: Token) -> list[Repository]:
        """The repositories that a token may see, in the order of their ids."""
        return [one for one in list(self.repositories.values()) if self.may_see(token, one)]

    def may_see(self, token: Token, repository: Repository) -> bool:
        """Whether a token's installation covers a repository and the token was not narrowed to others."""
        installation = self.installations.get(token.installation_id)
        chosen = token.repository_ids is None or repository.repository_id in token.repository_ids
        return chosen and installation is not None and self.covers(installation, repository)
