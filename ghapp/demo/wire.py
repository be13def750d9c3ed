"""How answers and faults of the stand-in reach the wire."""

import json
import socket
import struct
import time

from flask import Response, request
from werkzeug.serving import WSGIRequestHandler

from ghapp.demo.answers import Answer, Refused
from ghapp.demo.faults import Fault
from ghapp.demo.world import World


def fail(fault: Fault) -> Response | None:
    """Let a fault befall the request; None when it goes on after a delay."""
    time.sleep(fault.delay)
    if fault.reset:
        cut()
        return Response(status=500)
    if fault.status is None:
        return None
    refused = Refused(fault.status, headers=fault.headers).answer
    return response(Answer(fault.body or refused.body, refused.status, refused.headers))


def cut() -> None:
    """Reset the connection: whatever is written from here on never arrives."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)


def dated(world: World) -> type[WSGIRequestHandler]:
    """What answers for the world's server: its `Date` is the world's, which may not be this machine's."""

    class Dated(WSGIRequestHandler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            now = time.time() if timestamp is None else timestamp
            return super().date_time_string(now + world.behaviour.skew)  # type: ignore[arg-type] - a float will do

    return Dated


def response(answer: Answer) -> Response:
    """An answer as bytes."""
    if answer.body is None or isinstance(answer.body, bytes):
        return Response(answer.body or b"", answer.status, dict(answer.headers))
    text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
    kind = "application/json; charset=utf-8"
    return Response(text.encode("utf-8", "replace"), answer.status, dict(answer.headers), content_type=kind)
