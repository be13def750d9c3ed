"""Machines with one Redis and no shared disk: two die for good while they hold leases, and the digest is whole."""

import dataclasses
import functools
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
    pytest.mark.system,
    pytest.mark.skipif(sys.platform != "linux", reason="processes end with the suite by Linux's means"),
]
PUSHES = 200
SETTINGS = {
    "GHAPP_JOB_SECONDS": "10",
    "GHAPP_REPAIR_INTERVAL": "2",
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


class Machines:
    """The first has the host's own name, the others have names of their own; all receive deliveries."""

    def __init__(self, folder, stack):
        made = [SampleCommit(f"Fix crash in part {n} (#{n})", {f"part_{n % 7}.py": f"{n}\n"}) for n in range(PUSHES)]
        self.path = folder / "repo.git"
        self.names = make_repository(self.path, made)
        (self.path / "refs/heads/main").write_text(self.names[0] + "\n")
        ports = [free_port() for _ in range(3)]
        relay = Relay(1, [("127.0.0.1", port) for port in ports])
        stack.callback(relay.close)
        self.stand_in = StandIn(folder, {"acme/repo": self.path}, relay.url)
        stack.callback(self.stand_in.stop)
        self.redis = Redis(folder / "redis")
        stack.callback(self.redis.stop)
        self.members = Members(folder)
        stack.callback(self.members.stop)
        #: Name of each lost machine -> the keys whose leases it took along.
        self.lost = {}
        site = Site(folder, self.redis, self.stand_in, self.members, Never(), Traffic(), SETTINGS)
        self.quiet = Quiet(self.redis.connection, site.traffic, lambda: relay.pending, 5)
        self.machines = [Machine(site, "a-", ports[0])]
        deadly = {"b": self.is_write, "c": self.is_reading}
        for (name, matches), port in zip(deadly.items(), ports[1:], strict=True):
            own = SETTINGS | {MACHINE: f"{name}-host/boot/1"}
            kill = functools.partial(self.lose, name)
            there = dataclasses.replace(site, points=Once(matches), settings=own, kill=kill)
            self.machines.append(Machine(there, f"{name}-", port))
        for machine in self.machines:
            machine.add(1, {})
            stack.callback(machine.close)
        self.members.start()
        for machine in self.machines:
            machine.wait_until_ready()

    def is_write(self, request):
        return request.writes

    def is_reading(self, request):
        # The other one holds the digest by then, and not what leads to it.
        return "b" in self.lost and "/compare/" in request.path

    def lose(self, name, *_):
        self.members.remove(next(one.names for one in self.machines if one.prefix == f"{name}-"))
        self.lost[name] = self.held_by(name)

    def held_by(self, name):
        holders = self.redis.connection.hgetall("ghapp:holders").items()
        return {key.decode() for key, holder in holders if holder.decode().startswith(f"{name}-host/")}

    def push_until(self, condition):
        """A push each 0.15 s until `condition()` is true, and two more; the head's name."""
        for position in range(1, PUSHES - 2):
            self.push(position)
            if condition():
                break
            time.sleep(0.15)
        self.push(position + 1)
        return self.push(position + 2)

    def push(self, position):
        body = {"repository": "acme/repo", "branch": "main", "head_sha": self.names[position]}
        self.stand_in.control("/_push", **body)
        return self.names[position]

    def verdict(self, head_sha):
        stuck = self.quiet.stuck()
        github = GitHub(self.stand_in.url, self.stand_in.app_id, self.stand_in.key_path.read_text())
        (state,) = github.states()
        seen = github.seen(state, self.names[0], self.path)
        assert seen.head_sha == head_sha
        return check(Facts([seen], datetime.now(UTC), unfinished=stuck))


def test_machines_that_die_for_good_while_they_hold_leases_lose_nothing(tmp_path_factory):
    """One dies when GitHub has done what it asked for and it does not know; then one that reads what landed."""
    with ExitStack() as stack:
        # A socket's path is short.
        machines = Machines(tmp_path_factory.mktemp("m"), stack)
        lost = machines.lost
        head_sha = machines.push_until(lambda: len(lost) == 2)
        assert {key.partition(":")[0] for key in lost["b"]} & {"render", "card"}
        assert {key.partition(":")[0] for key in lost["c"]} == {"landing"}
        assert all(name.startswith("a-") for name in machines.members.alive)
        wait_until(machines.quiet.came, "the last machine to finish what the others had begun", 120)
        assert not machines.held_by("b") | machines.held_by("c")
        assert machines.verdict(head_sha).differences == []
