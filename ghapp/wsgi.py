"""What gunicorn loads: the receiver with its real parts."""

import logging
import os
from collections.abc import Mapping

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from ghapp.garbage import collect_rarely
from ghapp.jobqueue import JobQueue
from ghapp.logs import set_up_logs
from ghapp.redis_server import connect
from ghapp.settings import Settings, settings_from
from ghapp.stored import with_stored
from ghapp.web import create_app

#: A delivery is answered 503 within two seconds when Redis does not answer.
REDIS_SECONDS = 1.5

log = logging.getLogger("ghapp.wsgi")


def application() -> Flask:
    """The WSGI application, made by each of gunicorn's workers: after SIGHUP by new ones, which read files again.

    Raises:
        SettingsError: The environment, or what is stored, is wrong.
    """
    return receiver(*parts(os.environ))


def parts(environ: Mapping[str, str]) -> tuple[Settings, JobQueue]:
    """What the receiver works with.

    Raises:
        SettingsError: The environment, or what is stored, is wrong.
    """
    settings = settings_from(with_stored(environ))
    collect_rarely()
    set_up_logs(settings.log_level)
    return settings, JobQueue(connect(settings.redis_url or "", REDIS_SECONDS), settings.job_seconds)


def receiver(settings: Settings, jobs: JobQueue) -> Flask:
    """The receiver, behind as many proxies as are trusted."""
    if settings.credentials:
        log.info("webhook secrets that are accepted: %d", len(settings.credentials.webhook_secrets))
    app = create_app(settings.credentials, jobs, settings.serves, settings.admin_token)
    if trusted := settings.trust_proxy:
        fixed = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)
        app.wsgi_app = fixed  # type: ignore[method-assign] - as Flask's documentation does it
    return app
