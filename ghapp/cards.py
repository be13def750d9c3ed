"""The card: one comment on each open pull request, for ever, edited in place, silent when nothing changed."""

import logging

from analysis.assess import assess
from ghapp import reads, render
from ghapp.config import read_config
from ghapp.github import MissingError
from ghapp.publish import Comments, publish
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
    change = reads.pull_change(work.github, pull)
    body = render.card(pull, change, assess(change), config)
    place = Comments(work.github, repository, number, render.card_marker(repository, number))
    publish(work.store, work.store.card(repository, number), work.github, place, body)
