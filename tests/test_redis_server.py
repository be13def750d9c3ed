"""One embedded Redis for commands that run side by side: none loses it to another, and the last one leaves nothing."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from ghapp import redis_server
from ghapp.demo.sample import make_repository
from ghapp.report_json import CommitJson
from tests.installation import commits
from tests.model_server import ModelServer

pytestmark = pytest.mark.system

SECONDS = 30
ANSWER = {
    "types": ["performance"],
    "summary": "Sets the value of a module.",
    "scope": [],
    "insight": None,
    "findings": [],
    "advice": [],
    "importance": None,
    "risk": None,
}


def wait(is_so):
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes(folder):
    """Ids of the processes whose command line names something in `folder`, by their program's or module's name."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(str(folder) in word for word in words):
            # A server's title is one word: its program and its socket.
            name = "keeper" if "ghapp.redis_keeper" in words else Path(words[0].partition(" ")[0]).name
            found.setdefault(name, []).append(int(entry.name))
    return found


class Bench:
    """A clone, a state directory, and a model whose answers wait for leave, each for its commit."""

    def __init__(self, clone, names):
        self.clone, self.names = clone, names
        # A short path: a unix socket's may not be long.
        self.state = Path(tempfile.mkdtemp(prefix="ghapp-"))
        self.folder = self.state / "redis"
        self.leave = [threading.Event() for _ in names]
        self.asked = [threading.Event() for _ in names]
        self.server = ModelServer(self.script)

    def script(self, request):
        position = next((n for n in range(1, len(self.names)) if f"part {n} " in request.text), 0)
        self.asked[position].set()
        assert self.leave[position].wait(SECONDS)
        return ANSWER

    def assess(self, position):
        """Start `ghapp assess` for one commit."""
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "GHAPP_", "REDIS_"))
        }
        model = {
            "OPENAI_BASE_URL": self.server.url,
            "OPENAI_API_KEY": self.server.key,
            "OPENAI_MODEL": self.server.model,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "ghapp", "assess", str(self.clone), self.names[position], "--format", "json"],
            env=own | model | {"GHAPP_STATE_DIR": str(self.state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def is_gone(self):
        return not processes(self.folder)


def outcome(process):
    """The model's part in what a command printed."""
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, err) == (0, b"")
    return CommitJson.model_validate_json(out).model.status


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    path = tmp_path_factory.mktemp("git") / "tool.git"
    return path, make_repository(path, commits(5))


@pytest.fixture
def bench(clone):
    made = Bench(*clone)
    with made.server:
        yield made
        for leave in made.leave:
            leave.set()
        wait(made.is_gone)
    shutil.rmtree(made.state)


def test_the_first_to_end_does_not_take_it_from_the_second(bench):
    first = bench.assess(1)
    bench.asked[1].wait(SECONDS)
    second = bench.assess(2)
    bench.asked[2].wait(SECONDS)
    assert {name: len(ids) for name, ids in processes(bench.folder).items()} == {"keeper": 1, "redis-server": 1}
    bench.leave[1].set()
    assert outcome(first) == "used"
    bench.leave[2].set()
    assert outcome(second) == "used"
    wait(bench.is_gone)
    # Both answers were kept.
    assert [outcome(bench.assess(position)) for position in (1, 2)] == ["cached", "cached"]
    assert bench.server.calls == 2


def test_nor_does_one_that_is_killed(bench):
    first = bench.assess(1)
    bench.asked[1].wait(SECONDS)
    second = bench.assess(2)
    bench.asked[2].wait(SECONDS)
    first.kill()
    first.communicate()
    bench.leave[2].set()
    assert outcome(second) == "used"


def test_the_last_one_that_is_killed_leaves_nothing(bench):
    only = bench.assess(1)
    bench.asked[1].wait(SECONDS)
    only.kill()
    only.communicate()
    wait(bench.is_gone)
    assert not (bench.folder / "redis.sock").exists()


def test_many_that_begin_at_once_share_one(bench):
    positions = range(len(bench.names))
    made = [bench.assess(position) for position in positions]
    # None ends before the last has begun, however slow its start: else that one rightly starts a server of its own.
    assert all(bench.asked[position].wait(SECONDS) for position in positions)
    for leave in bench.leave:
        leave.set()
    assert [outcome(one) for one in made] == ["used"] * len(made)
    assert (bench.folder / "redis.log").read_text(encoding="utf-8").count("Server initialized") == 1


def test_two_of_one_commit_ask_once_or_wait_for_no_answer(bench):
    for leave in bench.leave:
        leave.set()
    made = [bench.assess(3) for _ in range(2)]
    assert {outcome(one) for one in made} <= {"used", "cached", "pending"}
    assert bench.server.calls == 1


def test_one_that_dies_is_started_again_with_what_it_held(bench):
    with redis_server.reached(None, bench.folder) as url, redis_server.connect(url) as connection:
        connection.set("kept", "1")
        time.sleep(2.1)
        (pid,) = processes(bench.folder)["redis-server"]
        os.kill(pid, signal.SIGKILL)
        wait(lambda: processes(bench.folder).get("redis-server", [pid]) != [pid])
        with redis_server.reached(None, bench.folder) as again, redis_server.connect(again) as other:
            assert other.get("kept") == b"1"


def test_nobody_else_may_look_into_the_folders_that_it_makes(bench):
    folder = bench.state / "new" / "redis"
    with redis_server.reached(None, folder):
        modes = [stat.S_IMODE(one.stat().st_mode) for one in (folder.parent, folder)]
    assert modes == [0o700, 0o700]


def test_a_server_that_somebody_started_is_used_and_left(bench):
    own, url = redis_server.start(bench.folder)
    with redis_server.reached(None, bench.folder) as reached:
        assert reached == url
    assert list(processes(bench.folder)) == ["redis-server"]
    with redis_server.connect(url) as connection:
        assert connection.ping()
    own.terminate()
    own.wait()


def test_one_that_commands_keep_stays_for_who_found_it_running(bench):
    script = "import sys, ghapp.redis_server as s; print(s.start(s.Path(sys.argv[1])), flush=True); sys.stdin.read()"
    with redis_server.reached(None, bench.folder) as url:
        found = subprocess.Popen(
            [sys.executable, "-c", script, str(bench.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert found.stdout.readline().decode().strip() == f"(None, '{url}')"
    time.sleep(1)
    with redis_server.connect(url) as connection:
        assert connection.ping()
    found.communicate()


def test_a_server_that_cannot_run_is_said(bench):
    # It cannot write its log.
    (bench.folder / "redis.log").mkdir(parents=True)
    with pytest.raises(redis_server.NoServerError, match=r"did not start: see .*redis\.log"):
        redis_server.start(bench.folder)
    with pytest.raises(redis_server.NoServerError, match="did not start"), redis_server.reached(None, bench.folder):
        pass
