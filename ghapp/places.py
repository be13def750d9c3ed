"""Where the App may work: the repositories of every installation, and what is behind there. It marks nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ghapp import lists, ranges
from ghapp.behind import without_card
from ghapp.github import Installation, InstallationGoneError, MissingError
from ghapp.jobqueue import JobQueue
from ghapp.reads import Repository
from ghapp.repair_state import RepairState
from ghapp.settings import Credentials, Settings
from ghapp.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """What the command works with."""

    settings: Settings
    credentials: Credentials
    jobs: JobQueue

    def github(self, installation: int = 0) -> Installation:
        """Access as an installation; 0: as the App alone."""
        return Installation(self.settings, self.credentials, self.jobs.connection, installation)

    @property
    def store(self) -> Store:
        """What Redis holds."""
        return Store(self.jobs.connection)

    @property
    def state(self) -> RepairState:
        """What repair remembers."""
        return RepairState(self.jobs.connection)


@dataclass(frozen=True, slots=True)
class Place:
    """A repository and the installation that reads and writes it."""

    installation: int
    repository: Repository

    @property
    def skipped(self) -> str:
        """Why nothing is written there; "" when it is."""
        if self.repository.archived:
            return "archived"
        return "" if self.repository.writable else "without issues: no digest"


@dataclass(frozen=True, slots=True)
class Places:
    """What is looked at: repositories, and the accounts whose installations give no access, with the reason."""

    found: list[Place]
    closed: dict[str, str]


class UnknownRepositoryError(Exception):
    """A repository that was named is in no installation; the message names it."""


def look(parts: Parts, names: Iterable[str] = ()) -> Places:
    """Every repository of every installation, or those named `owner/name`.

    Raises:
        UnknownRepositoryError: One of them is nowhere.
    """
    wanted = {name.lower() for name in names}
    found: list[Place] = []
    closed: dict[str, str] = {}
    with parts.github() as app:
        installed = list(lists.installations(app))
    for one in installed:
        if one.suspended:
            closed[one.account] = "suspended"
            continue
        if not parts.settings.serves(one.account):
            closed[one.account] = "not in GHAPP_ALLOWED_ACCOUNTS"
            continue
        try:
            with parts.github(one.id) as github:
                found += [Place(one.id, repository) for repository in lists.repositories(github)]
        except InstallationGoneError as error:
            closed[one.account] = str(error)
    chosen = [place for place in found if not wanted or place.repository.full_name.lower() in wanted]
    missing = wanted - {place.repository.full_name.lower() for place in chosen}
    if missing:
        raise UnknownRepositoryError(f"No installation gives access to {', '.join(sorted(missing))}.")
    return Places(sorted(chosen, key=lambda place: place.repository.full_name.lower()), closed)


@dataclass(frozen=True, slots=True)
class Behind:
    """What is behind in one repository.

    Attributes:
        head_sha: Of the default branch; None: there is none.
        read_to: How far it was read, as far as Redis knows; None: it does not.
        commits: How many there are between, along first parents; None: not known.
        pulls: Numbers of open pull requests whose card is missing or shows another version.
    """

    full_name: str
    skipped: str
    head_sha: str | None = None
    read_to: str | None = None
    commits: int | None = None
    pulls: tuple[int, ...] = ()


def behind(parts: Parts, places: Sequence[Place], show: Callable[[int, int], None]) -> list[Behind]:
    """What is behind in each repository. Nothing is marked, and nothing written to GitHub.

    Args:
        parts: What is worked with.
        places: The repositories.
        show: Told how many are looked at, of how many.
    """
    found: list[Behind] = []
    for place in places:
        with parts.github(place.installation) as github:
            found.append(_behind(parts, place, github))
        show(len(found), len(places))
    return found


def _behind(parts: Parts, place: Place, github: Installation) -> Behind:
    repository, store = place.repository, parts.store
    if repository.archived:
        return Behind(repository.full_name, place.skipped)
    listed = lists.open_pulls(github, repository.id)
    late = without_card(github, store, parts.settings, listed[0] if listed else ())
    pulls = tuple(sorted(pull.number for pull in late))
    if not repository.writable:
        return Behind(repository.full_name, place.skipped, pulls=pulls)
    head, branch = ranges.branch_head(github, repository.id, repository.default_branch), store.branch(repository.id)
    cursor = branch.cursor if branch else None
    commits = None
    if head is not None and cursor is not None:
        try:
            commits = len(ranges.commits_between(github, repository.id, cursor, head).first_parents)
        except MissingError:
            commits = None
    return Behind(repository.full_name, place.skipped, head, cursor, commits, pulls)
