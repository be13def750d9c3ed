"""The stand-in GitHub for its own tests: `GitHub` as a client sees it, `World` with a receiver of its deliveries."""

import functools
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from githubkit import AppAuthStrategy
from githubkit import GitHub as Client
from githubkit.compat import type_validate_python

from ghapp.demo.standin import StandIn
from tests.app_key import KEY

SECRET = "It's a Secret to Everybody"
USER_AGENT = {"User-Agent": "test"}

#: A key as it signs; reading its PEM takes longer than a test.
signing_key = functools.cache(lambda pem: load_pem_private_key(pem.encode(), None))


class GitHub:
    """A stand-in with one repository, and a client for it."""

    def __init__(self, path, names):
        self.names = names
        self.stand_in = StandIn(private_key=KEY)
        self.world = self.stand_in.world
        self.repository = self.world.add_repository("acme/tool", path)
        self.installation_id = self.world.installation_of(self.repository).installation_id
        self.url = self.stand_in.start()
        # Plain HTTP on loopback: no certificates to load.
        self.client = httpx.Client(base_url=self.url, headers=USER_AGENT, verify=False)  # noqa: S501 - see above
        self.token = self.mint()

    def jwt(self, **changes):
        now = int(time.time())
        claims = {"iss": str(self.world.app.app_id), "iat": now - 30, "exp": now + 300} | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, signing_key(self.stand_in.private_key), algorithm="RS256")

    def app(self, method, path, bearer=None, **options):
        headers = {"Authorization": f"Bearer {bearer or self.jwt()}"}
        return self.client.request(method, path, headers=headers, **options)

    def mint(self, **body):
        answer = self.app("POST", f"/app/installations/{self.installation_id}/access_tokens", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["token"]

    def ask(self, method, path, *, token=None, headers=None, **options):
        sent = {"Authorization": f"Bearer {token or self.token}"} | (headers or {})
        if not path.startswith("/installation") and path != "/rate_limit":
            path = f"/repos/acme/tool{path}"
        return self.client.request(method, path, headers=sent, **options)

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def control(self, path, /, method="POST", **body):
        if path not in {"/_behaviour", "/_faults"}:
            body = {"repository": "acme/tool"} | body
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def open_pull(self, head=6, base=4, **body):
        return self.control("/_pull", head_sha=self.names[head], base_sha=self.names[base], **body)["number"]

    def pages(self, path):
        url, rows = path, []
        while url:
            answer = self.get(url)
            rows.append(answer.json())
            found = re.search(r'<([^>]*)>; rel="next"', answer.headers.get("Link", ""))
            url = found and found[1].removeprefix(f"{self.url}/repos/acme/tool")
        return rows


def valid(model, answer, status=200):
    assert answer.status_code == status, answer.text
    return type_validate_python(model, answer.json())


class Receiver:
    """A webhook receiver that keeps what it gets; `status` is what it answers."""

    def __init__(self):
        self.got, self.status, receiver = [], 202, self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers.items()), raw))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def events(self):
        return [(headers["X-GitHub-Event"], json.loads(raw).get("action")) for headers, raw in self.got]

    def last(self):
        return json.loads(self.got[-1][1])

    def wait(self, count):
        deadline = time.monotonic() + 5
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(self.got)


class World:
    def __init__(self, path, names):
        self.names, self.receiver = names, Receiver()
        self.stand_in = StandIn(self.receiver.url, SECRET, KEY)
        self.world = self.stand_in.world
        self.repository = self.world.add_repository("acme/tool", path)
        self.url = self.stand_in.start()
        # Plain HTTP on loopback: no certificates to load.
        self.client = httpx.Client(base_url=self.url, verify=False)  # noqa: S501 - see above
        self.installation_id = self.world.installation_of(self.repository).installation_id
        self.post("/_push", head_sha=names[2], deliver=False)

    def post(self, path, **body):
        answer = self.client.post(path, json={"repository": "acme/tool"} | body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def open_pull(self, **body):
        return self.post("/_pull", head_sha=self.names[4], base_sha=self.names[2], head="side", **body)["number"]

    def github(self):
        auth = AppAuthStrategy(self.world.app.app_id, self.stand_in.private_key)
        return Client(auth.as_installation(self.installation_id), base_url=self.url, http_cache=False, auto_retry=False)

    def app(self):
        auth = AppAuthStrategy(self.world.app.app_id, self.stand_in.private_key)
        return Client(auth, base_url=self.url, http_cache=False, auto_retry=False)

    def close(self):
        self.client.close()
        self.stand_in.stop()
        self.receiver.server.shutdown()
        self.receiver.server.server_close()
