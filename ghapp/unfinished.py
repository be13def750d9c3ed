"""What days that are not closed still ask for: keys that GitHub's refusals made us forget are due again."""

from ghapp.jobqueue import JobQueue
from ghapp.store import Store


def unfinished(store: Store, jobs: JobQueue, repository: int, installation: int) -> list[str]:
    """The keys that a repository's digests need and that nothing has marked for its installation.

    A day needs an entry's reading while that has no assessment, its page's writing while that shows less than is
    known, and its end while its issue is open. Costs no request.
    """
    due: list[str] = []
    for day in store.days(repository):
        digest = None if store.rollover(repository, day).is_written else store.digest(repository, day)
        if digest is None:
            continue
        due += [f"entry:{repository}:{day}:{e.commit_sha}" for e in digest.listed if e.assessment is None]
        due.append(f"rollover:{repository}:{day}")
        if store.is_unwritten(repository, day):
            due.append(f"render:{repository}:{day}")
    return jobs.not_due(due, installation)
