"""What a feature works with: one lease and the real parts it needs, put together by jobs.py."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ghapp.config import Config
from ghapp.github import Installation
from ghapp.jobqueue import JobQueue, Lease
from ghapp.settings import Settings
from ghapp.store import Store
from ghapp.subject import Subject

if TYPE_CHECKING:
    from ghapp.asking import Asker

log = logging.getLogger("ghapp.work")


@dataclass(frozen=True, slots=True)
class Work:
    """One job's parts.

    Attributes:
        lease: The key and what deliveries said of it.
        github: Access as the key's installation, open.
        asker: None: no model is configured.
    """

    lease: Lease
    settings: Settings
    jobs: JobQueue
    store: Store
    github: Installation
    asker: "Asker | None"

    def subject(self, repository: int, config: Config) -> Subject:
        """Whose change a model is asked about, and how."""
        return Subject(repository, self.lease.installation, config.language, config.instructions)

    def mark(self, key: str, delay: float = 0) -> None:
        """Mark another key of the same installation as due."""
        self.jobs.mark(key, self.lease.installation, delay=delay)

    def mark_all(self, due: Sequence[str], hint: dict[str, str] | None = None) -> None:
        """Mark many keys of the same installation as due, in one transaction."""
        if not due:
            return
        with self.store.connection.pipeline() as pipe:
            self.jobs.mark_within(pipe, self.lease.installation, [(key, 0.0) for key in due], hint)
            pipe.execute()
        self.jobs.top_up()
        log.info("%s: %d keys are due", self.lease.key, len(due))

    def mark_render(self, repository: int, day: str) -> None:
        """Ask for a digest to be written, soon: what is marked until then is written with it."""
        self.mark(f"render:{repository}:{day}", self.settings.render_delay)
