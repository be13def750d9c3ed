"""Sends signed deliveries as GitHub does, and remembers each attempt."""

import hashlib
import hmac
import json
import ssl
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from ghapp.demo.records import Delivery
from ghapp.demo.repository import Repository
from ghapp.demo.world import World

#: GitHub gives a receiver so many seconds.
TIMEOUT = 10.0
_CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Sending:
    """How a delivery goes out.

    Attributes:
        times: 1 as usual; more: the same delivery again; 0: never sent and never recorded.
        lost: Recorded as failed, but nothing arrives: what a receiver that is down looks like from GitHub.
    """

    times: int = 1
    lost: bool = False

    @classmethod
    def read(cls, value: Any) -> "Sending":
        """From a control request: true, false, a number of times, or "lost"."""
        if value == "lost":
            return cls(lost=True)
        return cls(times=int(value))


def send(world: World, event: str, payload: dict[str, Any], one: Repository | None, sending: Sending) -> list[Delivery]:
    """Deliver an event to the hook and wait for its answer.

    Nothing is sent without a hook, nor about a repository that the App is not installed on, nor while it is suspended,
    nor when the installation has not accepted the event.
    """
    return deliver(world, event, payload, one, sending) if _concerns(world, event, payload) else []


def _concerns(world: World, event: str, payload: dict[str, Any]) -> bool:
    if "repository" not in payload:
        return True  # about the installation itself
    found = world.installations.get((payload.get("installation") or {}).get("id", 0))
    return found is not None and found.suspended_at is None and event in found.events


def deliver(
    world: World, event: str, payload: dict[str, Any], one: Repository | None, sending: Sending
) -> list[Delivery]:
    """Deliver an event whatever it is; without a hook nothing happens."""
    if world.hook.url is None:
        return []
    guid = str(uuid4())
    return [_attempt(world, event, payload, one, (guid, sending.lost)) for _ in range(sending.times)]


def redeliver(world: World, delivery: Delivery) -> None:
    """Send a delivery again under its GUID, in the background, as GitHub does."""
    one = world.repositories.get(delivery.repository_id or 0)
    arguments = (world, delivery.event, delivery.payload, one, (delivery.guid, False))
    threading.Thread(target=_attempt, args=arguments, kwargs={"redelivery": True}, daemon=True).start()


def signature(secret: str, raw: bytes, algorithm: str = "sha256") -> str:
    """Value of the signature header."""
    return f"{algorithm}=" + hmac.new(secret.encode(), raw, algorithm).hexdigest()


def _attempt(
    world: World,
    event: str,
    payload: dict[str, Any],
    one: Repository | None,
    how: tuple[str, bool],
    *,
    redelivery: bool = False,
) -> Delivery:
    guid, lost = how
    raw = _body(world, payload)
    headers = _headers(world, event, guid, raw)
    started, when = time.monotonic(), world.now()
    status, status_code, answer = ("timed out", 0, "") if lost else _post(world.hook.url or "", raw, headers)
    delivery = Delivery(
        delivery_id=world.new_id(),
        guid=guid,
        event=event,
        action=payload.get("action"),
        installation_id=(payload.get("installation") or {}).get("id"),
        repository_id=one.repository_id if one else None,
        delivered_at=when,
        duration=round(time.monotonic() - started, 3),
        status=status,
        status_code=status_code,
        headers=headers,
        payload=payload,
        answer=answer,
        redelivery=redelivery,
    )
    with world.lock:
        world.deliveries.append(delivery)
    return delivery


def _body(world: World, payload: dict[str, Any]) -> bytes:
    text = json.dumps(payload, separators=(",", ":"))
    return (urlencode({"payload": text}) if world.hook.content_type == "form" else text).encode()


def _post(url: str, raw: bytes, headers: dict[str, str]) -> tuple[str, int, str]:
    try:
        answer = httpx.post(url, content=raw, headers=headers, timeout=TIMEOUT, trust_env=False, verify=_tls())
    except httpx.TimeoutException:
        return "timed out", 0, ""
    except httpx.TransportError:
        return "failed to connect to host", 0, ""
    status = "OK" if answer.is_success else f"Invalid HTTP Response: {answer.status_code}"
    return status, answer.status_code, answer.text[:1000]


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    # Made once: it takes longer than a delivery.
    return ssl.create_default_context()


def _headers(world: World, event: str, guid: str, raw: bytes) -> dict[str, str]:
    target = str(world.app.app_id)
    return {
        "Accept": "*/*",
        "Content-Type": _CONTENT_TYPES[world.hook.content_type],
        "User-Agent": f"GitHub-Hookshot/{hashlib.sha256(target.encode()).hexdigest()[:7]}",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": "1",
        "X-GitHub-Hook-Installation-Target-ID": target,
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature": signature(world.hook.secret, raw, "sha1"),
        "X-Hub-Signature-256": signature(world.hook.secret, raw),
    }
