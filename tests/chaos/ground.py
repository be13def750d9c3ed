"""What the processes stand on: a Redis server with an append-only file, and the stand-in GitHub."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import redis

from ghapp.redis_server import server_path
from tests.chaos.launch import command
from tests.chaos.members import wait_until

#: Of the caller's environment, what reaches the processes: nothing of a real deployment.
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")


def clean_environ() -> dict[str, str]:
    """The environment of every process, without settings."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"PYTHONUNBUFFERED": "1"}


class Redis:
    """A Redis server of the suite's own, which dies and comes back with what its file holds."""

    def __init__(self, folder: Path) -> None:
        """Start it. All starts must be in the thread that makes this, which must outlive the server."""
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self.connection = redis.Redis.from_url(self.url, socket_timeout=10)
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        options = {
            "port": "0",
            "unixsocket": f"{self.folder}/redis.sock",
            "dir": str(self.folder),
            "logfile": f"{self.folder}/redis.log",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
        }
        words = [part for name, value in options.items() for part in (f"--{name}", value)]
        process = subprocess.Popen(
            command([server_path(), *words]),
            env=clean_environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers, "Redis", 20)
        return process

    def _answers(self) -> bool:
        try:
            return bool(self.connection.ping())
        except redis.RedisError:
            return False

    def crash(self, seconds: float) -> None:
        """SIGKILL it, and start it again after some time."""
        self.stop()
        time.sleep(seconds)
        self._process = self._start()

    def flush(self) -> None:
        """Empty it."""
        self.connection.flushall()

    def stop(self) -> None:
        """SIGKILL it."""
        self._process.kill()
        self._process.wait()


class StandIn:
    """The stand-in GitHub as a process of its own, and what the suite asks of it as people and as the weather.

    Attributes:
        url: Its address.
        app_id: The App's.
        secret: Signs deliveries.
        key_path: The App's private key.
        repositories: What it says of each repository, by name, when it has just started.
    """

    def __init__(self, folder: Path, repositories: Mapping[str, Path], webhook_url: str) -> None:
        """Start it and wait until it listens."""
        self.key_path = folder / "private-key.pem"
        words = ["ghapp.demo.standin", "--webhook-url", webhook_url, "--private-key-path", str(self.key_path)]
        words += [word for name, path in repositories.items() for word in ("--repo", f"{name}={path}")]
        with (folder / "stand-in.log").open("wb") as log:
            self._process = subprocess.Popen(
                command(words),
                env=clean_environ(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._process.stdout
        ready = json.loads(self._process.stdout.readline() or b"{}")
        if not ready:
            raise RuntimeError(f"the stand-in did not start: see {folder}/stand-in.log")
        self.url, self.app_id, self.secret = ready["url"], ready["app_id"], ready["webhook_secret"]
        self._clients = threading.local()
        self.repositories = {one["full_name"]: one for one in self.state()["repositories"]}

    def control(self, path: str, method: str = "POST", **body: Any) -> Any:
        """A control route.

        Raises:
            RuntimeError: It is refused.
        """
        answer = self._client().request(method, self.url + path, json=body)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path} {body}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def _client(self) -> httpx.Client:
        # One for each thread that plays a repository.
        if not hasattr(self._clients, "client"):
            self._clients.client = httpx.Client(timeout=90, trust_env=False)
        return self._clients.client

    def state(self) -> Any:
        """Everything that is there."""
        return self._client().get(self.url + "/_state").json()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
