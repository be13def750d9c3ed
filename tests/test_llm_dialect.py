"""What servers refuse to understand is done without, once, and remembered."""

import json

import pytest

from ghapp import llm_errors as errors
from tests import model_faults as faults
from tests.asking import MESSAGES, SCHEMA, ask, failure, model_of
from tests.model_server import ModelServer


@pytest.fixture
def server():
    with ModelServer({"summary": "It works – 好"}) as made:
        yield made


@pytest.mark.parametrize(
    ("refused", "mode", "calls"),
    [
        ({"json_schema"}, "json_object", 2),
        ({"json_schema", "json_object"}, "plain", 3),
        ({"response_format"}, "plain", 3),
        ({"stream_options"}, "json_schema", 2),
        ({"max_tokens"}, "json_schema", 2),
        ({"temperature"}, "json_schema", 2),
        ({"temperature", "max_tokens", "stream_options", "response_format"}, "plain", 6),
    ],
)
def test_what_a_server_refuses_is_done_without_and_remembered(server, refused, mode, calls):
    memory = {}
    server.refuses = refused
    first = ask(server, memory=memory)
    assert (first.mode, server.calls) == (mode, calls)
    assert ask(server, memory=memory).mode == mode
    assert server.calls == calls + 1
    assert not refused & set(server.requests[-1].body)
    assert (first.prompt_tokens is None) == ("stream_options" in refused)


@pytest.mark.parametrize("status", [400, 404, 422, 501])
def test_each_status_of_a_refused_parameter_is_understood(server, status):
    server.refuses, server.refusal_status = {"json_schema"}, status
    assert ask(server).mode == "json_object"


def test_a_validator_that_repeats_the_request_is_understood(server):
    detail = [{"type": "extra_forbidden", "loc": ["body", "temperature"], "input": {"stream_options": {}}}]
    server.queue(faults.status(422, {"detail": detail}))
    assert ask(server).mode == "json_schema"
    assert "temperature" not in server.requests[1].body
    assert "stream_options" in server.requests[1].body


def test_a_refusal_inside_a_stream_leaves_nothing_in_the_answer(server):
    server.queue(faults.error_event({"message": "no", "type": "invalid_request_error", "param": "response_format"}))
    answer = ask(server)
    assert (answer.mode, json.loads(answer.text)) == ("json_object", {"summary": "It works – 好"})


def test_one_limit_of_tokens_is_replaced_by_the_other(server):
    server.refuses = {"max_tokens"}
    ask(server)
    assert server.requests[1].body["max_completion_tokens"] == 500
    server.refuses = {"max_tokens", "max_completion_tokens"}
    assert type(failure(server)) is errors.BadRequestError


def test_servers_and_models_are_remembered_apart_and_not_by_name(server):
    memory = {}
    server.refuses = {"json_schema"}
    ask(server, memory=memory)
    with ModelServer() as other:
        assert ask(other, memory=memory).mode == "json_schema"
    assert not any(server.url in f"{key}{value}" for key, value in memory.items())


def test_what_did_not_help_is_not_remembered(server):
    memory = {}
    server.queue(*[faults.status(400, {"error": {"message": "max_tokens is too large: 500"}})] * 2)
    with pytest.raises(errors.BadRequestError):
        ask(server, memory=memory)
    assert memory == {}


def test_success_without_an_answer_is_no_sign_of_understanding(server):
    memory = {}
    server.queue(faults.status(400, {"error": {"message": "no json_schema here"}}), faults.page())
    with pytest.raises(errors.NotJsonError):
        ask(server, memory=memory)
    assert memory == {}


def test_a_memory_of_another_version_is_no_harm(server):
    memory = {}
    server.refuses = {"json_schema"}
    ask(server, memory=memory)
    (key,) = memory
    memory[key] = "response_format unheard_of response_format response_format temperature"
    assert ask(server, memory=memory).mode == "plain"


@pytest.mark.parametrize(("refused", "word"), [({"json_schema"}, "JSON object"), ({"response_format"}, "```json")])
def test_without_schemas_the_system_message_says_the_shape(server, refused, word):
    server.refuses = refused
    ask(server)
    system, user = server.requests[-1].body["messages"]
    assert system["content"].startswith("Be brief.")
    assert word in system["content"]
    assert '"additionalProperties": false' in system["content"]
    assert user == MESSAGES[1]
    model_of(server).ask(MESSAGES[1:], SCHEMA, 500)
    assert [message["role"] for message in server.requests[-1].body["messages"]] == ["system", "user"]
