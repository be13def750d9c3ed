"""A stand-in GitHub in a thread, and the real client that the worker reads and writes it with."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from ghapp import redis_server
from ghapp.clone import Clone
from ghapp.demo.repository import Repository
from ghapp.demo.sample import make_repository
from ghapp.demo.standin import StandIn
from ghapp.github import Installation
from ghapp.settings import Credentials, Settings
from tests.app_key import KEY


@dataclass(frozen=True, slots=True)
class Served:
    """A repository there: its id, its commits' names in the order they were made, and the clone they come from."""

    id: int
    full_name: str
    names: list[str]
    clone: Clone
    there: Repository


class GitHubSide:
    """Use with `with`; `client` is open until then."""

    def __init__(self, redis_url: str, folder: Path, private_key: str = KEY) -> None:
        self.folder, self.stand_in = folder, StandIn(private_key=private_key)
        self.world, self.url = self.stand_in.world, self.stand_in.start()
        # Plain HTTP on loopback: no certificates to load.
        self.controls = httpx.Client(base_url=self.url, verify=False)  # noqa: S501 - see above
        self.connection = redis_server.connect(redis_url)
        # Installations are numbered anew here: what was written as another one with the same number is not this one's.
        self.connection.flushall()
        self.installation = self.world.install("acme").installation_id
        credentials = Credentials(self.world.app.app_id, (self.stand_in.private_key,), (b"secret",))
        # No worker is here that would read a history.
        self.settings = Settings(
            credentials, github_api_url=self.url, writes_per_second=50, writes_per_hour=100_000, history_megabytes=0
        )
        self.client = Installation(self.settings, credentials, self.connection, self.installation)

    def __enter__(self):
        self.client.__enter__()
        return self

    def __exit__(self, *_):
        self.client.__exit__(None, None, None)
        self.connection.close()
        self.controls.close()
        self.stand_in.stop()

    def serve(self, name: str, made) -> Served:
        path = self.folder / f"{name}.git"
        names = make_repository(path, made)
        there = self.world.add_repository(f"acme/{name}", path)
        return Served(there.repository_id, f"acme/{name}", names, there.clone, there)

    def control(self, route: str, method: str = "POST", /, **body):
        answer = self.controls.request(method, route, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def requests(self) -> dict[str, int]:
        """How often each route was asked since the last call."""
        counted = self.controls.get("/_requests").json()["by_route"]
        self.controls.delete("/_requests")
        return counted

    def writes(self) -> int:
        """Content writes since the last call."""
        count = self.controls.get("/_requests").json()["writes"]
        self.controls.delete("/_requests")
        return count
