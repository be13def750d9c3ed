"""Repair without being told: what no delivery said is found in GitHub's lists, and marked as due.

A sweep of the App costs two requests: its deliveries and its installations. An installation costs one for each 100
repositories, and one for each repository's open pull requests, which is free while nothing changes in them.
"""

import logging

from ghapp import lists, pasts, redeliveries
from ghapp.behind import may_have_moved, without_card
from ghapp.reads import Repository
from ghapp.repair_state import RepairState
from ghapp.roster import Roster
from ghapp.standing import settle_all
from ghapp.unfinished import unfinished
from ghapp.work import Work

log = logging.getLogger("ghapp.repair")


def sweep_app(work: Work) -> None:
    """Have every installation repaired, and ask for the deliveries that failed."""
    settle_all(work, list(lists.installations(work.github)))
    redeliveries.sweep(work.github, work.settings, RepairState(work.store.connection))


def repair_installation(work: Work) -> None:
    """Have the branches read that may have moved, and the pull requests of every repository looked at."""
    installation, moved, pulls = work.lease.installation, list[str](), list[str]()
    forgotten: list[str] = []
    began, before = work.settings.calendar.at(work.store.now()), work.store.met(work.lease.installation)
    repositories = list(lists.repositories(work.github))
    for repository in repositories:
        if repository.writable and may_have_moved(work.store, repository):
            moved.append(f"landing:{repository.id}")
        if repository.writable:
            forgotten += unfinished(work.store, work.jobs, repository.id, installation)
        if not repository.archived:
            pulls.append(f"pulls:{repository.id}")
    # A branch of which nothing is known begins where it was when all branches were looked at before.
    work.mark_all(moved, {"lost": str(before or 0)})
    work.mark_all([*forgotten, *pulls])
    _compare(work, repositories)
    work.store.put_met(installation, began)


def compare_roster(work: Work) -> None:
    """Have what is known of repositories that the installation reaches no more end in time."""
    _compare(work, list(lists.repositories(work.github)))


def _compare(work: Work, listed: list[Repository]) -> None:
    gone = Roster(work.store.connection).compare(work.lease.installation, listed)
    if gone:
        log.info("%s: repositories %s are out of reach", work.lease.key, gone)


def repair_pulls(work: Work, repository: int) -> None:
    """Have the cards made that are missing on open pull requests or show another version of them."""
    state = RepairState(work.store.connection)
    found = lists.open_pulls(work.github, repository, state.pulls_etag(repository))
    if found is None:
        return
    pulls, etag = found
    behind = without_card(work.github, work.store, work.settings, pulls)
    if behind:
        # Before its cards are made: so they wait for it, and are not made anew without it after Redis was emptied.
        pasts.ask_for(work, repository, behind[0].repository.full_name)
    work.mark_all([f"card:{repository}:{pull.number}" for pull in behind])
    # Not before: what is remembered as seen to is not looked at again.
    state.put_pulls_etag(repository, etag)
