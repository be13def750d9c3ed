"""The worker process: RQ's forking worker on our one queue, with the features imported before the fork."""

import gc
import importlib
import logging
import time
from typing import NoReturn

from rq import Queue
from rq.job import Job
from rq.worker import Worker

from ghapp import jobs
from ghapp.children import die_with_parent
from ghapp.github import trusted
from ghapp.jobqueue import AllowedJob, JobQueue
from ghapp.processes import holder, is_dead_here
from ghapp.render import compile_templates

#: How often a worker looks after its job and renews its own key, in seconds.
MONITORING_SECONDS = 5
#: One that waits says so four times a minute; RQ forgets who has said nothing for a minute and a half.
TTL_SECONDS = 30
#: So long a worker that is asked to stop waits for its job, in seconds. Many hosts kill what has not ended after 30.
PATIENCE_SECONDS = 18

log = logging.getLogger("ghapp.worker")


class _Worker(Worker):
    """Takes its job along when it is killed: a job without a worker would go on beside its own retry.

    Asked to stop, it has the job under way finish; one that takes too long is ended, and tried again elsewhere.
    """

    _asked_at: float | None = None

    def handle_warm_shutdown_request(self) -> None:
        self._asked_at = time.monotonic()
        super().handle_warm_shutdown_request()

    def maintain_heartbeats(self, job: Job) -> None:
        super().maintain_heartbeats(job)
        if self._asked_at is not None and time.monotonic() - self._asked_at > PATIENCE_SECONDS:
            log.warning("the job under way is ended after %d s, so that the worker can stop in time", PATIENCE_SECONDS)
            self.kill_horse()

    def main_work_horse(self, job: Job, queue: Queue) -> NoReturn:
        die_with_parent(kill=True)
        super().main_work_horse(job, queue)


def run_worker(queue: JobQueue, *, with_model: bool) -> None:
    """Work until SIGTERM or SIGINT: then the job under way is finished, or its key is due again at once."""
    queue.release_of_the_dead(is_dead_here)
    # What each job would do anew after its fork.
    trusted()
    compile_templates()
    if with_model:
        importlib.import_module("ghapp.asking")
    # What is there by now stays for ever: a collection in a job would copy all of it.
    gc.collect()
    gc.freeze()
    worker = _Worker(
        [queue.tickets],
        # Who finds it registered can tell whether it lives.
        name=holder(),
        connection=queue.connection,
        serializer=queue.tickets.serializer,
        job_class=AllowedJob,
        job_monitoring_interval=MONITORING_SECONDS,
        worker_ttl=TTL_SECONDS,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")
    # Of a job that had to be ended: nobody else on another machine could tell that it is gone.
    queue.release_of_the_dead(is_dead_here)


__all__ = ["jobs", "run_worker"]
