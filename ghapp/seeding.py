"""The feature that reads a repository's history, once, from a bounded clone that is then deleted."""

import logging
import time
from pathlib import Path

from ghapp import reads
from ghapp.calibration_store import CalibrationStore
from ghapp.clone import CloneError
from ghapp.clone_calibration import newest_calibration
from ghapp.clone_fetch import Bounds, FetchError, fetched, git_address
from ghapp.clone_past import newest_past
from ghapp.github import RefusedError
from ghapp.jobqueue import PostponedError
from ghapp.past_store import LOOSE, MOST, WHOLE, PastStore
from ghapp.roster import Roster
from ghapp.web_links import web_url
from ghapp.work import Work

#: The parts of a job's time that git may take to fetch all that counts, to fetch at all, and that everything may take.
DEEP_SHARE, FETCH_SHARE, WHOLE_SHARE = 0.3, 0.5, 0.85
#: So long it may take to count how often ratings came true, in seconds: a hundred and more commits take one.
CALIBRATION_SECONDS = 60.0
#: Pauses before a clone that broke off, or that does not fit to what landed, is tried again, in seconds.
PAUSES = (10, 30, 90)

log = logging.getLogger("ghapp.seeding")


def seed_history(work: Work, repository: int) -> None:
    """Read a history that is asked for; of one that is there, pack together what was read since.

    Raises:
        PostponedError: It is tried again.
    """
    stored = PastStore(work.store.connection)
    state = stored.state(repository)
    if not work.settings.history_megabytes or state.failure:
        return
    if state.is_there and not any("again" in hint for _, hint in work.lease.hints):
        if stored.loose(repository) > LOOSE:
            stored.fold(repository)
        return
    try:
        _cloned(work, repository)
    except FetchError as error:
        _fail(stored, repository, error)


def _keep(work: Work, repository: int, path: Path, until: float, *, is_short: bool) -> None:
    """Keep what a clone holds: first the history, for which others wait, then what became of the newest changes.

    Args:
        work: The job's parts.
        repository: GitHub's id.
        path: The clone.
        until: Of `time.monotonic`.
        is_short: More of it cannot be had.

    Raises:
        PostponedError: The clone and the branch differ.
    """
    stored = PastStore(work.store.connection)
    kept = CalibrationStore(work.store.connection)
    past, is_whole = newest_past(path, MOST, until)
    known = stored.before(repository, past[0].commit_sha) if is_short and past else None
    if known and not known.missing:
        past = [*known.past, *past]
    # Before the history is there: who finds it there, and this not begun, has it read again.
    kept.begin(repository)
    tries = stored.try_again(repository)
    if not stored.seed(repository, past, is_whole=is_whole, is_short=is_short, force=tries > len(PAUSES)):
        raise PostponedError(PAUSES[tries - 1], "the clone and the branch differ")
    log.info("repository %d: the history of %d commits is read", repository, len(past))
    try:
        found = newest_calibration(path, past, min(until, time.monotonic() + CALIBRATION_SECONDS))
    except CloneError as error:
        log.warning("repository %d: not counted how often ratings came true: %s", repository, error)
        return
    kept.put(repository, found)


def _fail(stored: PastStore, repository: int, error: FetchError) -> None:
    """Remember why; what may pass is tried again before."""
    if error.reason == "failed":
        tries = stored.try_again(repository)
        if tries <= len(PAUSES):
            raise PostponedError(PAUSES[tries - 1], f"the clone failed ({error})")
    log.warning("repository %d: no history, for a day: %s", repository, error)
    stored.fail(repository, error.reason)


def _cloned(work: Work, repository: int) -> None:
    """Keep what a clone holds; of the name that GitHub says when the one that is known is refused.

    Raises:
        FetchError: There is none.
    """
    told = [hint["full_name"] for _, hint in work.lease.hints if "full_name" in hint]
    known = told[-1] if told else Roster(work.store.connection).name_of(repository)
    if known:
        try:
            _clone(work, repository, known)
        except FetchError as error:
            if error.reason != "refused":
                raise
        else:
            return
    now = reads.repository(work.github, repository).full_name
    if now == known:
        # Not before it was asked: of an installation that is suspended by now nothing is to be remembered.
        raise FetchError("refused", f"{now} cannot be cloned")
    _clone(work, repository, now)


def _clone(work: Work, repository: int, full_name: str) -> None:
    began = time.monotonic()
    try:
        _clone_deep(work, repository, full_name, MOST, (began, DEEP_SHARE))
    except FetchError as error:
        is_late = time.monotonic() > began + work.settings.job_seconds * FETCH_SHARE
        if error.reason not in ("too-large", "time-out") or is_late:
            raise
        log.warning("repository %d: %s; its newest %d commits are tried", repository, error, WHOLE)
        _clone_deep(work, repository, full_name, WHOLE, (began, FETCH_SHARE))


def _clone_deep(work: Work, repository: int, full_name: str, commits: int, bound: tuple[float, float]) -> None:
    (began, share), settings = bound, work.settings
    seconds = began + settings.job_seconds * share - time.monotonic()
    bounds = Bounds(commits + 1, seconds, settings.history_megabytes * 1_000_000)
    address = git_address(web_url(settings.github_api_url), full_name)
    try:
        token = work.github.clone_token(repository)
    except RefusedError as error:
        if str(error).endswith("422"):
            raise FetchError("refused", "the App may not read contents") from error
        raise
    try:
        with fetched(address, token, settings.state_dir / "history", bounds) as path:
            until = began + settings.job_seconds * WHOLE_SHARE
            _keep(work, repository, path, until, is_short=commits < MOST)
    except TimeoutError as error:
        raise FetchError("time-out", "there is much to read") from error
    except CloneError as error:
        raise FetchError("failed", str(error)) from error
