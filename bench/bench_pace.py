"""What pacing saves: six workers write as fast as they may to a GitHub that allows 80 writes a minute.

With the pace and without it, in one run, on the same stand-in and Redis. A minute lasts six seconds there, and the
pace is ten times as fast. Both arms obey GitHub: what a refusal says stops all six until then.
"""

import itertools
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ghapp import redis_server
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.demo.standin import StandIn
from ghapp.github import Installation
from ghapp.jobqueue import PostponedError
from ghapp.settings import Credentials, Settings

WORKERS, MINUTE, SECONDS = 6, 6.0, 18.0
SCALE = 60 / MINUTE
ALLOWED = 80
NAMES = itertools.count()


@dataclass(frozen=True, slots=True)
class Measured:
    """One arm: writes done, requests refused, and the longest time without a write, in GitHub's seconds."""

    writes: int
    refused: int
    pause: float

    @property
    def per_minute(self) -> float:
        """Writes in a minute of GitHub's."""
        return self.writes * MINUTE / SECONDS


def measure(stand_in: StandIn, url: str, owner: str, rates: tuple[float, int], folder: Path) -> Measured:
    """Let six workers write labels to a new repository of `owner`, who has an installation of his own."""
    path = folder / f"{owner}.git"
    make_repository(path, [SampleCommit("Begin", {"a": "1\n"})])
    there = stand_in.world.add_repository(f"{owner}/paced", path)
    found = stand_in.world.installation_of(there)
    assert found is not None
    stand_in.world.requests.reset()
    settings = Settings(
        Credentials(stand_in.world.app.app_id, (stand_in.private_key,), (b"s",)),
        github_api_url=stand_in.world.url,
        writes_per_second=rates[0],
        writes_per_hour=rates[1],
    )
    done: list[float] = []
    end = time.monotonic() + SECONDS
    arguments = (settings, url, found.installation_id, f"/repositories/{there.repository_id}/labels", end, done)
    workers = [threading.Thread(target=work, args=arguments) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    counted = stand_in.world.requests.summary()
    refused = sum(one["status"] == 403 for one in counted["log"])
    times = sorted([*done, end])
    pause = max(after - one for one, after in itertools.pairwise(times))
    return Measured(len(done), refused, pause * SCALE)


def work(settings: Settings, url: str, number: int, path: str, end: float, done: list[float]) -> None:
    """Write until the end; a job that is put back comes again when it was told to."""
    assert settings.credentials is not None
    with (
        redis_server.connect(url) as connection,
        Installation(settings, settings.credentials, connection, number, "render:1:2026-01-08") as github,
    ):
        while time.monotonic() < end:
            try:
                github.write("POST", path, {"name": f"label {next(NAMES)}", "color": "1d76db"}, 201)
                done.append(time.monotonic())
            except PostponedError as postponed:
                time.sleep(max(0.0, min(postponed.seconds, end - time.monotonic())))


def main() -> None:
    folder, stand_in = Path(tempfile.mkdtemp(prefix="ghapp-")), StandIn()
    server, url = redis_server.start(folder, persistent=False)
    stand_in.start()
    try:
        stand_in.world.behaviour.minute, stand_in.world.behaviour.per_minute = MINUTE, ALLOWED
        stand_in.world.behaviour.hour, stand_in.world.behaviour.per_hour = 60 * MINUTE, 500
        without = measure(stand_in, url, "without", (1000.0, 1_000_000), folder)
        paced = measure(stand_in, url, "paced", (SCALE, 450), folder)
    finally:
        stand_in.stop()
        if server is not None:
            server.terminate()
            server.wait()
        shutil.rmtree(folder)
    for name, one in (("without a pace", without), ("with the pace ", paced)):
        print(f"{name}: {one.per_minute:.0f} writes a minute, {one.refused} refused requests, ", end="")
        print(f"longest pause {one.pause:.0f} s (of GitHub's time)")
    print(f"ratio of writes: {paced.writes / without.writes:.2f}; ratio of pauses: {without.pause / paced.pause:.0f}")
    if paced.refused or not without.refused:
        raise SystemExit("with the pace nothing is refused, and without it something is: it was not so")


if __name__ == "__main__":
    main()
