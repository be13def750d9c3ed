"""A real Redis server per test process, emptied for each test; settings and signed deliveries."""

import gc
import hashlib
import hmac
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from ghapp import redis_server
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.garbage import collect_rarely
from ghapp.jobqueue import JobQueue
from ghapp.settings import Credentials
from ghapp.store import Store

SECRET = b"It's a Secret to Everybody"

# Hundreds of processes are started here: where the environment forbids it to keep compiled modules, each of them would
# compile all of them again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
collect_rarely()


@pytest.fixture(scope="session")
def redis_url():
    # A short path: a unix socket's may not be long.
    folder = Path(tempfile.mkdtemp(prefix="ghapp-"))
    process, url = redis_server.start(folder, persistent=False)
    yield url
    process.terminate()
    process.wait()
    shutil.rmtree(folder)


@pytest.fixture
def connection(redis_url):
    with redis_server.connect(redis_url) as made:
        made.flushall()
        yield made


@pytest.fixture
def jobs(connection):
    return JobQueue(connection)


@pytest.fixture
def store(connection):
    return Store(connection)


@pytest.fixture
def credentials():
    return Credentials(7, ("-----BEGIN",), (SECRET,))


def signed(body: bytes, event: str, guid: str, secret: bytes = SECRET) -> dict[str, str]:
    """The headers of a delivery, as GitHub sends them."""
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest(),
        "Content-Type": "application/json",
    }


@pytest.fixture
def deliveries():
    """The recorded deliveries: {"<event>.<action>": payload}, one for each route."""
    folder = Path(__file__).parent / "deliveries"
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Three commits, one after the other; where the stand-in serves another history, a module has its own."""
    path = tmp_path_factory.mktemp("git") / "repo.git"
    return path, make_repository(path, [SampleCommit(f"change {n}", {"a": f"{n}\n"}) for n in range(3)])


@pytest.fixture
def github(repository):
    """The stand-in as a client sees it."""
    from tests.standin import GitHub

    one = GitHub(*repository)
    yield one
    one.client.close()
    one.stand_in.stop()


@pytest.fixture
def world(repository):
    """The stand-in with a receiver of its deliveries."""
    from tests.standin import World

    one = World(*repository)
    yield one
    one.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that at the end no process works alone."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


def pytest_collection_finish() -> None:
    """What is there by now, stays: a collection of garbage need not look through it."""
    gc.freeze()
