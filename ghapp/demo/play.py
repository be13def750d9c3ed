"""Plays a plan on a scene: opens pull requests, lands commits, sends deliveries well and badly, kills a worker."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ghapp.demo.faults import Fault
from ghapp.demo.plan import Landing, Plan, PlannedPull
from ghapp.demo.records import Versions
from ghapp.demo.scene import Scene

#: GitHub answers the landing job so slowly, once, that there is work under way to kill a worker at.
SLOW_ROUTE, SLOW_SECONDS = "GET /repos/{}/compare/{}", 1.0
#: The branch does not move faster than people see it; seconds between two landings.
PAUSE = 0.25
#: When GitHub was not asked for anything for so long, in seconds, nobody has anything left to do.
QUIET = 2.5


@dataclass(frozen=True, slots=True)
class Landed:
    """A landing as it happened: `at` is in seconds since the beginning, `number` the pull request's."""

    at: float
    landing: Landing
    number: int | None


@dataclass(slots=True)
class Played:
    """What happened.

    Attributes:
        numbers: Number of each pull request, by its head.
        waited: Numbers of those that stayed open until their card was there.
        killed: Process id of the worker that was killed; None: none had work.
        killed_at: Seconds since the beginning.
    """

    numbers: dict[str, int] = field(default_factory=dict[str, int])
    waited: list[int] = field(default_factory=list[int])
    landed: list[Landed] = field(default_factory=list[Landed])
    killed: int | None = None
    killed_at: float = 0.0


class Player:
    """Plays one plan.

    Args:
        scene: Started, with its repository.
        plan: What happens.
        say: Told what is under way.
        dry: Nothing will be written, so cards are not waited for.
    """

    def __init__(self, scene: Scene, plan: Plan, say: Callable[[str], None], *, dry: bool) -> None:
        self._scene, self._plan, self._say, self._dry = scene, plan, say, dry
        self._played = Played()

    def play(self) -> Played:
        """Play it all.

        Raises:
            DemoError: Something did not come in time.
        """
        pulls = [one.pull for one in self._plan.landings if one.pull]
        late = next((pull for pull in reversed(pulls) if pull.first_sha == pull.head_sha), None)
        early = [pull for pull in self._plan.pulls if pull is not late]
        for pull in early:
            self._open(pull)
        self._wait_for_cards(early)
        for pull in early:
            self._push_more(pull)
        for place, landing in enumerate(self._plan.landings):
            if landing.pull and landing.pull is late:
                self._open(landing.pull)
            # From the middle on, until one was found at work; nobody works on what was never heard of.
            kill = self._played.killed is None and place >= len(self._plan.landings) // 2 and landing.times > 0
            self._land(landing, kill=kill)
        return self._played

    def _open(self, pull: PlannedPull) -> None:
        self._say(f"a pull request: {pull.title}")
        body = {"head_sha": pull.first_sha, "base_sha": pull.base_sha, "title": pull.title}
        numbered = {"number": pull.number} if pull.number else {}
        opened = self._scene.control("/_pull", **body, **numbered, user=_login(pull.author))
        self._played.numbers[pull.head_sha] = opened["number"]

    def _wait_for_cards(self, pulls: list[PlannedPull]) -> None:
        if self._dry:
            self._scene.wait_for_quiet(QUIET)
            return
        for pull in pulls:
            number = self._played.numbers[pull.head_sha]
            self._say(f"the card of #{number}")
            self._scene.wait(lambda number=number: self._scene.cards(number), f"the card of #{number}")
            self._played.waited.append(number)

    def _push_more(self, pull: PlannedPull) -> None:
        """Push the rest of its commits to a pull request, and see that the card follows."""
        if pull.head_sha == pull.first_sha:
            return
        number = self._played.numbers[pull.head_sha]
        self._say(f"more commits for #{number}")
        self._scene.control("/_pull/update", number=number, head_sha=pull.head_sha)

        def follows() -> bool:
            return any(f"head={pull.head_sha} " in card.body for card in self._scene.cards(number))

        if not self._dry:
            self._scene.wait(follows, f"the card of #{number} to follow its new head")

    def _land(self, landing: Landing, *, kill: bool) -> None:
        self._say(f"a landing by {landing.how}: {landing.title}")
        if kill:
            self._scene.world.faults.arm(Fault(SLOW_ROUTE, delay=SLOW_SECONDS))
        number = self._played.numbers[landing.pull.head_sha] if landing.pull else None
        at = self._scene.seconds()
        if number is None:
            self._scene.control("/_push", head_sha=landing.after, deliver=landing.times)
        else:
            self._scene.control("/_merge", number=number, merge_commit_sha=landing.after, deliver=landing.times)
        self._played.landed.append(Landed(at, landing, number))
        if kill:
            self._played.killed = self._scene.kill_a_worker()
            self._played.killed_at = self._scene.seconds()
        self._scene.pause(PAUSE)


def begin_at(scene: Scene, base_sha: str) -> None:
    """Put the default branch where it was before the landings; old enough that no lag hides it."""
    scene.repository.heads[scene.repository.default_branch] = Versions(base_sha, age=3600)


def _login(author: str) -> str:
    """A login like the author's name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", author).strip("-").lower()[:39] or "somebody"
