"""`ghapp web`, `ghapp worker` and `ghapp clock` as processes of their own, and what goes on at GitHub meanwhile."""

import subprocess
import sys
import threading
import time
from pathlib import Path

from ghapp import redis_server
from tests.installation import System

#: What every process gets to finish its work, in seconds.
GRACE = 30


class Separate(System):
    """Start with `with`; `credentials` are the variables that a test changes between restarts."""

    NAMES = ("web", "clock", "worker 1", "worker 2")

    def __init__(self, **environ):
        super().__init__(**{"GHAPP_REPAIR_INTERVAL": "3"} | environ)
        self.running, self.statuses = {}, []

    def start(self):
        self.redis, url = redis_server.start(self.folder / "redis")
        self.environ["REDIS_URL"] = url
        for name in self.NAMES:
            self.begin(name)
        self.wait(self.is_ready)

    def begin(self, name):
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "ghapp", name.split()[0]]
            self.running[name] = subprocess.Popen(command, env=self.variables(), stderr=log)

    def end(self, name):
        """SIGTERM to one process, which has its time; its exit status is kept."""
        process = self.running.pop(name)
        process.terminate()
        self.statuses.append((name, process.wait(GRACE)))

    def restart(self, name):
        self.end(name)
        self.begin(name)
        self.wait(self.is_ready)

    def stop(self):
        for name in list(self.running):
            self.end(name)
        self.redis.terminate()
        self.redis.wait()

    def receivers(self):
        """The processes that answer deliveries."""
        web = self.running["web"].pid
        return set(Path(f"/proc/{web}/task/{web}/children").read_text(encoding="ascii").split())

    def is_up(self, name):
        """Whether a worker or the clock hears SIGTERM by now: before, it would simply die of it."""
        status = Path(f"/proc/{self.running[name].pid}/status").read_text(encoding="ascii")
        caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
        return bool(int(caught.split()[1], 16) >> 14 & 1)


class Load:
    """Pushes commits 1, 2, … to a project's branch, and opens a pull request with each fifth, until it is left."""

    def __init__(self, project, most):
        self.project, self.most, self.landed, self.pulls = project, most, 0, []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self._error = None

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        if self._error:
            raise self._error

    def at_least(self, count):
        """Wait until so many more commits have landed."""
        until = self.landed + count
        while self.landed < until and self._thread.is_alive():
            time.sleep(0.02)
        assert self.landed >= until, "the load has ended"

    def _go_on(self):
        try:
            while not self._over.wait(0.15) and self.landed < self.most:
                self.project.push(self.landed + 1)
                self.landed += 1
                if self.landed % 5 == 0:
                    # Of commits that never land.
                    head = self.most + 1 + len(self.pulls)
                    self.pulls.append(self.project.pull(head - 1, head))
        except AssertionError as error:
            self._error = error

    def is_whole(self):
        """Everything that happened stands where it should, once."""
        cards = [comment.number for comment in self.project.comments() if "<!-- ghapp:card" in comment.body]
        return self.project.is_whole(0, self.landed) and sorted(cards) == sorted(self.pulls)
