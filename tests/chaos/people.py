"""People at work: each repository's acts, played in order and on time against the stand-in."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ghapp.demo.sample import make_repository
from tests.chaos.ground import StandIn
from tests.chaos.line import Act
from tests.chaos.plan import RepositoryPlan

COMMITS = ("head_sha", "merge_commit_sha")


class Player:
    """One repository's acts.

    Attributes:
        names: Full names of its commits; the first is where the App is installed.
        errors: What the suite itself got wrong.
        done: Acts played, by kind.
        landings: How many of them brought something to the default branch.
    """

    def __init__(self, plan: RepositoryPlan, folder: Path) -> None:
        """Make the git repository; its branch is at the first commit."""
        self.plan = plan
        self.path = folder / f"{plan.full_name.replace('/', '-')}.git"
        self.names = make_repository(self.path, plan.commits)
        (self.path / "refs" / "heads" / "main").write_text(self.names[0] + "\n", encoding="ascii")
        self.errors: list[str] = []
        self.done: Counter[str] = Counter()
        self.landings = 0

    @property
    def is_forced(self) -> bool:
        """Whether its branch is ever moved by force."""
        return any(act.kind == "force push" for act in self.plan.acts)

    def play(self, stand_in: StandIn, act: Act) -> None:
        """Do one thing."""
        body = {key: self.names[value] if key in COMMITS else value for key, value in act.body.items()}
        answer = stand_in.control(act.path, repository=self.plan.full_name, **body)
        if act.path == "/_pull" and answer["number"] != act.body["number"]:
            raise RuntimeError(f"{self.plan.full_name} has #{answer['number']} and not #{act.body['number']}")
        self.done[act.kind] += 1
        self.landings += act.landed > 0

    def play_all(self, stand_in: StandIn, began: float, speed: float, stop: threading.Event) -> None:
        """Do everything from the storm's begin (seconds of the monotonic clock) on."""
        try:
            for act in self.plan.acts:
                if act.at >= 0 and not stop.wait(max(0.0, began + act.at / speed - time.monotonic())):
                    self.play(stand_in, act)
        except (RuntimeError, OSError) as error:
            self.errors.append(f"{self.plan.full_name}: {error}")


class People:
    """All repositories' acts at once, a thread each."""

    def __init__(self, players: Sequence[Player], stand_in: StandIn, speed: float) -> None:
        self.players, self._stand_in, self._speed = players, stand_in, speed
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def warm_up(self) -> None:
        """Each repository's first landing, before anything goes wrong."""
        for player in self.players:
            for act in player.plan.acts:
                if act.at < 0:
                    player.play(self._stand_in, act)

    def start(self, began: float) -> None:
        """Begin."""
        for player in self.players:
            arguments = (self._stand_in, began, self._speed, self._stop)
            self._threads.append(threading.Thread(target=player.play_all, args=arguments, daemon=True))
            self._threads[-1].start()

    def join(self) -> None:
        """Wait until all is done."""
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Do nothing more."""
        self._stop.set()
        self.join()

    @property
    def done(self) -> Counter[str]:
        """Acts played, by kind."""
        return sum((player.done for player in self.players), Counter())
