"""The whole system for tests: a stand-in GitHub in this process, `ghapp run` with its children in others."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from ghapp.clone import Clone
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.demo.standin import StandIn
from tests.app_key import KEY

ROW = re.compile(r"^\| [^|]+ \|.*?/commit/([0-9a-f]{40})\)", re.MULTILINE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def commits(count, files=2):
    """`count` commits on one branch, each changing `files` source files."""
    made = [SampleCommit("Begin", {"README.md": "# Begin\n"})]
    for number in range(1, count):
        changed = {f"src/module_{n}.py": f"VALUE = {number}\n" for n in range(files)}
        made.append(
            SampleCommit(f"Fix crash in part {number} (#{1000 + number})", changed, author=f"Author {number % 5}")
        )
    return made


#: Histories are used, as they are by default.
HISTORY = {"GHAPP_HISTORY_MEGABYTES": "1024"}
CLOSED = {"Connection": "close"}


class System:
    """Start with `with`; each test adds a repository of its own. Unless it `runs`, only the stand-in does at first."""

    def __init__(self, *, prefix="", runs=True, **environ):
        self.runs = runs
        self.folder = Path(tempfile.mkdtemp(prefix="ghapp-"))
        self.port = free_port()
        self.stand_in = StandIn(f"http://127.0.0.1:{self.port}/webhook", private_key=KEY, prefix=prefix)
        self.world = self.stand_in.world
        self.environ = environ
        # Plain HTTP on loopback: no certificates to load.
        self.client = httpx.Client(timeout=30, verify=False)  # noqa: S501 - see above
        self.process = None

    def __enter__(self):
        self.url = self.stand_in.start()
        if self.runs:
            self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.client.close()
        self.stand_in.stop()
        shutil.rmtree(self.folder)

    def variables(self):
        """The environment of every process of ours."""
        environ = os.environ | {
            "APP_ID": str(self.world.app.app_id),
            "PRIVATE_KEY": self.stand_in.private_key,
            "WEBHOOK_SECRET": self.world.hook.secret,
            "GITHUB_API_URL": self.world.api_url,
            "GHAPP_HOST": "127.0.0.1",
            "PORT": str(self.port),
            "GHAPP_STATE_DIR": str(self.folder),
            "GHAPP_RENDER_DELAY": "0.3",
            "GHAPP_RENDER_INTERVAL": "1",
            "GHAPP_WRITES_PER_SECOND": "50",
            "GHAPP_WRITES_PER_HOUR": "100000",
            # Only where a test is about it: it costs requests that others count.
            "GHAPP_REPAIR_INTERVAL": "0",
            # So is this: each repository's first card would clone it.
            "GHAPP_HISTORY_MEGABYTES": "0",
        }
        environ.pop("REDIS_URL", None)
        return environ | self.environ

    def start(self):
        self.log = (self.folder / "log").open("ab")
        command = [sys.executable, "-m", "ghapp", "run"]
        self.process = subprocess.Popen(command, env=self.variables(), stderr=self.log)
        self.wait(self.is_ready)

    def command(self, *arguments):
        """What a `ghapp` command of this installation did; its processes may run or not."""
        done = [sys.executable, "-m", "ghapp", *arguments]
        return subprocess.run(done, check=False, env=self.variables(), capture_output=True, text=True, timeout=180)

    def stop(self):
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(40)
        self.process = None
        self.log.close()
        return status

    def is_ready(self):
        try:
            # A connection that stays open would be waited for, for two seconds, by a receiver that is stopped.
            return self.client.get(f"http://127.0.0.1:{self.port}/readyz", headers=CLOSED).status_code == 200
        except httpx.TransportError:
            return False

    def wait(self, condition, seconds=60):
        """Until `condition()` is true; its value."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s; the log ends:\n" + self.logged()[-3000:])

    def logged(self):
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def control(self, path, method="POST", /, **body):
        answer = self.client.request(method, self.url + path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def requests(self):
        return self.client.get(self.url + "/_requests").json()

    def reset_requests(self):
        self.client.delete(self.url + "/_requests")

    def processes(self, name):
        """Ids of the children of `ghapp run` whose command line holds `name`."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if int(parent) == self.process.pid and name in words:
                found.append(int(folder.name))
        return found

    def repository(self, name, made, start=0, owner="acme"):
        return Project(self, name, made, start, owner)


def _is_digest(issue):
    return issue.pull is None and not issue.gone


class Project:
    """One repository: its branch begins at commit `start` of those made."""

    def __init__(self, system, name, made, start=0, owner="acme"):
        self.system, self.full_name = system, f"{owner}/{name}"
        path = system.folder / f"{name}.git"
        self.names = make_repository(path, made)
        self.clone, self.ranges = Clone(path), {}
        self.there = system.world.add_repository(self.full_name, path)
        self.push(start, deliver=False)

    def push(self, position, **more):
        body = {"repository": self.full_name, "branch": "main", "head_sha": self.names[position], **more}
        return self.system.control("/_push", **body)

    def push_name(self, name, **more):
        """Push a commit that was made afterwards."""
        self.system.control("/_push", repository=self.full_name, branch="main", head_sha=name, **more)

    def merge_of(self, first, second):
        """A merge of two commits with the first one's files."""
        git = ["git", f"--git-dir={self.clone.path}", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        made = [*git, "commit-tree", f"{first}^{{tree}}", "-p", first, "-p", second, "-m", "Merge the other side"]
        return subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()

    def pull(self, base, head, **more):
        body = {"repository": self.full_name, "base_sha": self.names[base], "head_sha": self.names[head], **more}
        return self.system.control("/_pull", **body)["number"]

    def merge(self, number, position, **more):
        body = {"repository": self.full_name, "number": number, "merge_commit_sha": self.names[position], **more}
        return self.system.control("/_merge", **body)

    def digests(self):
        return [issue.latest for issue in self.there.issues.values() if _is_digest(issue.latest)]

    def comments(self):
        return [comment.latest for comment in self.there.comments.values()]

    def listed(self):
        """Names in the table of the digest, newest first, over all its pages."""
        bodies = [digest.body for digest in self.digests()] + [
            c.body for c in self.comments() if "ghapp:digest" in c.body
        ]
        return [name for body in bodies for name in ROW.findall(body)]

    def expected(self, base, head):
        """What git says, asked once: this is polled."""
        if (base, head) not in self.ranges:
            self.ranges[base, head] = self.clone.first_parents(self.names[base], self.names[head])[::-1]
        return self.ranges[base, head]

    def is_whole(self, base, head):
        """The digest lists exactly the range, each commit once, all of them analysed."""
        bodies = " ".join(digest.body or "" for digest in self.digests())
        return self.listed() == self.expected(base, head) and (", 0 pending" in bodies or "待分析 0" in bodies)
