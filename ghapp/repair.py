"""Repair without being told: what no delivery said is found in GitHub's lists, and marked as due.

A sweep of the App costs two requests: its deliveries and its installations. An installation costs one for each 100
repositories, and one for each repository's open pull requests, which is free while nothing changes in them.
"""

import logging

from ghapp import lists, redeliveries
from ghapp.behind import may_have_moved, without_card
from ghapp.repair_state import RepairState
from ghapp.work import Work

log = logging.getLogger("ghapp.repair")


def sweep_app(work: Work) -> None:
    """Have every installation repaired, and ask for the deliveries that failed."""
    for installed in lists.installations(work.github):
        if not installed.suspended:
            work.jobs.mark(f"repair:{installed.id}", installed.id)
    redeliveries.sweep(work.github, work.settings, RepairState(work.store.connection))


def repair_installation(work: Work) -> None:
    """Have the branches read that may have moved, and the pull requests of every repository looked at."""
    installation, moved, pulls = work.lease.installation, list[str](), list[str]()
    for repository in lists.repositories(work.github):
        if repository.writable and may_have_moved(work.store, repository):
            moved.append(f"landing:{repository.id}")
        if not repository.archived:
            pulls.append(f"pulls:{repository.id}")
    # Of an installation that is new, or that Redis has lost, nobody was told where its repositories began.
    _mark(work, moved, {} if work.store.is_met(installation) else {"lost": "1"})
    _mark(work, pulls)
    work.store.put_met(installation)


def repair_pulls(work: Work, repository: int) -> None:
    """Have the cards made that are missing on open pull requests or show another version of them."""
    state = RepairState(work.store.connection)
    found = lists.open_pulls(work.github, repository, state.pulls_etag(repository))
    if found is None:
        return
    pulls, etag = found
    behind = without_card(work.github, work.store, work.settings, pulls)
    _mark(work, [f"card:{repository}:{pull.number}" for pull in behind])
    # Not before: what is remembered as seen to is not looked at again.
    state.put_pulls_etag(repository, etag)


def _mark(work: Work, due: list[str], hint: dict[str, str] | None = None) -> None:
    if not due:
        return
    with work.store.connection.pipeline() as pipe:
        work.jobs.mark_within(pipe, work.lease.installation, [(key, 0.0) for key in due], hint)
        pipe.execute()
    work.jobs.top_up()
    log.info("%s: %d keys are due", work.lease.key, len(due))
