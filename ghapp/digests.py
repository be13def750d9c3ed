"""The daily digest on GitHub: an issue with continuation comments, written from the stored entries alone."""

import functools
import logging
from dataclasses import replace

from analysis.assess import assess
from analysis.change import Change
from analysis.follow_ups import follow_ups
from ghapp import config, links, pasts, reads
from ghapp.digest import Digest, Entry
from ghapp.digest_page import any_page_marker, digest_pages, page_marker
from ghapp.doubts import come_back, look_again
from ghapp.github import RefusedError
from ghapp.jobqueue import PostponedError
from ghapp.model_note import NO_MODEL, shown
from ghapp.phrases import phrases
from ghapp.publish import Comments, Issue, pages_of, publish
from ghapp.slots import Slot
from ghapp.work import Work
from ghapp.written import LABEL, written_digests

LABEL_COLOR = "1d76db"

log = logging.getLogger("ghapp.digests")


def write_digest(work: Work, repository_id: int, day: str) -> None:
    """Make the day's issue and its comments say what the entries say; what did not change is not written."""
    version, digest = work.store.version(repository_id, day), work.store.digest(repository_id, day)
    if digest is None:
        # It was closed before Redis was emptied; another digest has something new to say to it.
        log.info("the digest of %s of repository %s has no entries here", day, repository_id)
        return
    work.lease.again_after = work.settings.render_interval
    wait = work.store.pause(repository_id, day, work.settings.render_interval)
    if wait > 0:
        raise PostponedError(wait, "this digest was written just now")
    repository = reads.repository(work.github, repository_id)
    if not repository.writable:
        # The landing that follows when it can be written to again asks for what is missing.
        log.warning("%s is archived or has no issues: nothing is written", repository.full_name)
        return
    chosen = config.read_config(work.github, work.store, work.settings, repository)
    _ensure_label(work, repository_id)
    previous, following = _neighbours(work, repository_id, day)
    digest = links.joined(work.store, replace(digest, previous=previous, next=following))
    pages = digest_pages(digest, repository, chosen, _pages_there(work, repository_id, day))
    issue = _publish(work, digest, pages, phrases(chosen.language).say("digest.issue-title", day=day))
    if not issue:
        return
    work.store.put_shown(repository_id, day, version)
    if digest.closed:
        _close(work, repository_id, day, issue if chosen.close_digests else None)


def _neighbours(work: Work, repository_id: int, day: str) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
    """The digests before and after; when none before is known to Redis, GitHub is asked before the first write."""
    previous, following = work.store.neighbours(repository_id, day)
    if previous is not None or work.store.page(repository_id, day, 0).id is not None:
        return previous, following
    for written in written_digests(work.github, repository_id):
        if written.day < day:
            work.store.adopt_page(repository_id, written.day, written.number)
    return work.store.neighbours(repository_id, day)


def _pages_there(work: Work, repository_id: int, day: str) -> int:
    """How many pages of a digest stand on GitHub, looked for once: Redis may have been emptied since."""
    known = work.store.pages(repository_id, day)
    if known is None:
        issue, begin = work.store.page(repository_id, day, 0).id, any_page_marker(repository_id, day)
        known = 1 + max(pages_of(work.github, repository_id, issue, begin), default=0) if issue else 1
        work.store.put_pages(repository_id, day, known)
    return known


def _publish(work: Work, digest: Digest, pages: list[str], title: str) -> int:
    """Write the issue, then its comments; the issue's number, 0 when it is not to be made.

    Raises:
        PostponedError: Also when all is written and one of them may be there twice.
    """
    number, day = digest.repository, digest.day
    slot = work.store.page(number, day, 0)
    place = Issue(work.github, number, page_marker(number, day, 0), title, LABEL)
    look_again(work, slot, place, closing=digest.closed)
    issue = publish(work.store, slot, work.github, place, pages[0])
    if not issue:
        return 0
    _have_linked(work, digest, slot, issue)
    slots = [slot]
    for page, body in enumerate(pages[1:], 1):
        slots.append(work.store.page(number, day, page, issue))
        comments = Comments(work.github, number, issue, page_marker(number, day, page))
        look_again(work, slots[-1], comments, closing=digest.closed)
        publish(work.store, slots[-1], work.github, comments, body)
    work.store.put_written(number, day)
    come_back(work, slots)
    return issue


