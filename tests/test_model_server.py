"""The tests' model server is as strict as real ones, and answers without streaming too."""

import httpx
import pytest

from tests.model_server import ModelServer


@pytest.fixture
def server():
    with ModelServer({"summary": "It works – 好"}) as made:
        yield made


@pytest.mark.parametrize(
    "change",
    [
        {"unheard_of": 1},
        {"messages": []},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": 7}]},
        {"messages": [{"role": "user", "content": "x", "unheard_of": 1}]},
        {"temperature": "hot"},
        {"response_format": {"type": "yaml"}},
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}},
        {"max_completion_tokens": 1, "max_tokens": 1},
    ],
)
def test_the_server_for_tests_refuses_what_strict_servers_refuse(server, change):
    body = {"model": server.model, "messages": [{"role": "user", "content": "x"}], **change}
    answer = httpx.post(f"{server.url}/chat/completions", json=body, headers={"Authorization": f"Bearer {server.key}"})
    assert answer.status_code == 400, answer.text


def test_the_server_for_tests_answers_in_one_piece_too(server):
    headers = {"Authorization": f"Bearer {server.key}"}
    body = {"model": server.model, "messages": [{"role": "user", "content": "x"}]}
    answer = httpx.post(f"{server.url}/chat/completions", json=body, headers=headers).json()
    assert answer["choices"][0]["message"]["content"].startswith("{")
    assert httpx.get(f"{server.url}/models", headers=headers).json()["data"][0]["id"] == server.model
