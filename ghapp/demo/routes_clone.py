"""Git over HTTP: clones and fetches of the stand-in's repositories, with an installation's token as the password.

The real `git upload-pack` answers, on a repository made for the request: the objects of the clone that is served, the
branches as this GitHub has them. https://git-scm.com/docs/http-protocol
"""

import base64
import binascii
import gzip
import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flask import request

from ghapp.demo.access import installation_token
from ghapp.demo.answers import Answer, Refused
from ghapp.demo.history import path_in
from ghapp.demo.repository import Repository
from ghapp.demo.world import World

_SERVICE = "git-upload-pack"


def advertise(world: World, owner: str, repo: str) -> Answer:
    """What a clone begins with: the branches and what the server can do.

    Raises:
        Refused: As `_admitted`; 403, something else than reading is asked for.
    """
    one = _admitted(world, owner, repo)
    if request.args.get("service") != _SERVICE:
        raise Refused(403)
    said = _packed(world, one, "--advertise-refs", b"")
    version = request.headers.get("Git-Protocol", "")
    # The second version begins without naming the service.
    first = b"" if "version=2" in version else b"001e# service=git-upload-pack\n0000"
    return Answer(first + said, headers=_typed("advertisement"))


def upload(world: World, owner: str, repo: str) -> Answer:
    """One step of a clone or fetch.

    Raises:
        Refused: As `_admitted`.
    """
    one = _admitted(world, owner, repo)
    body = request.get_data()
    if request.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return Answer(_packed(world, one, "--strict", body), headers=_typed("result"))


def _typed(kind: str) -> dict[str, str]:
    return {"Content-Type": f"application/x-{_SERVICE}-{kind}", "Cache-Control": "no-cache"}


def _admitted(world: World, owner: str, repo: str) -> Repository:
    """The repository, for a token that may read its contents.

    Raises:
        Refused: 401 without a token or with a wrong one; 403, suspended; 404, no such repository for that token.
    """
    token = installation_token(world, _password())
    one = world.repository(f"{owner}/{repo}")
    if one is None or not world.may_see(token, one) or "contents" not in token.permissions:
        raise Refused(404, "Repository not found.")
    return one


def _password() -> str:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, password = "", ""
    if scheme.lower() != "basic" or user != "x-access-token":
        raise Refused(401, headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
    return password


def _packed(world: World, one: Repository, option: str, body: bytes) -> bytes:
    version = request.headers.get("Git-Protocol", "")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environ = kept | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_PROTOCOL": version}
    with _view(one, world.behaviour.lag) as folder:
        command = ["git", "-c", "safe.directory=*", "upload-pack", "--stateless-rpc", option, str(folder)]
        done = subprocess.run(command, input=body, capture_output=True, check=False, env=environ)
    if done.returncode and not done.stdout:
        raise Refused(500)
    return done.stdout


@contextmanager
def _view(one: Repository, lag: float) -> Generator[Path]:
    """A repository with the branches that a read sees now; its objects are the served clone's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "objects" / "info").mkdir(parents=True)
        (folder / "refs").mkdir()
        objects, shallow = (path_in(one.clone.path, part) for part in ("objects", "shallow"))
        (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
        if shallow.exists():
            (folder / "shallow").write_bytes(shallow.read_bytes())
        heads = {branch: one.head(branch, lag) for branch in sorted(one.heads)}
        lines = [f"{head} refs/heads/{branch}\n" for branch, head in heads.items() if head]
        (folder / "packed-refs").write_text("".join(lines), encoding="utf-8")
        (folder / "HEAD").write_text(f"ref: refs/heads/{one.default_branch}\n", encoding="utf-8")
        (folder / "config").write_text("[core]\n\tbare = true\n\trepositoryformatversion = 0\n", encoding="utf-8")
        yield folder


CLONE_ROUTES = (
    ("GET", "/<owner>/<repo>.git/info/refs", advertise),
    ("POST", f"/<owner>/<repo>.git/{_SERVICE}", upload),
)
