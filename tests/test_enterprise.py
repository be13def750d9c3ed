"""An Enterprise Server: the API under /api/v3, pages beside it; behind a proxy; with a certificate of its own CA."""

import datetime as dt
import ipaddress
import re
import ssl
import threading
import time

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.serving import make_server

from ghapp.demo.standin import application
from tests.installation import System, commits

PREFIX = "/api/v3"
LINK = re.compile(r"\]\((http[^)\s]*)\)|(?:href|src)=\"(http[^\"]*)\"")

pytestmark = pytest.mark.system


def links(body):
    return {first or second for first, second in LINK.findall(body)}


def has_all(project, head):
    """Every commit up to one is listed once; over several pages, which have an order of their own."""
    bodies = " ".join(digest.body for digest in project.digests())
    return sorted(project.listed()) == sorted(project.expected(0, head)) and ", 0 pending" in bodies


def test_card_digest_and_catch_up_on_an_enterprise_server():
    with System(prefix=PREFIX) as system:
        project = system.repository("tool", commits(130))
        number = project.pull(126, 127)
        project.push(1)
        system.wait(lambda: project.is_whole(0, 1))
        project.push(120, deliver=0)
        project.push(121)
        system.wait(lambda: has_all(project, 121) and any(said.number == number for said in project.comments()))
        project.push(124, deliver=0)
        done = system.command("catch-up")
        assert done.returncode == 0, done.stderr
        system.wait(lambda: has_all(project, 124))

        asked = system.requests()
        assert asked["unknown"] == 0
        assert {one["path"].startswith(f"{PREFIX}/") for one in asked["log"]} == {True}
        # More than a hundred commits: the next page's address has the prefix, too.
        assert any("page=2" in one["query"] for one in asked["log"])

        shown = [digest.body for digest in project.digests()] + [said.body for said in project.comments()]
        found = set().union(*map(links, shown))
        assert found
        assert {link for link in found if not link.startswith(f"{system.url}/acme/tool/")} == set()
        assert "github.com" not in "".join(shown)
        assert f"{system.url}/acme/tool/commit/{project.names[124]}" in found


def test_links_follow_a_repository_that_is_renamed():
    with System(prefix=PREFIX) as system:
        project = system.repository("tool", commits(4))
        project.push(1)
        system.wait(lambda: project.is_whole(0, 1))
        renamed = {"repository": "acme/tool", "action": "renamed", "full_name": "acme/renamed"}
        system.control("/_repository", **renamed, deliver=0)
        project.full_name = "acme/renamed"
        project.push(3)
        system.wait(lambda: project.is_whole(0, 3))
        assert f"{system.url}/acme/renamed/commit/" in project.digests()[0].body


@pytest.fixture
def installed():
    """An installation of which nothing runs but what a command starts."""
    with System(prefix=PREFIX, runs=False) as system:
        system.repository("tool", commits(3)).push(2, deliver=0)
        yield system


def test_requests_go_through_the_proxy_that_the_environment_names(installed):
    # A stand-in takes requests of a proxy's form; the name is nobody's, so nothing gets there but through it.
    installed.environ |= {"GITHUB_API_URL": f"http://github.example.invalid{PREFIX}", "HTTP_PROXY": installed.url}
    done = installed.command("catch-up", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "acme/tool" in done.stdout


def test_a_certificate_is_trusted_when_ssl_cert_file_names_its_ca(installed):
    authority, certificate = certificates(installed.folder)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate)
    flask = application(installed.world).flask
    server = make_server("127.0.0.1", 0, flask, threaded=True, ssl_context=server_side)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        installed.environ["GITHUB_API_URL"] = f"https://127.0.0.1:{server.server_port}{PREFIX}"
        assert installed.command("catch-up", "--dry-run").returncode == 1
        installed.environ["SSL_CERT_FILE"] = str(authority)
        done = installed.command("catch-up", "--dry-run")
        assert done.returncode == 0, done.stderr
        assert "acme/tool" in done.stdout
    finally:
        server.shutdown()
        server.server_close()


def certificates(folder):
    """Files with a CA's certificate, and with one that it signed for this machine, and its key."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("Our CA", "127.0.0.1")]
    now = dt.datetime.now(dt.UTC)
    files = []
    for number, is_authority in enumerate((True, False)):
        made = (
            x509.CertificateBuilder()
            .subject_name(names[number])
            .issuer_name(names[0])
            .public_key(keys[number].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
            )
            .sign(keys[0], hashes.SHA256())
        )
        key = keys[number].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = folder / f"certificate-{number}.pem"
        file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + (b"" if is_authority else key))
        files.append(file)
    return files


def test_the_stand_in_answers_under_its_prefix_alone():
    with System(prefix=PREFIX, runs=False) as system:
        for path in ("/rate_limit", "/app"):
            assert httpx.get(system.url + path).status_code == 404
            assert httpx.get(system.url + PREFIX + path).status_code == 401
        now = int(time.time())
        claims = {"iss": str(system.world.app.app_id), "iat": now, "exp": now + 60}
        bearer = {"Authorization": f"Bearer {jwt.encode(claims, system.stand_in.private_key, 'RS256')}"}
        for version, status in (("2022-11-28", 200), ("2026-03-10", 400)):
            headers = bearer | {"X-GitHub-Api-Version": version}
            assert httpx.get(f"{system.url}{PREFIX}/app", headers=headers).status_code == status
