"""Where the reading of a default branch begins when Redis knows nothing of it: a digest's marker, or the installation.

What GitHub keeps is asked, so that neither an emptied Redis nor a lost delivery makes a first digest begin too late.
"""

import logging
from dataclasses import dataclass

from ghapp import ranges, reads
from ghapp.days import midnight_of
from ghapp.digest import Branch
from ghapp.github import MissingError
from ghapp.hints import LAGS, Push
from ghapp.jobqueue import MOST_HINTS, PostponedError
from ghapp.ranges import Activity
from ghapp.reads import Repository
from ghapp.work import Work
from ghapp.written import written_digests

#: How far back a first digest may begin when nothing is known, in seconds: as long as GitHub sends deliveries again.
LONGEST = 3 * 24 * 3600.0

#: So many digests before the newest one are looked at: whether they are open, and so perhaps not finished.
RESTORED = 7
#: When the newest one is looked at: after the job that finds it has ended, as a rule.
AFTER_SECONDS = 5.0

log = logging.getLogger("ghapp.beginnings")


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where to begin.

    Attributes:
        branch: As if it had been read so far.
        listed_to: The last commit that the digest of `branch.day` lists already; what comes up to it stays there.
        due: The keys of days that are not finished, each with its delay in seconds: to be marked when the branch is
            known again, in the same transaction, or an emptied Redis would know the one without the other.
        notes: Of the digest of `branch.day`.
    """

    branch: Branch
    listed_to: str | None = None
    due: tuple[tuple[str, float], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def beginning(work: Work, repository: Repository, pushes: list[Push], head: str) -> Beginning:
    """Where to begin with a branch of which Redis knows nothing."""
    adopted = _adopted(work, repository)
    if adopted is not None:
        return adopted
    return Beginning(Branch(repository.default_branch, _first_base(work, repository, pushes, head), 0, ""))


def _adopted(work: Work, repository: Repository) -> Beginning | None:
    """The place of the newest digest, from its marker: Redis was emptied, and that digest's range is read again.

    Older digests that are still open are closed on their own, each from its marker, too.
    """
    found = written_digests(work.github, repository.id)
    if not found:
        return None
    *earlier, newest = found
    for written in found:
        work.store.adopt_page(repository.id, written.day, written.number)
    # Where digests stay open for ever, those of long ago were finished long ago. The range of the newest one is read
    # again by this job; what has left the branch of it since, by that one.
    delayed = [*((written, 0.0) for written in earlier[-RESTORED:]), (newest, AFTER_SECONDS)]
    due = tuple((f"rollover:{repository.id}:{one.day}", delay) for one, delay in delayed if one.is_unfinished)
    log.info("%s: the cursor is taken from the digest of %s", repository.full_name, newest.day)
    branch = Branch(
        repository.default_branch, newest.base_sha, int(midnight_of(newest.day, newest.timezone)), newest.day
    )
    return Beginning(branch, newest.head_sha, due, newest.notes)


def _first_base(work: Work, repository: Repository, pushes: list[Push], head: str) -> str | None:
    """The commit that a first digest begins after: the oldest that we hear of; the head when we hear of none.

    Returns:
        None when the branch began with what we heard of.

    Raises:
        PostponedError: Only a merge was heard of; its push, which names the commit before, is on its way.
    """
    told = _activity(work, repository, _since(work))
    pushed = [push for push in pushes if push.is_whole]
    if pushes and not pushed and not told and work.store.now() - pushes[0].at < LAGS[1]:
        raise PostponedError(LAGS[0], "the push of a first merge is waited for")
    afters = {push.after for push in pushed}
    merged = [push.after for push in pushes if not push.is_whole and push.after not in afters]
    # A push and its undoing (A→B, B→A) leave no first one: then the first that was received.
    begins = [push.before for push in pushed if push.before not in afters] or [push.before for push in pushed[:1]]
    begins += [ranges.first_parent(work.github, repository.id, commit_sha) for commit_sha in merged]
    # A force push may have led to before where the branch was then.
    begins += [one.before for one in told[:1]] + [one.after for one in told if one.is_forced and one.after]
    return _oldest(work, repository.id, list(dict.fromkeys(begins))) if begins else head


def switched_base(work: Work, repository: Repository, pushes: list[Push], head: str) -> str | None:
    """The commit after which a branch that has become the default one is read: where it was when it became that.

    When nobody told when that was: where it was when the repository was looked at before.
    """
    pushes = [push for push in pushes if push.branch == repository.default_branch]
    switched = [at for at, hint in work.lease.hints if "switched" in hint]
    if switched:
        told = _activity(work, repository, work.settings.calendar.at(min(switched)))
    elif work.store.met(work.lease.installation) is not None:
        told = _activity(work, repository, _since(work))
    else:
        told = []
    # A branch that began then had landed nowhere: what it began with is its beginning.
    begins = [push.before or push.after for push in pushes if push.is_whole]
    begins += [one.before or one.after for one in told[:1]]
    return _oldest(work, repository.id, list(dict.fromkeys(begins))) if begins else head


def _since(work: Work) -> float:
    """From when on pushes to a branch count of which nothing is known, by the calendar."""
    told = [float(hint["lost"]) for _, hint in work.lease.hints if "lost" in hint]
    begun = min([work.store.met(work.lease.installation) or 0.0, *told])
    if len(work.lease.hints) >= MOST_HINTS:
        # The oldest of them are dropped.
        begun = 0.0
    earliest = work.settings.calendar.at(work.store.now()) - LONGEST
    if begun > earliest:
        return begun
    return max(earliest, reads.installation_created(work.github, work.lease.installation))


def recent_pushes(work: Work, repository: Repository, since: float) -> list[Push]:
    """What GitHub tells of pushes to the default branch, oldest first, times by the calendar; [] when it does not."""
    return [
        Push(one.at, one.after, one.before, is_whole=True) for one in _activity(work, repository, since) if one.after
    ]


def _activity(work: Work, repository: Repository, since: float) -> list[Activity]:
    try:
        # GitHub's times are whole seconds.
        return ranges.activity(work.github, repository.id, f"refs/heads/{repository.default_branch}", int(since))
    except MissingError:
        return []


def _oldest(work: Work, repository: int, names: list[str | None]) -> str | None:
    """Of several commits the one that the others come after; None (before the root commit) is older than any."""
    oldest, *others = names
    for name in others:
        if oldest is None or name is None:
            return None
        try:
            if ranges.is_ancestor(work.github, repository, name, oldest):
                oldest = name
        except MissingError:
            # One of the two left with a force push, and GitHub threw it away.
            log.info("%s and %s cannot be compared", oldest, name)
    return oldest
