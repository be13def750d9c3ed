"""The card: one comment on each open pull request, for ever, edited in place, silent when nothing changed."""

import logging
from dataclasses import replace

from analysis.assess import assess
from ghapp import pasts, reads, render
from ghapp.calibration_store import CalibrationStore
from ghapp.config import Config, read_config
from ghapp.doubts import come_back, look_again
from ghapp.github import MissingError
from ghapp.jobqueue import PostponedError
from ghapp.model_note import NO_MODEL, ModelNote, shown
from ghapp.publish import Comments, located, publish_over
from ghapp.reads import Pull
from ghapp.work import Work

log = logging.getLogger("ghapp.cards")


def update_card(work: Work, repository: int, number: int, *, may_ask: bool = False) -> None:
    """Fetch a pull request as it is now, assess it, and make its card say so.

    Args:
        work: The job's parts.
        repository: GitHub's id.
        number: The pull request's.
        may_ask: A model may be asked now. Else only an answer that is there is used, and asking is put off.
    """
    pasts.wait_for(work, repository, pasts.CARD_SECONDS)
    try:
        pull = reads.pull(work.github, repository, number)
    except MissingError:
        log.info("pull request %s of repository %s is gone", number, repository)
        return
    pasts.ask_for(work, repository, pull.repository.full_name)
    slot = work.store.card(repository, number)
    place = Comments(work.github, repository, number, render.card_marker(repository, number))
    look_again(work, slot, place)
    if not pull.open:
        return
    config = read_config(work.github, work.store, work.settings, pull.repository)
    if pull.draft and not config.drafts:
        return
    found = located(work.store, slot, place)
    state = work.store.card_state(repository, number)
    if state.is_paused() is None and found is not None:
        state.put_paused(paused=render.is_paused(found.get("body") or ""))
    body, again = _body(work, pull, config, may_ask=may_ask)
    if publish_over(work.store, slot, work.github, place, (found, body)) and not work.settings.dry_run:
        state.put_head(pull.version)
    if again is not None:
        _ask_later(work, pull, again, may_ask=may_ask)
    come_back(work, [slot])


def _body(work: Work, pull: Pull, config: Config, *, may_ask: bool) -> tuple[str, float | None]:
    """The card's text, and after how many seconds a model is to be asked; None: it is not."""
    state = work.store.card_state(pull.repository.id, pull.number)
    if state.is_paused():
        return render.paused_card(pull, config), None
    change = reads.pull_change(work.github, pull)
    history = pasts.newest_history(work, pull.repository.id)
    # Commits bear names, and a pull request a login.
    by_name = replace(change, author=pasts.author_of(work, pull.repository.id, change.author))
    assessment, note, again = assess(by_name, history), NO_MODEL, None
    if work.asker is not None and not _may_read(work, pull):
        note = ModelNote("outsider", name=work.settings.model.name if work.settings.model else "")
    elif work.asker is not None:
        subject = work.subject(pull.repository.id, config)
        if may_ask:
            state.put_model_asked()
        assessment, note, again = work.asker.judged(change, assessment, subject, may_ask=may_ask)
    news = state.news(pull.head_sha, {file.path: file.content for file in change.files})
    record = CalibrationStore(work.store.connection).record(pull.repository.id)
    return render.card(pull, change, assessment, config, render.Beside(shown(note), news, record)), again


def _may_read(work: Work, pull: Pull) -> bool:
    """Whether the owner pays for this: the author has write access, or somebody who has asked for it."""
    model = work.settings.model
    if not pull.is_outside or (model is not None and model.outsiders):
        return True
    return work.store.card_state(pull.repository.id, pull.number).is_model_allowed()


def _ask_later(work: Work, pull: Pull, again: float, *, may_ask: bool) -> None:
    """Put asking off: at most once in five minutes for a pull request, after the last of its pushes.

    Raises:
        PostponedError: It was tried just now, and is to be tried again.
    """
    if may_ask:
        raise PostponedError(again, "the model is asked again")
    asked_at = work.store.card_state(pull.repository.id, pull.number).model_asked_at()
    pause = work.settings.model.pause if work.settings.model else 0.0
    wait = max(again, asked_at + pause - work.store.now(), 0.0)
    work.mark(f"reading:{pull.repository.id}:pull:{pull.number}", wait)
