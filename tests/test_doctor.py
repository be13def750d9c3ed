"""`ghapp doctor` on a real installation, in health and with faults planted where operators plant them."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import click
import pytest

from ghapp import keys, redis_server
from ghapp.demo.standin import new_private_key
from ghapp.doctor.check import as_text, failure, good
from ghapp.jobqueue import JobQueue
from ghapp.redis_process import server_path
from ghapp.repair_state import RepairState
from tests.golden import check_golden
from tests.installation import HISTORY, System, commits, free_port
from tests.model_server import ModelServer

pytestmark = pytest.mark.system

PASSWORD, MODEL_KEY, ANOTHER = "correct-horse-battery", "sk-not-for-your-eyes", "0123456789fedcba"
SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "doctor.schema.json").read_text(encoding="utf-8"))
HOUR = 3600


class Findings:
    """What one run of the doctor said."""

    def __init__(self, done):
        assert done.stderr == ""
        self.status, self.rows = done.returncode, json.loads(done.stdout)
        for row in self.rows:
            assert sorted(row) == sorted(SCHEMA["items"]["required"])
            assert row["status"] in SCHEMA["items"]["properties"]["status"]["enum"]
            assert re.match(SCHEMA["items"]["properties"]["check"]["pattern"], row["check"])
            assert (row["fix"] == "") == (row["status"] == "ok")
        assert self.status == any(row["status"] == "fail" for row in self.rows)

    def of(self, check):
        return {row["name"]: row for row in self.rows if row["check"] == check}

    def has(self, status, check, name, *words):
        row = self.of(check).get(name)
        assert row, f"no {check} about {name}: {self.of(check)}"
        assert row["status"] == status, row
        assert all(word in row["fix"] for word in words), row


class Ward:
    """One installation; each scenario plants faults in it, has the doctor look, and takes them away."""

    def __init__(self, system, project):
        self.system, self.project, self.secret = system, project, system.world.hook.secret
        self.redis = redis_server.connect(f"unix://{system.folder}/redis/redis.sock")

    def variables(self, **environ):
        """The server's environment with some variables changed; None: unset."""
        values = self.system.variables() | {"NO_PROXY": "", "no_proxy": ""} | environ
        return {name: value for name, value in values.items() if value is not None}

    def start(self, *arguments, **environ):
        command = [sys.executable, "-m", "ghapp", "doctor", *arguments]
        return subprocess.Popen(
            command, env=self.variables(**environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def finished(self, process):
        out, err = process.communicate(timeout=60)
        self.assert_no_secret(out + err)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def examined(self, **environ):
        return Findings(self.finished(self.start("--json", **environ)))

    def assert_no_secret(self, text):
        key = [line for line in self.system.stand_in.private_key.splitlines() if not line.startswith("-")]
        for secret in (self.secret, ANOTHER, PASSWORD, MODEL_KEY, *key):
            assert secret not in text
            assert secret[: len(secret) // 2] not in text


@pytest.fixture(scope="module")
def ward():
    with System(GHAPP_WORKERS="1", **HISTORY) as system:
        project = system.repository("tool", commits(8), 1)
        made = Ward(system, project)
        project.push(2)
        system.wait(lambda: project.is_whole(1, 2) and made.redis.zcard(keys.LEASES) == 0)
        yield made
        made.redis.close()


@pytest.fixture(scope="module")
def silence(ward):
    """A run in which nothing answers, in the background; it waits most of its time."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port, took = deaf.getsockname()[1], []
        began = time.monotonic()
        process = ward.start(
            "--json",
            GITHUB_API_URL=f"http://127.0.0.1:{port}",
            REDIS_URL=f"redis://127.0.0.1:{port}",
            OPENAI_MODEL="m",
            OPENAI_BASE_URL=f"http://127.0.0.1:{port}/v1",
        )
        watch = threading.Thread(target=lambda: (process.wait(), took.append(time.monotonic() - began)))
        watch.start()
        yield process, watch, took
        # Where the test that waits for it was not chosen.
        process.kill()
        process.communicate()
        watch.join()


@pytest.fixture(scope="module")
def healthy(ward, silence):
    return ward.finished(ward.start())


# --- in health ---------------------------------------------------------------------------------------------


def test_a_healthy_installation_is_said_to_be_one(ward, healthy):
    assert healthy.returncode == 0, healthy.stdout
    text = healthy.stdout.replace(str(ward.system.folder), "FOLDER").replace(str(ward.system.port), "PORT")
    text = re.sub(r"(redis\.version +)\S+", r"\g<1>VERSION", re.sub(r"\d+ MB", "1 MB", text))
    # On a busy machine something may just be due.
    text = re.sub(r"\d+ s late", "none waits", re.sub(r"\d+ keys due, \d+ jobs wait", "0 keys due, 0 jobs wait", text))
    check_golden("doctor.txt", text)


def test_people_are_told_what_to_do_on_the_next_line_in_colours_that_a_terminal_shows():
    shown = as_text([good("redis.version", "6.2.14"), failure("app.events", "push", "Subscribe.")])
    assert "\x1b[31mfail" in shown
    assert "\x1b[32mok" in shown
    assert click.unstyle(shown).splitlines() == [
        "ok    redis.version  6.2.14",
        "fail  app.events     push",
        "      Subscribe.",
        "1 ok, 0 warnings, 1 failures",
    ]


# --- what the environment says -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def misspelt(ward):
    return ward.examined(
        PORT="eighty",
        GHAPP_TIMEZONE="Moon/Base",
        REDIS_URL=f"http://:{PASSWORD}@somewhere",
        OPENAI_API_KEY=MODEL_KEY,
        GHAPP_RENDR_DELAY="5",
        GHAPP_DRY_RUN="1",
        GHAPP_PROMPT_TOKENS="9000",
    )


@pytest.mark.parametrize(
    ("status", "check", "name", "words"),
    [
        ("fail", "settings.values", "PORT", "set it to a number from 0 to 65535"),
        ("fail", "settings.values", "GHAPP_TIMEZONE", "set it to an IANA name"),
        ("fail", "settings.values", "REDIS_URL", "must begin with redis://"),
        ("fail", "settings.values", "OPENAI_MODEL", "name the model"),
        ("warn", "settings.unknown", "GHAPP_RENDR_DELAY", "write GHAPP_RENDER_DELAY"),
        ("warn", "settings.dry-run", "GHAPP_DRY_RUN", "unset it"),
    ],
)
def test_each_wrong_variable_has_its_line(misspelt, status, check, name, words):
    misspelt.has(status, check, name, words)


def test_what_does_not_depend_on_a_wrong_variable_is_looked_at_all_the_same(misspelt):
    misspelt.has("ok", "app.identity", "APP_ID, PRIVATE_KEY")
    misspelt.has("ok", "hook.url", "webhook URL")
    assert not misspelt.of("redis.reachable")
    assert not misspelt.of("model.answers")
    assert list(misspelt.of("settings.unknown")) == ["GHAPP_RENDR_DELAY"]


def test_some_credentials_but_not_all(ward):
    # The secret was given to the variable of the number: it is not repeated.
    found = ward.examined(APP_ID=ward.secret, WEBHOOK_SECRET=None)
    found.has("fail", "settings.values", "APP_ID", "number on the App's settings page")
    found.has("fail", "settings.values", "WEBHOOK_SECRET", "set the App's secret")
    found.has("ok", "api.reachable", "GITHUB_API_URL")


def test_no_credentials_at_all(ward):
    found = ward.examined(APP_ID=None, PRIVATE_KEY=None, WEBHOOK_SECRET=None)
    found.has("fail", "settings.credentials", "APP_ID, PRIVATE_KEY, WEBHOOK_SECRET", "Set all three", "503")
    found.has("ok", "api.reachable", "GITHUB_API_URL")
    found.has("ok", "redis.reachable", "REDIS_URL")


# --- the way to GitHub -------------------------------------------------------------------------------------


def test_a_private_key_that_is_cut_off_and_a_state_directory_that_is_a_file(ward, tmp_path):
    (tmp_path / "state").write_text("", encoding="utf-8")
    lines = ward.system.stand_in.private_key.splitlines()
    key = "\n".join([lines[0], *lines[2:]])
    found = ward.examined(PRIVATE_KEY=key, GHAPP_STATE_DIR=str(tmp_path / "state"))
    found.has("fail", "app.key", "PRIVATE_KEY", "no RSA private key", "Generate a new one")
    found.has("fail", "state.directory", "GHAPP_STATE_DIR", "is no directory")
    found.has("fail", "redis.reachable", "REDIS_URL", "start `ghapp run`")


def test_another_apps_key_and_a_state_directory_that_others_may_read(ward, tmp_path):
    tmp_path.chmod(0o755)
    found = ward.examined(PRIVATE_KEY=new_private_key(), GHAPP_STATE_DIR=str(tmp_path))
    found.has("fail", "app.identity", "PRIVATE_KEY", "belongs to another App than APP_ID")
    found.has("warn", "state.directory", "GHAPP_STATE_DIR", f"chmod 700 {tmp_path}")


def test_another_apps_number(ward):
    ward.examined(APP_ID="12").has("fail", "app.identity", "APP_ID", "set it to the App ID")


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A Redis that asks for a password, without TLS; its port."""
    port = free_port()
    options = ["--port", str(port), "--requirepass", PASSWORD, "--save", "", "--daemonize", "no"]
    with subprocess.Popen(
        [server_path(), *options], stdout=subprocess.DEVNULL, cwd=tmp_path_factory.mktemp("redis")
    ) as process:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.02)
        yield port
        process.terminate()


@pytest.fixture(scope="module")
def model():
    with ModelServer({"ok": True}, key=MODEL_KEY) as server:
        yield server


def test_nothing_listens_at_any_address(ward):
    nobody = f"127.0.0.1:{free_port()}"
    found = ward.examined(
        GITHUB_API_URL=f"http://{nobody}",
        REDIS_URL=f"redis://:{PASSWORD}@{nobody}",
        OPENAI_MODEL="m",
        OPENAI_BASE_URL=f"http://{nobody}/v1",
    )
    found.has("fail", "api.reachable", "GITHUB_API_URL", "No connection to 127.0.0.1", "HTTPS_PROXY")
    found.has("fail", "redis.reachable", "REDIS_URL", f"{nobody} refuses connections", "start Redis")
    found.has("fail", "model.answers", "OPENAI_BASE_URL", "no connection could be made")


def test_an_address_that_is_no_api_a_wrong_password_and_a_wrong_key(ward, locked, model):
    found = ward.examined(
        GITHUB_API_URL=f"http://127.0.0.1:{ward.system.port}",
        REDIS_URL=f"redis://:wrong-{PASSWORD[::-1]}@127.0.0.1:{locked}",
        OPENAI_MODEL=model.model,
        OPENAI_BASE_URL=model.url,
        OPENAI_API_KEY="sk-wrong",
    )
    found.has("fail", "api.reachable", "GITHUB_API_URL", "not as GitHub's API", "https://<host>/api/v3")
    found.has("fail", "redis.reachable", "REDIS_URL", "refuses the user or password")
    found.has("fail", "model.answers", "OPENAI_API_KEY", "look at OPENAI_API_KEY")


def test_tls_where_none_is_spoken_no_password_and_a_model_that_the_server_has_not(ward, locked, model):
    port = ward.system.url.rpartition(":")[2]
    found = ward.examined(
        GITHUB_API_URL=f"https://127.0.0.1:{port}",
        REDIS_URL=f"rediss://:{PASSWORD}@127.0.0.1:{locked}",
        OPENAI_MODEL=model.model,
        GHAPP_MODEL_HIGH="another",
        OPENAI_BASE_URL=model.url,
        OPENAI_API_KEY=MODEL_KEY,
    )
    found.has("fail", "api.reachable", "GITHUB_API_URL", "https or http")
    found.has("fail", "redis.reachable", "REDIS_URL", "or not (redis://)")
    found.has("ok", "model.answers", "OPENAI_MODEL")
    found.has("fail", "model.answers", "GHAPP_MODEL_HIGH", "no model of that name")


def test_a_host_without_an_address_and_a_redis_that_wants_a_password(ward, locked):
    found = ward.examined(GITHUB_API_URL="http://github.invalid", REDIS_URL=f"redis://127.0.0.1:{locked}")
    found.has("fail", "api.reachable", "GITHUB_API_URL", "github.invalid has no address")
    found.has("fail", "redis.reachable", "REDIS_URL", "refuses the user or password")


def test_a_clock_that_is_so_wrong_that_github_refuses_us(ward):
    ward.system.control("/_behaviour", skew=-90)
    found = ward.examined()
    ward.system.control("/_behaviour", skew=0)
    found.has("fail", "api.clock", "clock", " s ahead of GitHub's", "NTP")
    found.has("fail", "app.identity", "clock", "set this machine's clock")


def test_a_version_of_the_api_that_github_no_longer_speaks(ward):
    body = {"message": "The API version 2022-11-28 is not supported."}
    ward.system.control("/_faults", route="GET /app", status=400, body=body)
    ward.examined().has("fail", "api.version", "X-GitHub-Api-Version 2022-11-28", "update ghapp")


def test_who_is_served_is_not_who_has_the_app(ward):
    found = ward.examined(GHAPP_ALLOWED_ACCOUNTS="umbrella,zeta")
    found.has("warn", "installations.served", "acme", "add it to GHAPP_ALLOWED_ACCOUNTS")
    found.has("warn", "installations.served", "umbrella", "the App is not installed there")
    found = ward.examined(GHAPP_ALLOWED_ACCOUNTS="Acme")
    found.has("ok", "installations.served", "GHAPP_ALLOWED_ACCOUNTS")


def test_a_proxy_a_clock_somewhat_wrong_a_hook_on_loopback_and_an_app_that_is_installed_nowhere(ward):
    world = ward.system.world
    kept, world.installations, deliveries, world.deliveries = world.installations, {}, world.deliveries, []
    ward.system.control("/_behaviour", skew=30)
    # Through a proxy, GitHub is not on this machine.
    found = ward.examined(GITHUB_API_URL="http://github.example", HTTP_PROXY=ward.system.url)
    world.installations, world.deliveries = kept, deliveries
    ward.system.control("/_behaviour", skew=0)
    found.has("warn", "api.clock", "clock", " s behind GitHub's")
    found.has("fail", "hook.url", "webhook URL", "GitHub cannot reach 127.0.0.1")
    found.has("fail", "installations.present", "installation", "/installations/new")
    found.has("warn", "hook.deliveries", "webhook", "whether Active is ticked")


# --- everything that can go wrong behind the scenes, at once ---------------------------------------------------


@pytest.fixture(scope="module")
def sick(ward, healthy):
    system, redis = ward.system, ward.redis
    with contextlib.ExitStack() as undo:
        plant_app(ward, undo)
        plant_hook(ward, undo)
        plant_redis(redis, undo)
        plant_processes(system, redis, undo)
        plant_work(redis, undo)
        found = ward.examined()
    system.wait(lambda: list(redis.scan_iter(f"{keys.CLOCK}*")) and system.processes("ghapp worker"))
    ward.project.push(4)
    system.wait(lambda: redis.zcard(keys.LEASES) == 0 and redis.llen("rq:queue:ghapp") == 0)
    return found, ward.examined()


def plant_app(ward, undo):
    """The App may too little and too much; of two installations one lags behind, and one is suspended."""
    system, world = ward.system, ward.system.world
    app, behaviour = world.app, world.behaviour
    undo.callback(setattr, world, "app", app)
    more = {"permissions": app.permissions | {"issues": "read", "checks": "write"}}
    events = [*(event for event in app.events if event != "push"), "star"]
    system.control("/_app", **more, events=events)
    (acme,) = [one for one in world.installations.values() if one.account == "acme"]
    undo.callback(setattr, acme, "permissions", acme.permissions)
    undo.callback(setattr, acme, "events", acme.events)
    acme.permissions, acme.events = {**app.permissions, "pull_requests": "read"}, ["pull_request", "push"]
    other = world.install("zeta")
    undo.callback(world.installations.pop, other.installation_id)
    other.suspended_at = world.now()
    undo.callback(setattr, behaviour, "primary", behaviour.primary)
    behaviour.primary = 1


def plant_hook(ward, undo):
    """The secret differs, and so does all else."""
    world = ward.system.world
    undo.callback(setattr, world, "hook", world.hook)
    ward.system.control("/_hook", url=world.hook.url, secret=ANOTHER)
    (answer,) = ward.project.push(3)["deliveries"]
    assert answer["status_code"] == 401
    url = world.hook.url.replace("/webhook", "/hooks")
    ward.system.control("/_hook", url=url, content_type="form", insecure_ssl="1", secret=ANOTHER)


def plant_redis(redis, undo):
    values = {"maxmemory-policy": "allkeys-lru", "appendonly": "no", "save": ""}
    for name in values:
        undo.callback(redis.config_set, name, redis.config_get(name)[name])
    for name, value in values.items():
        redis.config_set(name, value)
    undo.callback(redis.config_set, "maxmemory", 0)
    redis.config_set("maxmemory", int(redis.info("memory")["used_memory"] * 1.12))


def plant_processes(system, redis, undo):
    """The clock stands still, and who would start another worker, too."""
    (clock,), (worker,) = system.processes("ghapp clock"), system.processes("ghapp worker")
    for pid in (system.process.pid, clock):
        os.kill(pid, signal.SIGSTOP)
        undo.callback(os.kill, pid, signal.SIGCONT)
    os.kill(worker, signal.SIGKILL)
    # As if ten seconds had passed.
    redis.delete(*redis.scan_iter(f"{keys.CLOCK}*"))


def plant_work(redis, undo):
    """A key that is due for an hour and failed, one that was given up, and an installation that GitHub refuses."""
    JobQueue(redis).mark("card:999:1", 998)
    redis.zadd(f"{keys.LINE}3:998", {"card:999:1": time.time() - HOUR}, xx=True)
    redis.hset(f"{keys.DUE}card:999:1", "failures", 5)
    RepairState(redis).give_up("card:999:2", "the repository is gone")
    redis.zadd(keys.LIMITED, {"997": time.time() + HOUR})
    undo.callback(redis.zrem, keys.LIMITED, "997")
    undo.callback(redis.delete, f"{keys.LINE}3:998", f"{keys.DUE}card:999:1", f"{keys.GIVEN_UP}card:999:2")


@pytest.mark.parametrize(
    ("status", "check", "name", "words"),
    [
        ("fail", "app.permissions", "issues: write", "Permissions & events"),
        ("warn", "app.permissions", "checks: write", "More than is needed"),
        ("fail", "app.events", "push", "subscribe to it"),
        ("warn", "app.events", "star", "unsubscribe from it"),
        ("fail", "installations.accepted", "acme pull_requests: write", "/settings/installations/"),
        ("fail", "installations.accepted", "acme issue_comment", "has not accepted it"),
        ("warn", "installations.suspended", "zeta", "unsuspend it at http"),
        ("warn", "installations.served", "GHAPP_ALLOWED_ACCOUNTS", "installed on 2 accounts"),
        ("warn", "limits.requests", "acme", "0 of 1 requests are left"),
        ("fail", "hook.url", "webhook URL", "must end in /webhook"),
        ("fail", "hook.content-type", "webhook content type", "set it to application/json"),
        ("warn", "hook.ssl", "webhook SSL verification", "enable it"),
        ("fail", "hook.deliveries", "WEBHOOK_SECRET", "1 of the last 2 deliveries were answered 401"),
        ("fail", "redis.policy", "maxmemory-policy", "CONFIG SET maxmemory-policy noeviction"),
        ("warn", "redis.persistence", "appendonly", "set appendonly yes"),
        ("warn", "redis.memory", "maxmemory", "give Redis more"),
        ("fail", "processes.clock", "ghapp clock", "Start `ghapp clock`"),
        ("fail", "processes.workers", "ghapp worker", "Start `ghapp worker`"),
        ("warn", "limits.refused", "installation 997", "it goes on by itself"),
        ("fail", "queue.oldest", "due keys", "card:999:1 is due for 36"),
        ("warn", "queue.failing", "card:999:1", "failed 5 times"),
        ("warn", "queue.given-up", "card:999:2", "the repository is gone. When that is mended: ghapp catch-up"),
    ],
)
def test_each_fault_behind_the_scenes_has_its_line(sick, status, check, name, words):
    sick[0].has(status, check, name, words)


def test_once_all_is_mended_only_the_refused_delivery_is_remembered(sick):
    found = sick[1]
    assert [row["check"] for row in found.rows if row["status"] != "ok"] == ["hook.deliveries"]
    found.has("warn", "hook.deliveries", "WEBHOOK_SECRET", "1 of the last 3", "Newer ones arrived")


# --- when nothing answers ----------------------------------------------------------------------------------


def test_when_nothing_answers_it_is_said_within_half_a_minute(ward, silence):
    process, watch, took = silence
    found = Findings(ward.finished(process))
    watch.join()
    assert took[0] < 30
    found.has("fail", "api.reachable", "GITHUB_API_URL", "does not answer within 10 s")
    found.has("fail", "redis.reachable", "REDIS_URL", "does not answer")
    assert found.of("model.answers")["OPENAI_MODEL"]["status"] == "warn"
