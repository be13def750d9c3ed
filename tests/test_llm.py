"""The model's client against a server that misbehaves in every known way: each has its one outcome."""

import json
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from ghapp import llm_errors as errors
from ghapp.llm import Model, ModelLimits
from tests import model_faults as faults
from tests.asking import MESSAGES, SCHEMA, ask, failure
from tests.model_server import ModelServer
from tests.model_wire import Reply

#: Wide enough for a busy machine, but apart from each other.
QUICK = ModelLimits(connect=5, first_token=0.6, idle=0.3, total=1.5)
WHOLE = '{"summary": "whole"}'


@pytest.fixture
def server():
    with ModelServer({"summary": "It works – 好"}) as made:
        yield made


def test_an_answer_is_streamed_counted_and_shaped_by_the_schema(server):
    answer = ask(server)
    assert json.loads(answer.text) == {"summary": "It works – 好"}
    assert (answer.finish_reason, answer.model, answer.mode) == ("stop", "test-model", "json_schema")
    assert answer.prompt_tokens == server.prompt_tokens
    assert answer.completion_tokens > 0
    body = server.requests[0].body
    assert body["stream"] is True
    assert body["response_format"]["json_schema"] == {"name": "Answer", "strict": True, "schema": SCHEMA}
    assert (body["max_tokens"], body["temperature"], body["messages"]) == (500, 0, MESSAGES)


def test_the_script_sees_what_was_asked(server):
    server.script = lambda request: {"summary": request.text[:8]}
    assert json.loads(ask(server).text) == {"summary": "Be brief"}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param(Reply(WHOLE, usage=False), WHOLE, id="no usage"),
        pytest.param(Reply(WHOLE, done=False), WHOLE, id="no mark at the end"),
        pytest.param(Reply(WHOLE, pieces=10_000), WHOLE, id="one huge token"),
        pytest.param(Reply(WHOLE, pause=0.05, pieces=4), WHOLE, id="very slow"),
        pytest.param(Reply(WHOLE, reasoning='{"summary": "no"}'), WHOLE, id="reasoning"),
        pytest.param(Reply("this is not JSON"), "this is not JSON", id="text that is not JSON"),
        pytest.param({"another": "shape"}, '{"another": "shape"}', id="JSON of another shape"),
        pytest.param(f"Here:\n```json\n{WHOLE}\n```\nDone", f"Here:\n```json\n{WHOLE}\n```\nDone", id="prose"),
        pytest.param(faults.unstreamed(Reply(WHOLE)), WHOLE, id="not streamed"),
        pytest.param(faults.reset_after_finish, WHOLE, id="broken after the end"),
        pytest.param(faults.stall_after_finish(9), WHOLE, id="held open after the end"),
    ],
)
def test_what_can_be_read_is_returned_as_it_is(server, answer, text):
    server.queue(answer)
    began = time.monotonic()
    assert ask(server).text == text
    assert time.monotonic() - began < 6


def test_tokens_that_are_not_counted_are_unknown(server):
    server.queue(Reply(WHOLE, usage=False))
    answer = ask(server)
    assert (answer.prompt_tokens, answer.completion_tokens) == (None, None)


