"""What gunicorn loads while the App is not set up: the receiver with set-up; once it is set up, the receiver alone.

A SIGHUP has gunicorn load it anew, without a moment in which nobody listens.
"""

import os

from flask import Flask, Response, request

from ghapp.jobqueue import JobQueue
from ghapp.pages import secured
from ghapp.settings import Settings
from ghapp.setup.session import Sessions
from ghapp.setup.site import setup_pages
from ghapp.wsgi import parts, receiver


def application() -> Flask:
    """The WSGI application.

    Raises:
        SettingsError: The environment, or what is stored, is wrong.
    """
    return assembled(*parts(os.environ))


def assembled(settings: Settings, jobs: JobQueue) -> Flask:
    """The receiver, with set-up while there are no credentials."""
    app = receiver(settings, jobs)
    if settings.credentials is None:
        app.register_blueprint(setup_pages(settings, Sessions(jobs.connection)))
        app.after_request(_secured)
    return app


def _secured(response: Response) -> Response:
    """Also what Flask answers by itself: a wrong method, a form that is too large."""
    return secured(response) if request.path.startswith("/setup") else response
