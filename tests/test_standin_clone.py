"""The stand-in serves git over HTTP: real clones, with an installation token as the password and with nothing else."""

import base64
import os
import subprocess

import pytest

from ghapp.clone import Clone


def clone(github, folder, token, *options):
    """`git clone` of acme/tool with this token; what git said, or None when it worked."""
    header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}" if token else "X-Nothing: 1",
        "LC_ALL": "C.UTF-8",
    }
    command = ["git", "clone", "--quiet", "--bare", *options, f"{github.url}/acme/tool.git", str(folder / "got.git")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    return done.stderr if done.returncode else None


def test_a_clone_has_the_branch_as_github_has_it_and_not_what_has_not_landed(github, tmp_path):
    github.control("/_push", head_sha=github.names[1])
    assert clone(github, tmp_path, github.token) is None
    made = Clone(tmp_path / "got.git")
    assert made.first_parents(None, made.default_branch()) == github.names[:2]


@pytest.mark.parametrize("version", ["0", "2"])
def test_a_shallow_clone_is_cut_where_it_was_asked_to_be(github, tmp_path, version):
    options = ("-c", f"protocol.version={version}", "--single-branch", "--no-tags", "--depth", "2")
    assert clone(github, tmp_path, github.token, *options) is None
    made = Clone(tmp_path / "got.git")
    assert made.first_parents(None, "main") == github.names[1:]


def test_without_a_token_or_with_a_wrong_one_nothing_is_served(github, tmp_path):
    for token in ("", "ghs_wrong", github.jwt()):
        assert "401" in clone(github, tmp_path, token) or "could not read Username" in clone(github, tmp_path, token)
    wanted = f"{github.url}/acme/tool.git/info/refs?service=git-upload-pack"
    answer = github.client.get(wanted)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="GitHub"')
    # As the API takes it, git's door does not.
    assert github.client.get(wanted, headers={"Authorization": f"Bearer {github.token}"}).status_code == 401


def test_what_a_token_may_not_see_is_not_there(github, tmp_path):
    github.world.add_repository("other/tool", github.repository.clone.path)
    token = github.mint()
    asked = (token, f"{github.url}/other/tool.git/info/refs?service=git-upload-pack")
    header = base64.b64encode(f"x-access-token:{asked[0]}".encode()).decode()
    assert github.client.get(asked[1], headers={"Authorization": f"Basic {header}"}).status_code == 404
    github.control("/_push", head_sha=github.names[2])
    write = asked[1].replace("other", "acme").replace("upload", "receive")
    assert github.client.get(write, headers={"Authorization": f"Basic {header}"}).status_code == 403
    assert clone(github, tmp_path, token) is None