def test_content_in_parts_is_their_text(server):
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": WHOLE}]
    event = {
        "choices": [{"index": 0, "delta": {"content": parts}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": "x"},
    }
    server.queue(faults.raw(b"data: " + json.dumps(event).encode() + b"\n\n"))
    answer = ask(server)
    assert (answer.text, answer.prompt_tokens) == (WHOLE, None)


def test_halves_of_characters_become_whole_or_marked(server):
    pieces = [b'{"choices": [{"delta": {"content": "%s"}}]}' % half for half in (rb"\ud83d", rb"\ude00", rb" \ud83d")]
    server.queue(faults.raw(*(b"data: " + piece + b"\n\n" for piece in pieces), faults.FINISH))
    assert ask(server).text == "😀 �"


REFUSALS = [
    (faults.status(401), errors.UnauthorizedError, None),
    (faults.status(403), errors.UnauthorizedError, None),
    (faults.status(402), errors.UnauthorizedError, None),
    (faults.status(404, {"error": "model 'x' not found, try pulling it first"}), errors.NoSuchModelError, None),
    (faults.status(400, {"error": {"message": "x is not a valid model ID"}}), errors.NoSuchModelError, None),
    (
        faults.status(400, {"error": {"message": "This model's maximum context length is 8"}}),
        errors.BadRequestError,
        None,
    ),
    (faults.status(400, {"error": {"message": "Invalid model name passed in"}}), errors.NoSuchModelError, None),
    (faults.status(404, b"404 page not found", "text/plain"), errors.BadRequestError, None),
    (faults.status(400), errors.BadRequestError, None),
    (faults.status(413, b"<h1>Too large</h1>", "text/html"), errors.BadRequestError, None),
    (faults.status(307, Location="http://127.0.0.1:1/elsewhere"), errors.BadRequestError, None),
    (faults.status(429), errors.RateLimitedError, None),
    (faults.status(429, Retry_After="7"), errors.RateLimitedError, 7),
    (faults.status(429, Retry_After="soon"), errors.RateLimitedError, None),
    (faults.status(500), errors.UnavailableError, None),
    (faults.status(502, b"<h1>Bad gateway</h1>", "text/html"), errors.UnavailableError, None),
    (faults.status(503, Retry_After="30"), errors.UnavailableError, 30),
    (faults.status(529), errors.UnavailableError, None),
    (faults.status(408), errors.UnavailableError, None),
    (faults.reset_before, errors.UnavailableError, None),
    (faults.reset_in_headers, errors.UnavailableError, None),
    (faults.reset_in_error, errors.UnavailableError, None),
    (faults.error_event({"message": "Overloaded", "code": 502}), errors.UnavailableError, None),
    (faults.error_event({"message": "Slow down", "type": "rate_limit_exceeded"}), errors.RateLimitedError, None),
    (faults.error_event({"message": "Too long", "code": "context_length_exceeded"}), errors.BadRequestError, None),
]


@pytest.mark.parametrize(("answer", "kind", "seconds"), REFUSALS)
def test_a_refusal_has_one_outcome_after_one_request(server, answer, kind, seconds):
    found = failure(server, answer)
    assert type(found) is kind
    assert found.seconds == seconds
    assert server.calls == 1


def test_a_date_in_retry_after_is_seconds_from_now(server):
    found = failure(server, faults.limited_until(datetime.now(UTC) + timedelta(seconds=90)))
    assert 80 <= found.seconds <= 90
    assert failure(server, faults.limited_until(datetime.now(UTC) - timedelta(days=1))).seconds == 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply('{"summary": "it stops in mid', finish_reason="length"), errors.TruncatedError),
        (Reply(None, finish_reason="length"), errors.TruncatedError),
        (faults.endless, errors.TruncatedError),
        (Reply(None, finish_reason="content_filter"), errors.FilteredError),
        (Reply("par", finish_reason="content_filter"), errors.FilteredError),
        (Reply(None, refusal="I cannot help with that."), errors.DeclinedError),
        (faults.unstreamed(Reply(None, refusal="I cannot.")), errors.DeclinedError),
        (Reply(""), errors.EmptyError),
        (Reply(" \n"), errors.EmptyError),
        (Reply(None, reasoning="only thoughts"), errors.EmptyError),
        (faults.unstreamed(Reply(None)), errors.EmptyError),
        (faults.no_choices, errors.EmptyError),
        (Reply('{"summary": "no e', finish_reason=None, done=False), errors.CutError),
        (Reply(WHOLE, finish_reason=None), errors.CutError),
        (faults.reset_midway, errors.CutError),
        (faults.raw(), errors.CutError),
        (Reply(WHOLE, finish_reason="error"), errors.UnavailableError),
        (faults.page(), errors.NotJsonError),
        (faults.raw(b"hello\n\n", kind="text/plain"), errors.NotJsonError),
        (faults.status(200, b"{not json", "application/json"), errors.NotJsonError),
        (faults.status(200, {"result": "ok"}), errors.NotJsonError),
        (faults.status(200, b"no gzip", "text/event-stream", Content_Encoding="gzip"), errors.NotJsonError),
        (faults.status(200, b"no gzip", Content_Encoding="gzip"), errors.NotJsonError),
        (faults.status(200, ["a", "list"]), errors.NotJsonError),
        (faults.raw(b"data: {not json\n\n"), errors.NotJsonError),
        (faults.raw(b"data: " + b"[" * 200_000 + b"\n\n"), errors.NotJsonError),
        (faults.raw(b'data: {"result": 1}\n\ndata: [1]\n\ndata: null\n\ndata: "x"\n\n'), errors.NotJsonError),
        (faults.raw(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n'), errors.NotJsonError),
        (faults.raw(b'data: {"choices": "none"}\n\ndata: {"choices": {"a": 1}}\n\n'), errors.NotJsonError),
        (faults.raw(b'data: {"choices": [7]}\n\ndata: {"choices": [null]}\n\n'), errors.EmptyError),
        (faults.raw(b'data: {"choices": [{"delta": 7, "finish_reason": 7}], "usage": 7}\n\n'), errors.CutError),
    ],
)
def test_an_answer_that_is_not_whole_has_one_outcome(server, answer, kind):
    assert type(failure(server, answer)) is kind
    assert server.calls == 1


def test_what_a_lost_answer_cost_is_known_where_it_was_said(server):
    found = failure(server, Reply('{"summary": "it stops', finish_reason="length"))
    assert found.usage.prompt_tokens == server.prompt_tokens
    assert found.usage.completion_tokens > 0
    assert failure(server, faults.reset_midway).usage == errors.Usage()


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        (faults.stall_before(5), "first_token"),
        (faults.stall_with_comments(5), "first_token"),
        (faults.stall_midway(5), "idle"),
        (faults.dribble(5), "total"),
    ],
)
def test_each_time_limit_holds_by_itself(server, answer, limit):
    began = time.monotonic()
    found = failure(server, answer, limits=QUICK)
    took = time.monotonic() - began
    assert (type(found), found.limit, str(found)) == (errors.ModelTimeoutError, limit, f"timeout: {limit}")
    assert getattr(QUICK, limit) <= took < 3


