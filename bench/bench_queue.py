"""What coalescing saves: 1,000 deliveries for one key against 1,000 for as many keys, in one run on one server."""

import shutil
import tempfile
import time
from pathlib import Path

from ghapp import redis_server
from ghapp.jobqueue import JobQueue

MARKS = 1_000


def measure(jobs: JobQueue, names: list[str]) -> tuple[int, float]:
    """Mark each name as a delivery would; tickets made, and microseconds per mark."""
    jobs.connection.flushall()
    began = time.perf_counter()
    for number, name in enumerate(names):
        assert jobs.mark(name, 1, guid=f"guid-{number}")
    return jobs.tickets.count, (time.perf_counter() - began) / len(names) * 1e6


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="ghapp-"))
    server, url = redis_server.start(folder, persistent=False)
    try:
        jobs = JobQueue(redis_server.connect(url))
        distinct, distinct_us = measure(jobs, [f"card:1:{number}" for number in range(MARKS)])
        coalesced, coalesced_us = measure(jobs, ["card:1:1"] * MARKS)
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        shutil.rmtree(folder)
    print(f"{MARKS} marks of as many keys: {distinct} tickets, {distinct_us:.0f} µs each")
    print(f"{MARKS} marks of one key:      {coalesced} tickets, {coalesced_us:.0f} µs each")
    print(f"ratio of tickets: {distinct / coalesced:.0f}; ratio of time: {distinct_us / coalesced_us:.1f}")
    if coalesced != 1:
        raise SystemExit("marks of one key were not coalesced")


if __name__ == "__main__":
    main()
