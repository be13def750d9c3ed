"""Dockerfile, compose.yaml, Procfile and docs/deploying.md say what is true of each other and of the program."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

HOUSE = Path(__file__).parent.parent
PARTS = {"web", "worker", "clock"}
DOCKERFILE = (HOUSE / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((HOUSE / "compose.yaml").read_text(encoding="utf-8"))
GUIDE = (HOUSE / "docs" / "deploying.md").read_text(encoding="utf-8")
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (HOUSE / "ghapp").glob("settings*.py"))
#: Variables of Python, TLS and proxies that are none of ours.
OTHERS = {"SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}


def commands_of_procfile():
    lines = (HOUSE / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ") for line in lines)


def instructions(name):
    """The arguments of each such instruction of the Dockerfile, its continued lines joined."""
    text = DOCKERFILE.replace("\\\n", " ")
    return [line.split(None, 1)[1].strip() for line in text.splitlines() if line.split(None, 1)[:1] == [name]]


def test_compose_runs_what_the_procfile_does():
    entry = json.loads(instructions("ENTRYPOINT")[0])
    run = {name: " ".join(entry + one["command"]) for name, one in COMPOSE["services"].items() if name in PARTS}
    assert run == commands_of_procfile()
    assert set(run) == PARTS


@pytest.mark.parametrize("part", sorted(PARTS))
def test_each_command_is_one_of_ours(part):
    done = subprocess.run([sys.executable, "-m", "ghapp", part, "--help"], capture_output=True, check=False)
    assert done.returncode == 0


def test_what_the_image_copies_is_there_and_not_ignored():
    patterns = (HOUSE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in patterns if line.startswith("!")}
    copied = {word for line in instructions("COPY") if "--from" not in line for word in line.split()[:-1]}
    assert copied == let_in
    assert {name for name in copied if not (HOUSE / name).exists()} == set()
    assert patterns[1] == "*"


def test_the_image_is_nobodys_in_particular_and_stops_when_it_is_told():
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instructions("USER")[0])
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    # In brackets: a shell in between would keep signals to itself.
    for name in ("ENTRYPOINT", "CMD"):
        assert all(isinstance(json.loads(line), list) for line in instructions(name))
    assert json.loads(instructions("HEALTHCHECK")[0].split("CMD", 1)[1])[:2] == ["python", "-c"]
    assert all("--require-hashes" in line for line in instructions("RUN") if "-r requirements" in line)
    assert instructions("FROM") == ["python:3.12-slim AS build", "python:3.12-slim"]


def test_the_health_check_is_right(tmp_path):
    """It succeeds while /healthz answers 200, and not otherwise."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    command = json.loads(instructions("HEALTHCHECK")[0].split("CMD", 1)[1])[1:]
    found = []
    for status in (200, 503):  # noqa: B007 - read by the class above
        environ = {"PORT": str(server.server_port)}
        done = subprocess.run([sys.executable, *command], env=environ, capture_output=True, check=False)
        found.append(done.returncode)
    server.shutdown()
    server.server_close()
    assert found == [0, 1]


def test_redis_keeps_its_data_and_evicts_none():
    redis = COMPOSE["services"]["redis"]
    options = " ".join(redis["command"])
    assert "--appendonly yes" in options
    assert "--maxmemory-policy noeviction" in options
    assert redis["volumes"] == ["redis:/data"]
    assert "redis" in COMPOSE["volumes"]
    assert redis["healthcheck"]["test"]


def test_every_part_waits_for_redis_has_its_time_and_holds_no_secret():
    for name in PARTS:
        one = COMPOSE["services"][name]
        assert one["depends_on"]["redis"]["condition"] == "service_healthy"
        assert int(one["stop_grace_period"].removesuffix("s")) >= 30
        assert one["restart"] == "unless-stopped"
        assert one["env_file"] == ".env"
        assert set(one["environment"]) <= {"REDIS_URL", "PRIVATE_KEY_PATH", "WEBHOOK_SECRET_PATH", "PORT"}
    assert COMPOSE["services"]["web"]["ports"]
    ignored = (HOUSE / ".gitignore").read_text(encoding="utf-8").split()
    assert {".env", "secrets/", "*.pem"} <= set(ignored)


def test_variables_that_are_named_exist():
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z_]+\b", GUIDE))
    named |= {name for part in PARTS for name in COMPOSE["services"][part]["environment"]}
    unknown = {name for name in named - OTHERS if f'"{name}"' not in SOURCES}
    assert unknown == set()


def manifest():
    found = re.search(r"```yaml\n(apiVersion.*?)```", GUIDE, re.DOTALL)
    return [one for one in yaml.safe_load_all(found[1]) if one]


def test_the_kubernetes_manifest_runs_the_three_parts():
    deployments = {one["metadata"]["name"]: one["spec"] for one in manifest() if one["kind"] == "Deployment"}
    assert set(deployments) == {f"ghapp-{part}" for part in PARTS}
    for name, spec in deployments.items():
        pod = spec["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] >= 30
        assert pod["containers"][0]["args"] == [name.removeprefix("ghapp-")]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    web = deployments["ghapp-web"]["template"]["spec"]["containers"][0]
    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_links_in_the_guide_lead_somewhere():
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", GUIDE):
        assert (HOUSE / "docs" / target).exists(), target
