"""`ghapp run` and `ghapp setup` without credentials: the link, what others see of it, and going live."""

import re
import stat
from pathlib import Path

import httpx
import pytest

from ghapp.setup import link
from ghapp.stored import store
from tests.setup_visit import NewSystem

pytestmark = pytest.mark.system

LINK = re.compile(r"http://localhost:(\d+)/setup\?token=([\w-]+)")


@pytest.fixture(scope="module")
def system():
    with NewSystem() as one:
        yield one


def seen_of(pid):
    """Command line and environment of a process, as its user can see them."""
    folder = Path(f"/proc/{pid}")
    return (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()


def test_from_the_printed_link_to_a_system_that_is_live(system):
    port, token = LINK.search(system.logged()).groups()
    assert (int(port), len(token) >= 43) == (system.port, True)
    web = system.processes("gunicorn")
    assert web
    assert not system.processes("ghapp worker")
    is_known_to_nobody_else(system, token)
    lets_one_in(system, token)

    app = system.world.app
    values = {"APP_ID": str(app.app_id), "PRIVATE_KEY": system.stand_in.private_key, "WEBHOOK_SECRET": "s3cret"}
    store(system.folder, values)
    system.wait(lambda: len(system.processes("ghapp worker")) == 2 and system.processes("ghapp clock"))
    # The same process answers, with what is stored.
    assert system.processes("gunicorn") == web
    system.wait(lambda: answer_to_a_delivery(system) == 401)
    assert system.client.get(f"{address(system)}/setup?token={token}").status_code == 404
    for pid in (*web, *system.processes("ghapp worker")):
        assert not any(one in seen_of(pid) for one in (b"s3cret", b"PRIVATE KEY", token.encode()))
    assert (system.logged().count(token), "s3cret" in system.logged()) == (1, False)
    said = system.command("setup")
    assert (said.returncode, "set up already" in said.stderr) == (1, True)
    is_live_when_started_again(system)


def address(system):
    return f"http://127.0.0.1:{system.port}"


def answer_to_a_delivery(system):
    return system.client.post(f"{address(system)}/webhook", json={}).status_code


def is_known_to_nobody_else(system, token):
    """The token: in the terminal and in a file of ours alone, not in what other users see of processes."""
    assert stat.S_IMODE(link.link_path(system.folder).stat().st_mode) == 0o600
    for pid in (*system.processes("gunicorn"), system.process.pid):
        assert token.encode() not in seen_of(pid)
    said = system.command("setup")
    assert (said.returncode, said.stdout.strip()) == (0, LINK.search(system.logged())[0])


def lets_one_in(system, token):
    """Of those who come with the link, over all processes of the receiver, the first one."""
    assert answer_to_a_delivery(system) == 503
    with httpx.Client(verify=False) as other:  # noqa: S501 - HTTP
        visitors = (other, system.client, other)
        answers = [one.get(f"{address(system)}/setup?token={token}").status_code for one in visitors]
    assert answers == [303, 403, 403]
    said = system.command("setup")
    assert (said.returncode, "The link was used" in said.stderr) == (1, True)


def is_live_when_started_again(system):
    """From the beginning, without a link."""
    system.stop()
    (system.folder / "log").unlink()
    system.start()
    system.wait(lambda: len(system.processes("ghapp worker")) == 2)
    assert not LINK.search(system.logged())
    assert answer_to_a_delivery(system) == 401


def test_without_a_server_set_up_says_how_to_start_it(tmp_path):
    one = NewSystem(GHAPP_STATE_DIR=str(tmp_path))
    one.url = "http://127.0.0.1:1"
    try:
        said = one.command("setup")
    finally:
        one.client.close()
    assert said.returncode == 1
    assert "start `ghapp run`" in said.stderr


def test_an_unused_link_is_void_when_the_server_ends():
    with NewSystem() as one:
        assert link.link_path(one.folder).exists()
        assert one.stop() == 0
        assert not link.link_path(one.folder).exists()
