"""Two machines with one Redis and no shared disk: one dies for good while it holds leases, and the digest is whole."""

import dataclasses
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from ghapp.demo.sample import SampleCommit, make_repository
from tests.chaos.checker import check
from tests.chaos.ground import Redis, StandIn
from tests.chaos.launch import MACHINE
from tests.chaos.machine import Machine, Site, free_port
from tests.chaos.members import Members, wait_until
from tests.chaos.proxy import Traffic
from tests.chaos.quiet import Quiet
from tests.chaos.read import Facts, GitHub
from tests.chaos.relay import Relay

pytestmark = [
    pytest.mark.xdist_group("two machines"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes end with the suite by Linux's means"),
]
ELSEWHERE = "other-host/boot/1"
SETTINGS = {
    "GHAPP_JOB_SECONDS": "10",
    "GHAPP_REPAIR_INTERVAL": "3",
    "GHAPP_RENDER_DELAY": "0.3",
    "GHAPP_RENDER_INTERVAL": "1",
    "GHAPP_WRITES_PER_SECOND": "20",
    "GHAPP_WRITES_PER_HOUR": "5000",
}


class Never:
    """A machine whose workers are killed at no point."""

    def chosen(self, _):
        return None


class Once:
    """Chooses the first request that `matches`; after it, the whole machine is gone."""

    def __init__(self, matches):
        self.matches, self.used = matches, False

    def chosen(self, request):
        if self.used or not self.matches(request):
            return None
        self.used = True
        return "the whole machine", False


class Pair:
    """Machine A under the host's own name, machine B under another; both receive deliveries."""

    def __init__(self, folder, stack, matches):
        made = [SampleCommit(f"Fix crash in part {n} (#{n})", {f"part_{n % 7}.py": f"{n}\n"}) for n in range(40)]
        self.path = folder / "repo.git"
        self.names = make_repository(self.path, made)
        (self.path / "refs/heads/main").write_text(self.names[0] + "\n")
        ports = free_port(), free_port()
        relay = Relay(1, [("127.0.0.1", port) for port in ports])
        stack.callback(relay.close)
        self.stand_in = StandIn(folder, {"acme/repo": self.path}, relay.url)
        stack.callback(self.stand_in.stop)
        self.redis = Redis(folder / "redis")
        stack.callback(self.redis.stop)
        self.members = Members(folder)
        stack.callback(self.members.stop)
        self.held_by_the_dead = {}
        here = Site(folder, self.redis, self.stand_in, self.members, Never(), Traffic(), SETTINGS)
        there = dataclasses.replace(
            here, points=Once(matches), settings=SETTINGS | {MACHINE: ELSEWHERE}, kill=self.lose_b
        )
        self.a, self.b = Machine(here, "a-", ports[0]), Machine(there, "b-", ports[1])
        self.quiet = Quiet(self.redis.connection, here.traffic, lambda: relay.pending, 8)
        for machine, workers in ((self.a, 1), (self.b, 2)):
            machine.add(workers, {})
            stack.callback(machine.close)

    def lose_b(self, *_):
        self.members.remove(self.b.names)
        self.held_by_the_dead = {
            key: holder
            for key, holder in self.redis.connection.hgetall("ghapp:holders").items()
            if holder.decode().startswith(ELSEWHERE)
        }
        self.lost_at = time.monotonic()

    def push(self, position):
        body = {"repository": "acme/repo", "branch": "main", "head_sha": self.names[position]}
        self.stand_in.control("/_push", **body)

    def verdict(self, position):
        stuck = self.quiet.stuck()
        key = self.stand_in.key_path.read_text()
        github = GitHub(self.stand_in.url, self.stand_in.app_id, key)
        (state,) = github.states()
        seen = github.seen(state, self.names[0], self.path)
        assert seen.head_sha == self.names[position]
        now = datetime.now(UTC)
        return check(Facts([seen], now, unfinished=stuck))


@pytest.mark.parametrize(
    ("what", "matches"),
    [
        ("reading what landed", lambda request: "/compare/" in request.path),
        ("writing the digest", lambda request: request.method == "PATCH"),
    ],
)
def test_a_machine_that_dies_for_good_while_it_holds_leases_loses_nothing(tmp_path_factory, what, matches):
    with ExitStack() as stack:
        # A socket's path is short.
        pair = Pair(tmp_path_factory.mktemp("m"), stack, matches)
        pair.members.start()
        pair.a.wait_until_ready()
        pair.b.wait_until_ready()
        for position in range(1, 40):
            pair.push(position)
            time.sleep(0.1)
        wait_until(lambda: pair.held_by_the_dead, f"B to be lost while {what}", 60)
        assert all(name.startswith("a-") for name in pair.members.alive)
        wait_until(pair.quiet.came, "A to finish what B had begun", 120)
        left = pair.redis.connection.hgetall("ghapp:holders").values()
        assert not [holder for holder in left if holder.decode().startswith(ELSEWHERE)]
        assert pair.verdict(39).differences == []
