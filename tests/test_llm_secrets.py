"""What leaves the model's client beside the request: nothing of the prompt, the answer or the key; and to whom."""

import logging
import threading
import traceback

import pytest

from ghapp import llm_errors as errors
from ghapp.llm import Model
from tests import model_faults as faults
from tests.asking import MESSAGES, SCHEMA, SECRET_TEXT, ask, failure, model_of
from tests.model_server import ModelServer
from tests.model_wire import Reply


@pytest.fixture
def server():
    with ModelServer({"summary": "It works – 好"}) as made:
        yield made


def test_nothing_of_the_prompt_the_answer_or_the_key_is_logged_or_raised(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.refuses = {"json_schema"}
    ask(server)
    quoting = faults.status(400, {"error": {"message": f"bad: {SECRET_TEXT}", "code": SECRET_TEXT}})
    found = [
        failure(server, one) for one in (quoting, Reply("It works, in part", finish_reason="length"), faults.page())
    ]
    traces = "".join("".join(traceback.format_exception(one)) for one in found)
    written = caplog.text + traces + repr(model_of(server)) + "".join(f"{one!r}{one.code}" for one in found)
    assert not any(secret in written for secret in (SECRET_TEXT, "It works", server.key))
    assert [record.levelname for record in caplog.records if record.name == "ghapp.llm"].count("WARNING") >= 1


def test_a_models_text_names_no_secret_of_its_address():
    shown = repr(Model("https://user:password@models.example/v1", "sk-key", "m"))
    assert shown == "Model('m' at models.example)"


@pytest.mark.parametrize(
    ("url", "key"), [("models.example/v1", "k"), ("https://", "k"), ("https://a/v1", "k\n"), ("http://a", "钥")]
)
def test_what_can_never_be_sent_is_refused_at_once(url, key):
    with pytest.raises(ValueError) as caught:
        Model(url, key, "m")
    assert key not in str(caught.value) or key == "k"


def test_only_the_given_key_is_sent(server, monkeypatch):
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-other")
    ask(server)
    assert server.requests[0].headers["authorization"] == f"Bearer {server.key}"
    server.key = None
    ask(server)
    assert "sk-" not in server.requests[1].headers["authorization"]


def test_the_proxy_of_the_environment_is_used(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    assert type(failure(server)) is errors.UnavailableError
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    ask(server)


def test_one_model_answers_several_threads(server):
    model, found = model_of(server), []
    threads = [threading.Thread(target=lambda: found.append(model.ask(MESSAGES, SCHEMA, 50).text)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == server.calls == 4