def test_reasoning_keeps_an_answer_alive(server):
    server.queue(Reply(WHOLE, reasoning="x" * 60, pause=0.1, pieces=10))
    assert ask(server, QUICK).text == WHOLE


def test_a_host_that_does_not_answer_reaches_the_limit_of_connecting():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        # The queue of who wants to connect is full.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        with pytest.raises(errors.ModelTimeoutError) as caught:
            Model(f"http://127.0.0.1:{port}/v1", None, "m", ModelLimits(connect=0.3)).ask(MESSAGES, SCHEMA, 5)
        for one in waiting:
            one.close()
    assert caught.value.limit == "connect"


def test_nobody_listening_is_unavailable():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(errors.UnavailableError):
            Model(f"http://127.0.0.1:{unused.getsockname()[1]}/v1", "k", "m").ask(MESSAGES, SCHEMA, 5)


def test_the_wrong_key_name_or_path_are_told_apart(server):
    assert type(failure(server, api_key="sk-other")) is errors.UnauthorizedError
    assert failure(server, api_key="sk-other").code == "invalid_api_key"
    assert type(failure(server, name="gpt-0")) is errors.NoSuchModelError
    assert type(failure(server, base_url=server.url.removesuffix("/v1"))) is errors.BadRequestError


LASTING = {"unauthorized", "no-such-model", "bad-request", "no-room"}


def test_every_outcome_has_its_own_reason():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ModelError)]
    reasons = [kind.reason for kind in kinds]
    assert len(set(reasons)) == len(kinds) == 14
    assert {kind.reason for kind in kinds if kind.lasting} == LASTING
