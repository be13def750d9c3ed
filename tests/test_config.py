from dataclasses import replace

import httpx
import pytest

from ghapp import reads
from ghapp.config import PATH, Config, config_from, read_config
from ghapp.demo.sample import SampleCommit
from ghapp.settings import Settings
from ghapp.store import Store
from tests.client import GitHubSide

DEFAULTS = Settings(None, language="zh-CN", timezone="Asia/Tokyo")


def test_without_a_file_the_operator_s_choices_hold():
    for text in ("", "\n", "# nothing\n", "{}"):
        assert config_from(text, DEFAULTS) == Config("zh-CN", "Asia/Tokyo")


def test_what_is_chosen_holds():
    text = "language: en\ntimezone: Europe/Berlin\ndrafts: true\n"
    assert config_from(text, DEFAULTS) == Config("en", "Europe/Berlin", drafts=True)
    assert config_from("drafts: true", DEFAULTS) == Config("zh-CN", "Asia/Tokyo", drafts=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("langauge: en", "langauge: no such key (allowed: language"),
        ("language: en\nlanguage2: de", "language2: no such key"),
        ("language: de", "language: "),
        ("language: [en]", "language: "),
        ("timezone: Moon/Base", "IANA"),
        ("timezone: ../../etc/passwd", "IANA"),
        ("timezone: ''", "IANA"),
        ('timezone: "a\\0b"', "IANA"),
        ("timezone: " + "x" * 5000, "IANA"),
        ("timezone: 1", "timezone: "),
        ("drafts: 'yes'", "drafts: "),
        ("drafts: 1", "drafts: "),
        ("1: 2", "1: "),
        ("- a", "the file: "),
        ("text", "the file: "),
        ("language: en\n  bad: [", "not YAML, line 2"),
        ("a: *unknown", "not YAML"),
        ("!!python/object/apply:os.system ['true']", "not YAML"),
        ("a: &a [*a]", "no such key"),
        ("\0", "not YAML"),
        ("a: b\n---\nc: d\n", "not YAML"),
        ("timezone: 2026-13-45", "not YAML"),
        ("a: !!bool x", "not YAML"),
        ("a: !!timestamp x", "not YAML"),
        ("a: 0b_", "not YAML"),
        ("a: " + "9" * 6_000, "not YAML"),
        ("[" * 30_000, "not YAML"),
        ("#" * 70_000, "over 65536 characters"),
    ],
)
def test_a_fault_is_named_and_nothing_of_the_file_holds(text, said):
    found = config_from(text, DEFAULTS)
    assert said in " ".join(found.faults)
    assert replace(found, faults=()) == Config("zh-CN", "Asia/Tokyo")
    assert all(len(fault) < 300 for fault in found.faults)


def test_a_file_with_a_fault_is_not_obeyed_by_half():
    found = config_from("language: en\ndrafts: true\ntimezone: Moon/Base\n", DEFAULTS)
    assert replace(found, faults=()) == Config("zh-CN", "Asia/Tokyo")


def test_at_most_ten_faults_are_named():
    assert len(config_from("".join(f"key{n}: 1\n" for n in range(50)), DEFAULTS).faults) == 10


@pytest.fixture(scope="module")
def side(redis_url, tmp_path_factory):
    with GitHubSide(redis_url, tmp_path_factory.mktemp("served")) as made:
        yield made


def read(side, served):
    """The configuration, and how many requests it took."""
    before = side.client.requests
    found = read_config(side.client, Store(side.connection), side.settings, reads.repository(side.client, served.id))
    return found, side.client.requests - before - 1


def test_it_is_read_once_in_half_a_minute_and_again_when_forgotten(side):
    served = side.serve("own", [SampleCommit("Begin", {PATH: "language: zh-CN\n"})])
    assert read(side, served) == (Config("zh-CN", "UTC"), 1)
    assert read(side, served) == (Config("zh-CN", "UTC"), 0)
    side.control("/_contents", repository=served.full_name, path=PATH, text="language: en\n")
    Store(side.connection).forget_config(served.id)
    assert read(side, served) == (Config("en", "UTC"), 1)


def test_what_did_not_change_is_not_sent_again(side):
    served = side.serve("same", [SampleCommit("Begin", {PATH: "drafts: true\n"})])
    store = Store(side.connection)
    read(side, served)
    store.put_config(served.id, {**store.config(served.id), "read_at": "0"})
    assert read(side, served) == (Config("en", "UTC", drafts=True), 1)
    logged = httpx.get(side.url + "/_requests").json()["log"]
    assert [row["status"] for row in logged if "contents" in row["path"]][-1] == 304


def test_without_a_file_that_is_remembered_too(side):
    served = side.serve("none", [SampleCommit("Begin", {"a": "1\n"})])
    assert read(side, served) == (Config("en", "UTC"), 2)
    assert read(side, served) == (Config("en", "UTC"), 0)


def test_the_owner_s_file_holds_where_a_repository_has_none(side):
    served = side.serve("one-of-many", [SampleCommit("Begin", {"a": "1\n"})])
    shared = side.serve(".github", [SampleCommit("Begin", {PATH: "timezone: Europe/Berlin\n"})])
    assert read(side, served)[0] == Config("en", "Europe/Berlin")
    assert read(side, shared) == (Config("en", "Europe/Berlin"), 1)


def test_a_file_that_is_not_text(side):
    served = side.serve("bytes", [SampleCommit("Begin", {"a": "1\n"})])
    served.there.contents[PATH] = b"language: \xff\xfe\n"
    found, _ = read(side, served)
    assert found.faults
    assert found.language == "en"
