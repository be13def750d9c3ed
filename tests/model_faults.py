"""Ways in which a model's server misbehaves; each is an answer for `ModelServer.queue` or its script."""

from email.utils import format_datetime

from tests.model_wire import Reply, writes

#: The event that ends an answer.
FINISH = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'


def status(number, body=None, kind="application/json", **headers):
    """An error, or any other response in one piece."""
    found = {"error": {"message": "Something is wrong.", "code": "some_code"}} if body is None else body
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return writes(lambda wire: wire.answer(number, found, kind, headers))


def limited_until(moment):
    """429 with a date."""
    return status(429, Retry_After=format_datetime(moment, usegmt=True))


def page():
    """A web page that says 200."""
    return status(200, b"<!doctype html><title>Sign in</title><p>data: none</p>", "text/html; charset=utf-8")


def unstreamed(reply):
    """A whole completion, although a stream was asked for."""
    return writes(lambda wire: wire.answer(200, wire.completion(reply)))


def raw(*parts, kind="text/event-stream"):
    """A stream of these bytes."""

    @writes
    def write(wire):
        wire.begin(kind=kind)
        for part in parts:
            wire.send(part)
        wire.end()

    return write


@writes
def reset_before(wire):
    """The connection breaks instead of an answer."""
    wire.reset()


@writes
def reset_in_headers(wire):
    """The connection breaks after the head."""
    wire.begin()
    wire.reset()


@writes
def reset_midway(wire):
    """The connection breaks in the middle of the answer."""
    wire.begin()
    wire.chunk({"content": '{"summ'})
    wire.wait(0.05)
    wire.reset()


@writes
def reset_in_error(wire):
    """The connection breaks in the body of an error."""
    wire.begin(500, "application/json")
    wire.send(b'{"error": {')
    wire.wait(0.05)
    wire.reset()


@writes
def reset_after_finish(wire):
    """The connection breaks when the answer is whole."""
    wire.begin()
    wire.chunk({"content": '{"summary": "whole"}'}, "stop")
    wire.wait(0.05)
    wire.reset()


def stall_before(seconds):
    """Nothing at all for a time."""

    @writes
    def write(wire):
        wire.wait(seconds)
        wire.reply(Reply())

    return write


def stall_with_comments(seconds):
    """What keeps connections open, and no token, for a time."""

    @writes
    def write(wire):
        wire.begin()
        wire.chunk({"role": "assistant", "content": ""})
        for _ in range(int(seconds * 50)):
            wire.send(b": still here\n\n")
            wire.wait(0.02)
        wire.reset()

    return write


def stall_midway(seconds):
    """Two tokens, then nothing for a time."""

    @writes
    def write(wire):
        wire.begin()
        wire.chunk({"content": '{"a": '})
        wire.chunk({"content": "1"})
        wire.wait(seconds)
        wire.reset()

    return write


def stall_after_finish(seconds):
    """Everything but the end of the response."""

    @writes
    def write(wire):
        wire.begin()
        wire.chunk({"content": '{"summary": "whole"}'}, "stop")
        wire.wait(seconds)
        wire.end()

    return write


def dribble(seconds):
    """A token now and then, for a time."""

    @writes
    def write(wire):
        wire.begin()
        for _ in range(int(seconds * 50)):
            wire.chunk({"content": " "})
            wire.wait(0.02)
        wire.reset()

    return write


@writes
def no_choices(wire):
    """A proper stream of chunks that hold no choice."""
    wire.begin()
    for _ in range(3):
        wire.event({"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []})
    wire.done()
    wire.end()


@writes
def endless(wire):
    """More text than the tokens that were allowed can hold."""
    wire.begin()
    for _ in range(200):
        wire.chunk({"content": "x" * 50_000})
    wire.end()


def error_event(error):
    """A stream that has begun and then tells an error."""

    @writes
    def write(wire):
        wire.begin()
        wire.chunk({"content": "half of "})
        wire.event({"error": error})
        wire.end()

    return write
