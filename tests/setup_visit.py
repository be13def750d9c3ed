"""A person who sets the App up: set-up's pages in this process, the stand-in in a thread, a browser's cookies."""

import html
import json
import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from ghapp.demo.records import Hook
from ghapp.demo.standin import StandIn
from ghapp.settings import settings_from
from ghapp.setup import link
from ghapp.setup.wsgi import assembled
from ghapp.stored import with_stored
from tests.app_key import KEY
from tests.installation import System

PUBLIC = "https://ghapp.example.com/webhook"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Visit:
    def __init__(self, jobs, **environ):
        self.folder = Path(tempfile.mkdtemp(prefix="ghapp-"))
        self.stand_in = StandIn(private_key=KEY)
        self.world = self.stand_in.world
        self.github = self.stand_in.start()
        self.client = httpx.Client(base_url=self.github, verify=False, headers={"User-Agent": "browser"})  # noqa: S501 - HTTP
        self.environ = {"GITHUB_API_URL": self.github, "GHAPP_STATE_DIR": str(self.folder)} | environ
        self.jobs = jobs
        self.app = self.started()
        self.browser = self.app.test_client()

    def settings(self):
        return settings_from(with_stored(self.environ))

    def started(self):
        """What gunicorn would load now."""
        return assembled(self.settings(), self.jobs)

    def close(self):
        self.client.close()
        self.stand_in.stop()
        shutil.rmtree(self.folder)

    def token(self):
        return link.issue(self.folder, 3000).partition("token=")[2]

    def open(self, browser=None, **options):
        """Use a new link."""
        answer = (browser or self.browser).get(f"/setup?token={self.token()}", **options)
        assert answer.status_code == 303
        return answer

    def csrf(self, page="/setup"):
        return fields(self.browser.get(page).text)["csrf"]

    def ask(self, **typed):
        """Send the first form."""
        form = {"account": "organisation", "organisation": "acme", "webhook": PUBLIC, "keep": "server"} | typed
        return self.browser.post("/setup", data={"csrf": self.csrf()} | form)

    def leave(self, **typed):
        """The manifest and the state with which the browser goes to GitHub."""
        answer = self.ask(**typed)
        assert answer.status_code == 200, answer.text
        action = html.unescape(re.search(r'<form method="post" action="([^"]*)"', answer.text)[1])
        return action, json.loads(fields(answer.text)["manifest"])

    def create(self, **typed):
        """Press GitHub's button; the query with which it sends the browser back."""
        action, manifest = self.leave(**typed)
        shown = self.client.post(action, data={"manifest": json.dumps(manifest)})
        assert shown.status_code == 200, shown.text
        pressed = re.search(r'<form method="post" action="([^"]*)"', shown.text)[1]
        made = self.client.post(pressed, data=fields(shown.text) | {"name": manifest["name"]})
        assert made.status_code == 302, made.text
        back = urlsplit(made.headers["Location"])
        assert back.path == "/setup/created"
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    def come_back(self, query, browser=None):
        return (browser or self.browser).get("/setup/created", query_string=query)


class NewSystem(System):
    """`ghapp run` without credentials, and a GitHub on this machine that knows no App of ours yet."""

    def __init__(self, **environ):
        super().__init__(**environ)
        self.world.hook = Hook()
        self.world.behaviour.local_hooks = True

    def variables(self):
        credentials = {"APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"}
        return {name: value for name, value in super().variables().items() if name not in credentials}


def fields(page):
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page)}
