"""Two private keys at once: the next one signs when GitHub refuses the first, for tokens and for the App itself."""

from dataclasses import replace

import pytest

from ghapp.demo.app_keys import public_key
from ghapp.demo.standin import new_private_key
from ghapp.github import Installation, RefusedError
from ghapp.settings import Credentials
from tests.client import GitHubSide

UNKNOWN = new_private_key()


@pytest.fixture
def side(redis_url, tmp_path):
    # With a key of its own: a process remembers what became of each.
    with GitHubSide(redis_url, tmp_path, new_private_key()) as made:
        yield made


def access(side, *private_keys):
    credentials = Credentials(side.world.app.app_id, private_keys, (b"s",))
    return Installation(
        replace(side.settings, credentials=credentials), credentials, side.connection, side.installation
    )


def refusals(side):
    return [one["path"] for one in side.control("/_requests", "GET")["log"] if one["status"] == 401]


def test_the_second_key_signs_when_the_first_is_refused_and_this_is_said_once(side, caplog):
    with access(side, UNKNOWN, side.stand_in.private_key) as github:
        assert github.get("/installation/repositories")["total_count"] == 0
        assert list(github.pages("/app/hook/deliveries")) == [[]]
        side.control("/_tokens", "DELETE")
        github.get("/installation/repositories")
    assert refusals(side) == [f"/app/installations/{side.installation}/access_tokens", "/installation/repositories"]
    warned = [record.getMessage() for record in caplog.records if record.name == "ghapp.signing"]
    assert warned == ["private key 1 of 2 is refused by GitHub: the next one is tried"]


def test_the_apps_own_requests_are_signed_with_the_other_key_too(side):
    with access(side, UNKNOWN, side.stand_in.private_key) as github:
        assert list(github.pages("/app/hook/deliveries")) == [[]]
    assert refusals(side) == ["/app/hook/deliveries"]


def test_another_access_in_the_same_process_begins_with_the_key_that_was_taken(side):
    for _ in range(2):
        with access(side, UNKNOWN, side.stand_in.private_key) as github:
            list(github.pages("/app/hook/deliveries"))
    assert len(refusals(side)) == 1


def test_a_key_that_is_deleted_while_its_signature_is_kept_gives_way_to_the_next(side):
    made = side.control("/_keys")
    with access(side, side.stand_in.private_key, made["private_key"]) as github:
        github.get("/installation/repositories")
        side.control("/_keys", "DELETE", fingerprint=public_key(side.stand_in.private_key)[0])
        list(github.pages("/app/hook/deliveries"))
        # A token outlives the key that it was asked for with.
        github.get("/installation/repositories")
    assert refusals(side) == ["/app/hook/deliveries"]


def test_a_process_with_the_new_key_alone_does_not_use_what_the_deleted_one_signed(side):
    with access(side, side.stand_in.private_key) as github:
        list(github.pages("/app/hook/deliveries"))
    made = side.control("/_keys")
    side.control("/_keys", "DELETE", fingerprint=public_key(side.stand_in.private_key)[0])
    with access(side, made["private_key"]) as github:
        list(github.pages("/app/hook/deliveries"))
    assert refusals(side) == []


def test_when_every_key_is_refused_the_error_is_githubs(side):
    with access(side, UNKNOWN, new_private_key()) as github, pytest.raises(RefusedError, match="401"):
        github.get("/installation/repositories")
    assert 2 <= len(refusals(side)) <= 4
