"""What RQ runs: take a due key, put the real parts together, call the one feature it belongs to; then the next."""

import functools
import logging
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ghapp.cards import update_card
from ghapp.commands import obey_command
from ghapp.digests import assess_entry, write_digest
from ghapp.github import Installation, InstallationGoneError, MissingError, RefusedError
from ghapp.jobqueue import JobQueue, Lease
from ghapp.landings import read_landings
from ghapp.redis_server import connect
from ghapp.repair import compare_roster, repair_installation, repair_pulls, sweep_app
from ghapp.repair_state import RepairState
from ghapp.roll import Roll
from ghapp.rollover import finish_day
from ghapp.seeding import seed_history
from ghapp.settings import Credentials, Settings, settings_from
from ghapp.shelf import Shelf
from ghapp.standing import is_served, settle_standing
from ghapp.store import Store
from ghapp.stored import with_stored
from ghapp.work import Work

if TYPE_CHECKING:
    from ghapp.asking import Asker

log = logging.getLogger("ghapp.jobs")

#: So long a job goes on with what else is due: to fork one takes longer than many a key does.
TICKET_SECONDS = 2.0
#: What GitHub refuses so often in a row (over some hours) is no passing fault.
GIVEN_UP_AFTER = 10


def have_read(work: Work, repository: int, day: str, name: str) -> None:
    """Have a model read a pull request (`day` is `pull`, `name` its number) or a commit of a day's digest."""
    if day == "pull":
        update_card(work, repository, int(name), may_ask=True)
    else:
        assess_entry(work, repository, day, name, may_ask=True)


#: The feature of each kind of key, called with what follows the kind in the key's name.
FEATURES: dict[str, Callable[..., None]] = {
    "command": lambda work, repository, comment: obey_command(work, int(repository), int(comment)),
    "card": lambda work, repository, number: update_card(work, int(repository), int(number)),
    "landing": lambda work, repository: read_landings(work, int(repository)),
    "sweep": lambda work, _app: sweep_app(work),
    "standing": lambda work, installation: settle_standing(work, int(installation)),
    "repair": lambda work, _installation: repair_installation(work),
    "roster": lambda work, _installation: compare_roster(work),
    "pulls": lambda work, repository: repair_pulls(work, int(repository)),
    "rollover": lambda work, repository, day: finish_day(work, int(repository), day),
    "render": lambda work, repository, day: write_digest(work, int(repository), day),
    "entry": lambda work, repository, day, commit_sha: assess_entry(work, int(repository), day, commit_sha),
    "history": lambda work, repository: seed_history(work, int(repository)),
    "reading": lambda work, repository, day, name: have_read(work, int(repository), day, name),
}


class NotSetUpError(Exception):
    """A worker without the App's credentials cannot do anything."""


@functools.cache
def _parts() -> tuple[Settings, Credentials, JobQueue]:
    settings = settings_from(with_stored(os.environ))
    if settings.credentials is None or settings.redis_url is None:
        raise NotSetUpError("APP_ID, PRIVATE_KEY, WEBHOOK_SECRET and REDIS_URL are needed by a worker")
    return settings, settings.credentials, JobQueue(connect(settings.redis_url), settings.job_seconds)


def _asker(settings: Settings, jobs: JobQueue) -> "Asker | None":
    """What asks the model; its packages take most of a second, which nobody spends without one."""
    if settings.model is None:
        return None
    from ghapp.asking import Asker  # noqa: PLC0415 - see above

    return Asker(settings.model, Shelf(jobs.connection, settings.calendar))


def work() -> list[str]:
    """Work the next due key, and others for as long as `TICKET_SECONDS` allow; returns their names."""
    settings, credentials, jobs = _parts()
    asker = _asker(settings, jobs)
    until = time.monotonic() + min(TICKET_SECONDS, jobs.job_seconds / 10)
    worked: list[str] = []
    while not worked or time.monotonic() < until:
        with jobs.taken() as lease:
            if lease is None:
                break
            if worked:
                jobs.drop_ticket()
            worked.append(lease.key)
            with Installation(settings, credentials, jobs.connection, lease.installation, lease.key) as github:
                try:
                    _work(Work(lease, settings, jobs, Store(jobs.connection), github, asker))
                finally:
                    _note_down(Roll(jobs.connection), github, lease)
    return worked


def _work(work: Work) -> None:
    kind, *names = work.lease.key.split(":")
    state, installation = RepairState(work.store.connection), work.lease.installation
    try:
        if not is_served(work.settings, Roll(work.store.connection), work.github, installation):
            log.info("%s: installation %d is not in GHAPP_ALLOWED_ACCOUNTS", work.lease.key, installation)
            return
        FEATURES[kind](work, *names)
    except InstallationGoneError as error:
        _give_up(work.lease, state, f"no access to installation {installation}: {error}")
        # Why, no delivery may tell.
        work.jobs.mark(f"standing:{installation}", 0)
    except MissingError as error:
        if _may_appear(work.lease):
            # Right after a delivery GitHub may not know yet what it told us of.
            raise
        _give_up(work.lease, state, str(error))
    except RefusedError as error:
        if work.lease.failures < GIVEN_UP_AFTER:
            raise
        # For example a locked or archived target. The next delivery tries again.
        _give_up(work.lease, state, f"{GIVEN_UP_AFTER} failures, the last one: {error}")
    else:
        state.forget_given_up(work.lease.key)


def _note_down(roll: Roll, github: Installation, lease: Lease) -> None:
    """Say and keep what a key cost."""
    log.info("%s of installation %d: %d GitHub requests", lease.key, lease.installation, github.requests)
    kind, *names = lease.key.split(":")
    is_card = kind == "card" or (kind == "reading" and names[1] == "pull")
    wrote = "card" if is_card else "digest" if kind in ("render", "rollover") else ""
    if lease.installation and github.requests:
        roll.worked(lease.installation, github.requests, wrote if github.writes else "")


def _give_up(lease: Lease, state: RepairState, reason: str) -> None:
    log.warning("%s: given up: %s", lease.key, reason)
    state.give_up(lease.key, reason)


def _may_appear(lease: Lease) -> bool:
    return lease.failures < 5  # noqa: PLR2004 - some two and a half minutes with the queue's backoff
