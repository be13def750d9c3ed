"""One machine's processes: web, clock and workers, each worker with a proxy of its own on its way to GitHub."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.ground import Redis, StandIn, clean_environ
from tests.chaos.members import Members, wait_until
from tests.chaos.points import Points
from tests.chaos.proxy import Proxy, Traffic


@dataclass(frozen=True, slots=True)
class Site:
    """What machines share.

    Attributes:
        settings: Environment variables of every process of the product.
        kill: What a named point does to the worker of that name; None: kills it, to be started again.
    """

    folder: Path
    redis: Redis
    stand_in: StandIn
    members: Members
    points: Points
    traffic: Traffic
    settings: Mapping[str, str]
    kill: Callable[[str, str], object] | None = None


@dataclass(slots=True)
class Machine:
    """A set of processes with a state directory of its own.

    Attributes:
        prefix: Begins the name of each process.
        port: The receiver's.
    """

    site: Site
    prefix: str
    port: int
    names: list[str] = field(default_factory=list)
    proxies: list[Proxy] = field(default_factory=list)

    def add(self, workers: int, more: Mapping[str, str]) -> None:
        """Add the processes; `more` are variables of the workers alone."""
        site, state = self.site, self.site.folder / f"{self.prefix}state"
        state.mkdir()
        common = clean_environ() | {
            "APP_ID": str(site.stand_in.app_id),
            "PRIVATE_KEY_PATH": str(site.stand_in.key_path),
            "WEBHOOK_SECRET": site.stand_in.secret,
            "GITHUB_API_URL": site.stand_in.url,
            "REDIS_URL": site.redis.url,
            "GHAPP_STATE_DIR": str(state),
            "GHAPP_HOST": "127.0.0.1",
            "PORT": str(self.port),
            **site.settings,
        }
        for name in ("web", "clock"):
            self._add(name, common)
        for number in range(1, workers + 1):
            name = f"{self.prefix}worker-{number}"
            proxy = Proxy(name, site.stand_in.url, site.points, site.traffic, site.kill or site.members.kill)
            self.proxies.append(proxy)
            self._add(f"worker-{number}", common | {"GITHUB_API_URL": proxy.url, **more})

    def _add(self, name: str, environ: Mapping[str, str]) -> None:
        self.names.append(self.prefix + name)
        self.site.members.add(self.prefix + name, ["ghapp", name.partition("-")[0]], environ)

    def wait_until_ready(self) -> None:
        """Until its receiver takes deliveries."""
        wait_until(self._is_ready, f"{self.prefix}web", 60)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def close(self) -> None:
        """End the proxies."""
        for proxy in self.proxies:
            proxy.close()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
