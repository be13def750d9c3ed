"""One run: processes up, a first landing each, the storm, rest, the comparison."""

import json
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.chaos.checker import Verdict, check
from tests.chaos.ground import Redis, StandIn
from tests.chaos.launch import SABOTAGE
from tests.chaos.machine import Machine, Site, free_port
from tests.chaos.members import Members, wait_until
from tests.chaos.people import People, Player
from tests.chaos.plan import START_HOUR, plan
from tests.chaos.points import Points
from tests.chaos.proxy import Traffic
from tests.chaos.quiet import Quiet
from tests.chaos.read import Facts, GitHub, leaks, queue_counts
from tests.chaos.relay import Relay
from tests.chaos.sabotage import COUNTER, broken_by
from tests.chaos.scale import DAY, Scale
from tests.chaos.schedule import Mishap, counted, schedule

#: A create is in doubt when its sender, or Redis, died within so many seconds of it.
DOUBT_SECONDS = 5.0


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    scale: Scale
    verdict: Verdict
    acts: Counter[str]
    landings: int
    mishaps: Counter[str]
    deliveries: Counter[str]
    kills: Counter[str]
    restarts: Counter[str]
    points: Points
    traffic: Traffic
    installations: dict[int, int]
    jobs: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)


class Storm:
    """Everything of one run; use with `with`, from one thread to the end."""

    def __init__(self, scale: Scale) -> None:
        """Make the repositories and start the ground; the product is not started yet."""
        self.scale = scale
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        today = datetime.now(UTC).replace(hour=START_HOUR, minute=0, second=0, microsecond=0)
        self.start = today + timedelta(days=1)
        players = [Player(one, self.folder) for one in plan(scale, self.start)]
        self.port = free_port()
        self.relay = Relay(scale.seed, [("127.0.0.1", self.port)])
        paths = {player.plan.full_name: player.path for player in players}
        self.stand_in = StandIn(self.folder, paths, self.relay.url)
        self.people = People(players, self.stand_in, scale.speed)
        self.redis = Redis(self.folder / "redis")
        self.redis_died: list[float] = []
        self.seconds: dict[str, float] = {}
        #: When the storm begins, by the clock: what the calendar shows then is fixed.
        self.begins = time.time() + 4 + 0.4 * scale.repositories
        self.machine = self._machine()
        traffic, seconds = self.machine.site.traffic, 2 * scale.repair + 1
        self.quiet = Quiet(self.redis.connection, traffic, lambda: self.relay.pending, seconds)

    def _machine(self) -> Machine:
        scale = self.scale
        points, members = Points(scale.seed, scale.point_gap if scale.faults else 0), Members(self.folder)
        site = Site(self.folder, self.redis, self.stand_in, members, points, Traffic(), self._settings())
        machine = Machine(site, "", self.port)
        ids = [self.stand_in.repositories[player.plan.full_name]["id"] for player in self.people.players]
        machine.add(scale.workers, {SABOTAGE: broken_by(scale.sabotage, ids), COUNTER: str(self.folder / "counter")})
        return machine

    def _settings(self) -> dict[str, str]:
        scale = self.scale
        return {
            "GHAPP_CALENDAR": f"{self.begins:.3f}:{self.start.timestamp():.0f}:{scale.speed:g}",
            "GHAPP_RENDER_DELAY": f"{5 / scale.pace:g}",
            "GHAPP_RENDER_INTERVAL": f"{25 / scale.pace:g}",
            "GHAPP_WRITES_PER_SECOND": f"{scale.pace:g}",
            "GHAPP_WRITES_PER_HOUR": f"{450 * scale.pace:g}",
            "GHAPP_REPAIR_INTERVAL": f"{scale.repair:g}",
            "GHAPP_ROLLOVER_WAIT": f"{max(3, scale.day_seconds / 2):g}",
            "GHAPP_JOB_SECONDS": "60",
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.people.stop()
        self.machine.site.members.stop()
        self.machine.close()
        self.relay.close()
        self.stand_in.stop()
        self.redis.stop()

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self) -> Outcome:
        """From the first process to the verdict."""
        self._begin()
        self._blow()
        self._settle()
        return self._outcome()

    def _begin(self) -> None:
        began = time.monotonic()
        self._set_weather()
        self.machine.site.members.start()
        self.machine.wait_until_ready()
        self.people.warm_up()
        wait_until(self._all_have_digests, "a first digest of each repository", 60 + 2 * self.scale.repositories)
        time.sleep(max(0.0, self.begins - time.time()))
        self.seconds["warm-up"] = time.monotonic() - began

    def _set_weather(self) -> None:
        pace = self.scale.pace
        limits = {"per_minute": round(80 * pace), "per_hour": round(500 * pace), "primary": round(5000 * pace)}
        self.stand_in.control("/_behaviour", **limits)
        self.stand_in.control("/_clock", speed=self.scale.speed, start=self.start.isoformat(), real=self.begins)

    def _all_have_digests(self) -> bool:
        return all(
            any("pull_request" not in issue for issue in one["issues"]) for one in self.stand_in.state()["repositories"]
        )

    def _blow(self) -> None:
        """The storm: people work, things go wrong."""
        began = time.monotonic()
        mishaps = schedule(self.scale)
        (self.folder / "counter").mkdir()
        self.relay.stormy = self.machine.site.points.active = bool(mishaps)
        self.people.start(began)
        for mishap in mishaps:
            time.sleep(max(0.0, began + mishap.at - time.monotonic()))
            self._happen(mishap)
        self.people.join()
        self._use_each_point()
        self.seconds["storm"] = time.monotonic() - began

    def _use_each_point(self) -> None:
        """Until each named point was used once; when nothing is left to do, it cannot be any more."""
        points, deadline = self.machine.site.points, time.monotonic() + self.scale.limit / 3
        points.once = True
        while points.active and points.unused and not self.quiet.came() and time.monotonic() < deadline:
            time.sleep(0.2)

    def _happen(self, mishap: Mishap) -> None:
        match mishap.action:
            case "kill":
                name, children_only = mishap.value
                self.machine.site.members.kill(name, mishap.kind, children_only=children_only)
            case "redis":
                self.redis_died.append(time.monotonic())
                self.redis.crash(mishap.value)
            case "flush":
                self.redis_died.append(time.monotonic())
                self.redis.flush()
            case "fault":
                self.stand_in.control("/_faults", **mishap.value)
            case "tokens":
                self.stand_in.control("/_tokens", "DELETE")
            case _:
                self.stand_in.control("/_behaviour", lag=mishap.value)

    def _settle(self) -> None:
        """Nothing goes wrong any more, the last day ends everywhere, and all that is due is done."""
        began = time.monotonic()
        self.relay.stormy = self.machine.site.points.active = False
        self.stand_in.control("/_faults", "DELETE")
        self.stand_in.control("/_behaviour", lag=0.0)
        last = self.begins + (self.scale.days + 1) * DAY / self.scale.speed
        time.sleep(max(0.0, last - time.time()))
        try:
            wait_until(self.quiet.came, "all that is due to be done", self.scale.limit)
        except TimeoutError:
            self.seconds["not at rest after"] = self.scale.limit
        self.seconds["settling"] = time.monotonic() - began

    def _outcome(self) -> Outcome:
        site, stuck = self.machine.site, self.quiet.stuck()
        shown = self.start + timedelta(seconds=(time.time() - self.begins) * self.scale.speed)
        key = self.stand_in.key_path.read_text(encoding="ascii")
        github = GitHub(self.stand_in.url, self.stand_in.app_id, key)
        states = {state["full_name"]: state for state in github.states()}
        (self.folder / "state.json").write_text(json.dumps(states, indent=1), encoding="utf-8")
        repositories = [
            github.seen(states[player.plan.full_name], player.names[0], player.path) for player in self.people.players
        ]
        secrets = [self.stand_in.secret, *key.splitlines()[1:3]]
        forced = {states[p.plan.full_name]["id"] for p in self.people.players if p.is_forced}
        logs = leaks(self.folder.glob("*.log"), secrets)
        facts = Facts(repositories, shown, self._in_doubt(), frozenset(forced), stuck, logs)
        verdict = check(facts)
        for error in (error for player in self.people.players for error in player.errors):
            verdict.differ("errors of the suite", "people", error)
        return Outcome(
            scale=self.scale,
            verdict=verdict,
            acts=self.people.done,
            landings=sum(player.landings for player in self.people.players),
            mishaps=counted(schedule(self.scale)),
            deliveries=self.relay.counts,
            kills=site.members.kills,
            restarts=site.members.restarts,
            points=site.points,
            traffic=site.traffic,
            installations={state["id"]: state["installation_id"] for state in states.values()},
            jobs=queue_counts(self.redis.connection),
            seconds=self.seconds,
        )

    def _in_doubt(self) -> dict[int, int]:
        """Repository -> creates whose answer may never have been stored."""
        found: Counter[int] = Counter()
        for one in self.machine.site.traffic.sent:
            deaths = [*self.redis_died, *self.machine.site.members.died.get(one.worker, ())]
            lost = any(-1.0 < death - one.at < DOUBT_SECONDS for death in deaths)
            if one.request.creates and one.request.repository and (lost or not one.told):
                found[one.request.repository] += 1
        return found
