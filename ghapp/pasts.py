"""The history that a change is judged with: asked for, waited for, and completed where a commit was not read yet."""

import time
from collections.abc import Iterable
from typing import Any

from analysis.history import History, Past
from ghapp import reads
from ghapp.calibration_store import CalibrationStore
from ghapp.jobqueue import PostponedError
from ghapp.past_store import LOOSE, PastStore, Stretch
from ghapp.store import Step
from ghapp.work import Work

#: So long entries, and cards, wait for a history that is being read, in seconds.
ENTRY_SECONDS, CARD_SECONDS = 600.0, 60.0
#: So long the commits before are waited for that others read just now, and how often they are looked for, in seconds.
READ_SECONDS, LOOK_SECONDS = 3.0, 0.05
#: So many commits before are read here when nobody did: one request each.
MOST_READ = 5
#: A history with holes is read again when they stay so long, and so seldom, in seconds.
HOLES_SECONDS, AGAIN_SECONDS = 60.0, 3600.0


def ask_for(work: Work, repository: int, full_name: str = "") -> None:
    """Have a repository's history read, unless it is there, is coming, or cannot be had; once a week even then.

    Args:
        work: The job's parts.
        repository: GitHub's id.
        full_name: `owner/name`; "": not known here.
    """
    stored, key = PastStore(work.store.connection), f"history:{repository}"
    state = stored.state(repository)
    if not work.settings.history_megabytes or state.failure:
        return
    if state.is_there:
        if CalibrationStore(work.store.connection).may_begin(repository):
            # Cards say how often ratings came true, and that is counted where the content of commits is: in a clone.
            work.jobs.mark(key, work.lease.installation, hint={"again": "1"})
        return
    stored.ask(repository)
    if work.jobs.not_due([key], work.lease.installation):
        hint = {"full_name": full_name} if full_name else None
        work.jobs.mark(key, work.lease.installation, hint=hint)


def wait_for(work: Work, repository: int, patience: float) -> None:
    """Go on when the history is there, is not asked for, cannot be had, or was waited for long enough. No request.

    Raises:
        PostponedError: It is being read.
    """
    if not work.settings.history_megabytes:
        return
    state = PastStore(work.store.connection).state(repository)
    waited = work.store.now() - state.asked_at
    if not state.is_there and waited < patience:
        # The longer it takes the more seldom it is looked at: what waits must not keep the reading from its turn.
        raise PostponedError(max(1.0, waited / 2), "the repository's history is being read")


def queue_landed(work: Work, pipe: Any, repository: int, step: Step) -> None:
    """Add to the transaction that moves the cursor what it brings to the branch, and what left."""
    if not work.settings.history_megabytes:
        return
    names = [entry.commit_sha for digest in step.digests for entry in digest.entries]
    base = step.digests[0].base_sha if names else step.after.cursor
    is_other = step.before is not None and step.before.name != step.after.name
    PastStore(work.store.connection).queue_extend(pipe, repository, base, names, cut=bool(step.left) or is_other)


def history_with(work: Work, repository: int, commit: reads.LandedCommit) -> History | None:
    """Keep what a landed commit did, and take what came before it: see `history_before`."""
    if work.settings.history_megabytes:
        _keep(PastStore(work.store.connection), repository, commit)
    return history_before(work, repository, commit.past.commit_sha)


def author_of(work: Work, repository: int, login: str) -> str:
    """The name that commits of an account bear in this repository; "" when it is not known."""
    # Commits of Apps bear the login.
    is_app = login.endswith("[bot]")
    return login if is_app else PastStore(work.store.connection).name_of(repository, login)


def history_before(work: Work, repository: int, commit_sha: str) -> History | None:
    """The window before a landed commit, exactly as a clone has it; None: there is none that is exact.

    Raises:
        PostponedError: Commits before it are to be read first.
    """
    if not work.settings.history_megabytes:
        return None
    stored = PastStore(work.store.connection)
    state = stored.state(repository)
    stretch = stored.before(repository, commit_sha) if state.is_there else None
    if stretch is None or not stretch.is_exact:
        return None
    records = dict(stretch.records) | _awaited(stored, repository, stretch)
    missing = [name for name in stretch.names if name not in records]
    if len(missing) > MOST_READ:
        if work.store.now() - (state.asked_at or work.store.now()) > ENTRY_SECONDS:
            return None
        _mend(work, stored, repository)
    records |= {name: _read(work, stored, repository, name) for name in missing}
    if state.asked_at:
        stored.found_all(repository)
    if stored.loose(repository) > LOOSE:
        work.mark(f"history:{repository}")
    return _complete(records[name] for name in stretch.names)


def newest_history(work: Work, repository: int) -> History | None:
    """The window that ends with the newest landed commits that are known; None: there is none."""
    if not work.settings.history_megabytes:
        return None
    stored = PastStore(work.store.connection)
    stretch = stored.newest(repository) if stored.state(repository).is_there else None
    if stretch is None or not stretch.is_exact:
        return None
    return _complete(stretch.past)


def _complete(past: Iterable[Past]) -> History | None:
    """The history of these commits; None: something was reverted after its files had been left out."""
    history = History(past)
    return history if all(one.seen.past.has_files for one in history.reverted.values()) else None


def _awaited(stored: PastStore, repository: int, stretch: Stretch) -> dict[str, Past]:
    """The commits that others are reading just now, as far as they come in time."""
    missing, found = stretch.missing, dict[str, Past]()
    until = time.monotonic() + READ_SECONDS
    while missing and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        found |= stored.found(repository, missing)
        missing = [name for name in missing if name not in found]
    return found


def _mend(work: Work, stored: PastStore, repository: int) -> None:
    """Wait for what is missing, and have the history read again when it stays away.

    Raises:
        PostponedError: Always.
    """
    stored.ask(repository)
    waited = work.store.now() - stored.state(repository).asked_at
    if waited > HOLES_SECONDS and stored.may_read_again(repository, AGAIN_SECONDS):
        work.jobs.mark(f"history:{repository}", work.lease.installation, hint={"again": "1"})
    raise PostponedError(max(5.0, waited / 2), "the commits before it are to be read first")


def _read(work: Work, stored: PastStore, repository: int, commit_sha: str) -> Past:
    commit = reads.landed_commit(work.github, repository, commit_sha)
    _keep(stored, repository, commit)
    return commit.past


def _keep(stored: PastStore, repository: int, commit: reads.LandedCommit) -> None:
    stored.put(repository, commit.past)
    stored.put_name(repository, commit.login, commit.change.author)
