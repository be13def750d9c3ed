"""The receiver: authenticate, look up, mark as due, answer. Nothing here talks to GitHub or a worker."""

import logging
from collections.abc import Callable

import redis
from flask import Flask, Response, jsonify, request

from ghapp.admin.pages import admin_pages
from ghapp.delivery import Delivery, MalformedError, NotAuthenticError
from ghapp.events import Ignored, effect, whose
from ghapp.jobqueue import JobQueue
from ghapp.pages import TEMPLATES, visitor_pages
from ghapp.roll import Roll
from ghapp.settings import Credentials

#: GitHub sends nothing larger. https://docs.github.com/en/webhooks/webhook-events-and-payloads
MAX_BODY_BYTES = 25 * 1024 * 1024

log = logging.getLogger("ghapp.web")


def create_app(
    credentials: Credentials | None,
    jobs: JobQueue,
    serves: Callable[[str], bool] = lambda _account: True,
    admin_token: str = "",
) -> Flask:
    """The WSGI application. Without credentials (set-up mode) `/webhook` answers 503.

    Args:
        credentials: The App's.
        jobs: Where due keys are marked.
        serves: Whether an account (a login) is served; what comes of another one is ignored, and counted.
        admin_token: What opens `/admin`; "": there is no such page.
    """
    app = Flask("ghapp.web", static_folder=None, template_folder=str(TEMPLATES))
    roll = Roll(jobs.connection)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.post("/webhook")
    def webhook() -> tuple[Response, int]:  # pyright: ignore[reportUnusedFunction] - registered
        if credentials is None:
            return _answer(503, "unavailable", "the App is not set up yet")
        return _received(credentials, jobs, roll, serves)

    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:  # pyright: ignore[reportUnusedFunction] - registered
        return _answer(200, "ok")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:  # pyright: ignore[reportUnusedFunction] - registered
        jobs.connection.ping()
        return _answer(200, "ok")

    if admin_token:
        app.register_blueprint(admin_pages(admin_token, jobs.connection))
    app.register_blueprint(visitor_pages(is_set_up=credentials is not None))
    app.register_error_handler(redis.RedisError, _unreachable)
    app.register_error_handler(413, lambda _error: _answer(413, "refused", "the body is over 25 MB"))
    return app


def _received(
    credentials: Credentials, jobs: JobQueue, roll: Roll, serves: Callable[[str], bool]
) -> tuple[Response, int]:
    body = request.get_data(cache=False)
    try:
        delivery = Delivery.from_http(request.headers, body, credentials.webhook_secrets)
    except NotAuthenticError:
        log.warning("delivery %.64r refused: wrong or missing signature", request.headers.get("X-GitHub-Delivery"))
        return _answer(401, "refused", "X-Hub-Signature-256 is missing or wrong")
    except MalformedError as error:
        return _answer(400, "refused", str(error))
    due = effect(delivery)
    if isinstance(due, Ignored):
        return _answer(200, "ignored", due.reason)
    installation, accounts = whose(delivery)
    if accounts and not any(map(serves, accounts)):
        roll.refuse(installation, accounts[0])
        return _answer(200, "ignored", "its account is not in GHAPP_ALLOWED_ACCOUNTS")
    if due.stops:
        roll.stop(due.stops)
    if not jobs.mark(due.key, due.installation, guid=delivery.guid, hint=due.hint):
        return _answer(200, "duplicate", "this delivery was received before")
    log.info("delivery %s: %s.%s marks %s", delivery.guid, delivery.event, delivery.action, due.key)
    return _answer(202, "queued", due.key)


def _unreachable(error: Exception) -> tuple[Response, int]:
    """GitHub marks the delivery as failed, and the redelivery sweep asks for it again."""
    log.error("Redis is unreachable: %s", type(error).__name__)
    return _answer(503, "unavailable", "the queue is unreachable")


def _answer(status: int, outcome: str, reason: str = "") -> tuple[Response, int]:
    return jsonify({"status": outcome, "reason": reason} if reason else {"status": outcome}), status
