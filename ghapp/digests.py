"""The daily digest on GitHub: an issue with continuation comments, written from the stored entries alone."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from analysis.assess import assess
from ghapp import config, reads
from ghapp.digest import Entry
from ghapp.digest_page import digest_pages, page_marker
from ghapp.github import Installation, RefusedError
from ghapp.jobqueue import PostponedError
from ghapp.model_note import NO_MODEL, shown
from ghapp.phrases import phrases
from ghapp.publish import Comments, Issue, labelled, publish
from ghapp.work import Work

LABEL = "ghapp-digest"
LABEL_COLOR = "1d76db"
MARKER = re.compile(
    r"<!-- ghapp:digest:v1 repository=(?P<repository>\d+) day=(?P<day>\d{4}-\d\d-\d\d) page=0"
    r" base=(?P<base>[0-9a-f]{40,64}|-) head=(?P<head>[0-9a-f]{40,64}) zone=(?P<zone>\S+) -->"
)

log = logging.getLogger("ghapp.digests")


def write_digest(work: Work, repository_id: int, day: str) -> None:
    """Make the day's issue and its comments say what the entries say; what did not change is not written."""
    digest = work.store.digest(repository_id, day)
    if digest is None:
        log.warning("the digest of %s of repository %s has no entries here", day, repository_id)
        return
    work.lease.again_after = work.settings.render_interval
    wait = work.store.pace(repository_id, day, work.settings.render_interval)
    if wait > 0:
        raise PostponedError(wait, "this digest was written just now")
    repository = reads.repository(work.github, repository_id)
    chosen = config.read_config(work.github, work.store, work.settings, repository)
    pages = digest_pages(digest, repository, chosen)
    _ensure_label(work, repository_id)
    title = phrases(chosen.language).say("digest.issue-title", day=day)
    place = Issue(work.github, repository_id, page_marker(repository_id, day, 0), title, LABEL)
    issue = publish(work.store, work.store.page(repository_id, day, 0), work.github, place, pages[0])
    if not issue:
        return
    for page, body in enumerate(pages[1:], 1):
        comments = Comments(work.github, repository_id, issue, page_marker(repository_id, day, page))
        publish(work.store, work.store.page(repository_id, day, page, issue), work.github, comments, body)


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
    change = reads.commit_change(work.github, repository_id, entry.commit_sha)
    if any(config.PATH in (file.path, file.previous_path) for file in change.files):
        work.store.forget_config(repository_id)
    assessment, note, again = assess(change), NO_MODEL, None
    if work.asker is not None:
        repository = reads.repository(work.github, repository_id)
        chosen = config.read_config(work.github, work.store, work.settings, repository)
        subject = work.subject(repository_id, chosen)
        assessment, note, again = work.asker.judged(change, assessment, subject, may_ask=may_ask)
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


@dataclass(frozen=True, slots=True)
class Written:
    """What the marker of a digest on GitHub says: its day, its zone, and its range."""

    day: str
    timezone: str
    base_sha: str | None
    head_sha: str


def covered_by_issues(github: Installation, repository: int) -> Iterator[Written]:
    """Every digest that stands on GitHub, newest first."""
    for row in labelled(github, repository, LABEL):
        found = MARKER.match(row.get("body") or "")
        if found and int(found["repository"]) == repository and github.is_ours(row):
            base = None if found["base"] == "-" else found["base"]
            yield Written(found["day"], found["zone"], base, found["head"])


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
