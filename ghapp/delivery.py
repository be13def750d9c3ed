"""A webhook delivery: authentic and parsed, or refused."""

import hmac
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

GUID = re.compile(r"[0-9A-Za-z-]{1,64}")


class Headers(Protocol):
    """Case-insensitive headers, as a WSGI server gives them."""

    def get(self, key: str, /) -> str | None:
        """The value of one header, None when it was not sent."""
        ...


class NotAuthenticError(Exception):
    """The signature is missing or does not fit the body."""


class MalformedError(Exception):
    """The headers or the body are not what GitHub sends."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery whose signature was right.

    Attributes:
        guid: `X-GitHub-Delivery`; a redelivery keeps it.
        event: GitHub's own string, for example `pull_request`. Not an enum: GitHub adds events.
        action: The payload's `action`, or None for events that have none.
        payload: The parsed JSON object.
    """

    guid: str
    event: str
    action: str | None
    payload: dict[str, Any]

    @classmethod
    def from_http(cls, headers: Headers, body: bytes, secrets: tuple[bytes, ...]) -> "Delivery":
        """Authenticate the raw bytes, then parse them.

        Args:
            headers: The request's headers.
            body: The body exactly as received.
            secrets: Any one of them may have signed; must not be empty.

        Raises:
            NotAuthenticError: No `X-Hub-Signature-256`, or it fits none of the secrets.
            MalformedError: Not JSON, not an object, or a header is missing.
        """
        if not is_authentic(secrets, body, headers.get("X-Hub-Signature-256")):
            raise NotAuthenticError
        guid, event = headers.get("X-GitHub-Delivery") or "", headers.get("X-GitHub-Event") or ""
        if not GUID.fullmatch(guid) or not event:
            raise MalformedError("X-GitHub-Delivery or X-GitHub-Event is missing")
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise MalformedError("the body is not JSON: set the webhook's content type to application/json") from error
        if not isinstance(payload, dict):
            raise MalformedError("the body is not a JSON object")
        action = payload.get("action")
        return cls(guid, event, action if isinstance(action, str) else None, payload)


def is_authentic(secrets: tuple[bytes, ...], body: bytes, signature: str | None) -> bool:
    """Whether `signature` (`sha256=<hex>`) is the HMAC of `body` under one of `secrets`.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    given = (signature or "").encode("latin-1", "replace")
    # All secrets are tried, so that the time taken does not tell which one fitted.
    fits = [hmac.compare_digest(b"sha256=" + hmac.digest(s, body, "sha256").hex().encode(), given) for s in secrets]
    return any(fits)
