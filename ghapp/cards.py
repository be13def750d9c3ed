"""The card: one comment on each open pull request, for ever, edited in place, silent when nothing changed."""

import logging

from analysis.assess import assess
from ghapp import reads, render
from ghapp.config import Config, read_config
from ghapp.github import MissingError
from ghapp.publish import Comments, located, publish_over
from ghapp.reads import Pull
from ghapp.work import Work

log = logging.getLogger("ghapp.cards")


def update_card(work: Work, repository: int, number: int) -> None:
    """Fetch a pull request as it is now, assess it, and make its card say so."""
    try:
        pull = reads.pull(work.github, repository, number)
    except MissingError:
        log.info("pull request %s of repository %s is gone", number, repository)
        return
    if not pull.open:
        return
    config = read_config(work.github, work.store, work.settings, pull.repository)
    if pull.draft and not config.drafts:
        return
    slot = work.store.card(repository, number)
    place = Comments(work.github, repository, number, render.card_marker(repository, number))
    found = located(work.store, slot, place)
    if work.store.is_paused(repository, number) is None and found is not None:
        work.store.put_paused(repository, number, paused=render.is_paused(found.get("body") or ""))
    publish_over(work.store, slot, work.github, place, (found, _body(work, pull, config)))


def _body(work: Work, pull: Pull, config: Config) -> str:
    if work.store.is_paused(pull.repository.id, pull.number):
        return render.paused_card(pull, config)
    change = reads.pull_change(work.github, pull)
    return render.card(pull, change, assess(change), config)
