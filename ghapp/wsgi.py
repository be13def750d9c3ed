"""What gunicorn loads: the receiver with its real parts."""

import logging
import os

from flask import Flask

from ghapp.jobqueue import JobQueue
from ghapp.logs import set_up_logs
from ghapp.redis_server import connect
from ghapp.settings import settings_from
from ghapp.web import create_app

#: A delivery is answered 503 within two seconds when Redis does not answer.
REDIS_SECONDS = 1.5

log = logging.getLogger("ghapp.wsgi")


def application() -> Flask:
    """The WSGI application, made by each of gunicorn's workers: after SIGHUP by new ones, which read files again.

    Raises:
        SettingsError: The environment is wrong.
    """
    settings = settings_from(os.environ)
    set_up_logs(settings.log_level)
    jobs = JobQueue(connect(settings.redis_url or "", REDIS_SECONDS), settings.job_seconds)
    if settings.credentials:
        log.info("webhook secrets that are accepted: %d", len(settings.credentials.webhook_secrets))
    return create_app(settings.credentials, jobs, settings.serves, settings.admin_token)
