"""Webhook secrets and private keys are replaced while deliveries arrive: none is refused, nothing is lost."""

import os
import signal

import pytest

from ghapp.demo.app_keys import public_key
from tests.installation import System, commits
from tests.separate import Load, Separate

MOST = 140

pytestmark = pytest.mark.system


def write(path, *lines):
    """As an operator should: readers see the old file or the new one, never a half."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text("\n".join(lines) + "\n", encoding="ascii")
    new.replace(path)


class Files(Separate):
    """Everything secret is in files: no process is restarted."""

    def __init__(self, **environ):
        super().__init__(**environ)
        self.secrets, self.keys = self.folder / "secrets", self.folder / "keys.pem"
        write(self.secrets, self.world.hook.secret)
        write(self.keys, self.stand_in.private_key)
        self.environ |= {
            "WEBHOOK_SECRET": "",
            "WEBHOOK_SECRET_PATH": str(self.secrets),
            "PRIVATE_KEY": "",
            "PRIVATE_KEY_PATH": str(self.keys),
        }

    def reload(self):
        before = self.receivers()
        os.kill(self.running["web"].pid, signal.SIGHUP)
        self.wait(lambda: len(self.receivers()) == 2 and not self.receivers() & before)


def answers(system):
    return [one.status for one in system.world.deliveries]


def refused(system):
    return [one.status_code for one in system.world.deliveries if one.status_code == 401]


def test_a_secret_is_rolled_while_deliveries_arrive_and_not_one_fails():
    with Files() as system:
        project = system.repository("tool", commits(MOST + 40))
        with Load(project, MOST) as load:
            load.at_least(4)
            write(system.secrets, "new secret", system.world.hook.secret)
            system.reload()
            load.at_least(4)
            system.control("/_hook", secret="new secret")
            load.at_least(4)
            write(system.secrets, "new secret")
            system.reload()
            load.at_least(4)
        assert set(answers(system)) == {"OK"}
        system.wait(load.is_whole, 120)


def test_a_key_is_rolled_while_deliveries_arrive_and_no_process_is_restarted():
    with Files(GHAPP_REPAIR_INTERVAL="1") as system:
        old = system.stand_in.private_key
        project = system.repository("tool", commits(MOST + 40))
        with Load(project, MOST) as load:
            load.at_least(4)
            made = system.control("/_keys")
            write(system.keys, old, made["private_key"])
            load.at_least(4)
            # Now the first of the two is refused, and tokens are asked for again.
            system.control("/_keys", "DELETE", fingerprint=public_key(old)[0])
            system.control("/_tokens", "DELETE")
            load.at_least(8)
            write(system.keys, made["private_key"])
            system.control("/_tokens", "DELETE")
            load.at_least(4)
        assert set(answers(system)) == {"OK"}
        system.wait(load.is_whole, 120)
        assert "private key 1 of 2 is refused by GitHub: the next one is tried" in system.logged()
        assert "PRIVATE KEY" not in system.logged()


def test_both_are_rolled_by_restarting_one_process_after_another():
    with Separate() as system:
        old_key, old_secret = system.stand_in.private_key, system.world.hook.secret
        project = system.repository("tool", commits(MOST + 40))
        with Load(project, MOST) as load:
            load.at_least(4)
            made = system.control("/_keys")
            new_key = made["private_key"]
            system.environ |= {"WEBHOOK_SECRET": f"new secret,{old_secret}", "PRIVATE_KEY": new_key + old_key}
            restart_all(system)
            load.at_least(4)
            system.control("/_hook", secret="new secret")
            system.control("/_keys", "DELETE", fingerprint=public_key(old_key)[0])
            load.at_least(4)
            system.environ |= {"WEBHOOK_SECRET": "new secret", "PRIVATE_KEY": new_key}
            restart_all(system)
            load.at_least(4)
        # A receiver that is not there refuses no delivery: GitHub marks it as failed, and it is asked for again.
        assert refused(system) == []
        assert {status for _, status in system.statuses} == {0}
        system.wait(load.is_whole, 120)


def restart_all(system):
    for name in Separate.NAMES:
        if name != "web":
            system.wait(lambda name=name: system.is_up(name))
        system.restart(name)


def test_run_passes_sighup_on_to_its_receiver():
    with System(runs=False) as system:
        secrets = system.folder / "secrets"
        write(secrets, system.world.hook.secret)
        system.environ |= {"WEBHOOK_SECRET": "", "WEBHOOK_SECRET_PATH": str(secrets)}
        system.start()
        project = system.repository("tool", commits(3))
        system.control("/_hook", secret="new secret")
        project.push(1)
        assert answers(system)[-1] == "Invalid HTTP Response: 401"
        write(secrets, "new secret")
        os.kill(system.process.pid, signal.SIGHUP)
        system.wait(lambda: system.logged().count("webhook secrets that are accepted: 1") >= 4)
        system.wait(lambda: project.push(2) and answers(system)[-1] == "OK")
        system.wait(lambda: project.is_whole(1, 2) or project.is_whole(0, 2))
        assert system.stop() == 0
