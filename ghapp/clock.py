"""The clock: issues missing tickets, recovers crashed jobs, frees what dead processes held, has the App swept.

Any number may run.
"""

import logging
from collections.abc import Callable

import redis
from rq import Queue
from rq.registry import StartedJobRegistry, clean_registries
from rq.worker import Worker

from ghapp import presence
from ghapp.jobqueue import JobQueue
from ghapp.processes import is_dead_here

TICK_SECONDS = 1.0
CLEAN_SECONDS = 15.0
#: Clocks that start within so many seconds of each other ask for one sweep.
START_SECONDS = 2
SWEEP = "sweep:app"

log = logging.getLogger("ghapp.clock")


def keep_time(jobs: JobQueue, is_over: Callable[[float], bool], repair_interval: float) -> None:
    """Tick until `is_over`. A Redis that cannot be reached is waited for.

    Args:
        jobs: The queue.
        is_over: Waits for so many seconds, or less when it is over; whether it is.
        repair_interval: Seconds between two sweeps, whoever asks for them; 0: there are none.
    """
    since_clean = CLEAN_SECONDS
    # What happened while nothing ran is not left for the interval's end.
    marks = {"start": START_SECONDS, "interval": repair_interval} if repair_interval else {}
    while not is_over(TICK_SECONDS):
        since_clean += TICK_SECONDS
        try:
            if since_clean >= CLEAN_SECONDS:
                clean(jobs.tickets)
                since_clean = 0
            for name, seconds in marks.items():
                jobs.mark_once(SWEEP, 0, name, seconds)
            marks.pop("start", None)
            tick(jobs)
            presence.show_clock(jobs.connection)
        except redis.RedisError as error:
            log.warning("Redis is unreachable: %s", type(error).__name__)


def tick(jobs: JobQueue) -> int:
    """Free the leases of this machine's dead processes and issue missing tickets; returns how many."""
    freed = jobs.release_of_the_dead(is_dead_here)
    for key in freed:
        log.warning("%s was held by a process that is dead: it is due again", key)
    return jobs.top_up()


def clean(queue: Queue) -> None:
    """RQ's own recovery: jobs whose worker died, and jobs that died between the queue and the worker."""
    _forget_lost_executions(queue)
    clean_registries(queue)
    janitor = Worker([queue], connection=queue.connection, serializer=queue.serializer, prepare_for_work=False)
    queue.intermediate_queue.cleanup(janitor, queue)


def _forget_lost_executions(queue: Queue) -> None:
    """Forget the executions of jobs whose worker died, before RQ tries those jobs again.

    RQ 2.12 keeps an execution in its job's list for a minute after the execution itself has expired, and the repeated
    job's success is then an error.
    """
    for job_id in StartedJobRegistry(queue=queue).get_expired_job_ids():
        queue.connection.delete(f"rq:executions:{job_id}")