def _have_linked(work: Work, digest: Digest, slot: Slot, issue: int) -> None:
    """Have the digests written again that do not link to this one yet, or to an issue that it is no longer.

    Before its other pages are written, which may be put off.
    """
    days = sorted(day for day in links.linking(digest) if slot.linked.get(day) != issue)
    for day in days:
        work.mark_render(digest.repository, day)
    if days:
        slot.link(slot.linked | dict.fromkeys(days, issue))


def _close(work: Work, repository_id: int, day: str, issue: int | None) -> None:
    """Close the issue of a finished day, once: people may open it again. None: issues stay open here."""
    if work.store.rollover(repository_id, day).is_written:
        return
    if issue is not None:
        closed = {"state": "closed", "state_reason": "completed"}
        if work.github.write("PATCH", f"/repositories/{repository_id}/issues/{issue}", closed, 200) is None:
            # A dry run has closed nothing.
            return
    work.store.put_rollover(repository_id, day, "state")


def assess_entry(work: Work, repository_id: int, day: str, commit_sha: str, *, may_ask: bool = False) -> None:
    """Read one commit, assess it, keep that with its entry, and ask for the digest to be written.

    Args:
        work: The job's parts.
        repository_id: GitHub's id.
        day: Of the digest.
        commit_sha: The commit.
        may_ask: A model may be asked now. Else only an answer that is there is used, and asking is put off.

    Raises:
        PostponedError: The model is to be asked again.
    """
    entry = work.store.entry(repository_id, day, commit_sha)
    if entry is None:
        return
    again = None
    if entry.assessment is None or (may_ask and entry.assessment.prose is None):
        again = _assess(work, repository_id, (day, entry), may_ask=may_ask)
    elif entry.note.status in ("pending", "failed", "over_budget"):
        again = 0.0
    # Also when it was assessed before: that job may have been killed before it came to this.
    work.mark_render(repository_id, day)
    if again is not None and may_ask:
        raise PostponedError(again, "the model is asked again")
    if again is not None:
        work.mark(f"reading:{repository_id}:{day}:{commit_sha}", again)


def _assess(work: Work, repository_id: int, place: tuple[str, Entry], *, may_ask: bool) -> float | None:
    """Assess an entry of a day; returns after how many seconds a model is to be asked, None when it is not."""
    day, entry = place
    pasts.ask_for(work, repository_id)
    pasts.wait_for(work, repository_id, pasts.ENTRY_SECONDS)
    commit = reads.landed_commit(work.github, repository_id, entry.commit_sha)
    change, history = commit.change, pasts.history_with(work, repository_id, commit)
    if any(config.PATH in (file.path, file.previous_path) for file in change.files):
        work.store.forget_config(repository_id)
    assessment, note, again = assess(change, history), NO_MODEL, None
    if work.asker is not None:
        repository = reads.repository(work.github, repository_id)
        chosen = config.read_config(work.github, work.store, work.settings, repository)
        subject = work.subject(repository_id, chosen)
        assessment, note, again = work.asker.judged(change, assessment, subject, may_ask=may_ask)
    for other in _link(work, repository_id, (day, entry), change):
        work.mark_render(repository_id, other)
    judged = replace(
        entry,
        files=len(change.files),
        added=change.added,
        deleted=change.deleted,
        assessment=assessment,
        note=replace(shown(note), files=()),
    )
    work.store.put_entry(repository_id, day, judged)
    return again


def _link(work: Work, repository_id: int, place: tuple[str, Entry], change: Change) -> set[str]:
    """Keep what a commit's message says of earlier ones, before the entry itself; the days that it concerns."""
    day, entry = place
    say = functools.partial(follow_ups, change.title, change.body, entry.pull, bot=change.bot)
    # What the repository is called is asked only where somebody is named.
    said = say(repository=reads.repository(work.github, repository_id).full_name) if say() else ()
    return links.link_entry(work.store, repository_id, day, entry, said)


def _ensure_label(work: Work, repository: int) -> None:
    """A label that does not exist would be dropped from a new issue without a word."""
    if work.store.has_label(repository):
        return
    path = f"/repositories/{repository}/labels"
    try:
        if work.github.write("POST", path, {"name": LABEL, "color": LABEL_COLOR}, 201) is None:
            return
    except RefusedError as error:
        # 422: it is there already.
        if not str(error).endswith("422"):
            raise
    work.store.put_label(repository)
