"""A bounded clone over real HTTP: what comes, what git is told and what not, and what is left when it goes wrong."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ghapp.clone import Clone
from ghapp.clone_fetch import PREFIX, Bounds, FetchError, fetched, git_address, remove_left

BOUNDS = Bounds(depth=100, seconds=30, size=100_000_000)
#: Stands in for git: writes down what it is told, and does as the test says.
FAKE = """#!{python}
import os, sys, time
with open({notes!r}, "w") as notes:
    print(*sys.argv[1:], sep="\\n", file=notes)
    print(*(f"{{name}}={{value}}" for name, value in sorted(os.environ.items())), sep="\\n", file=notes)
{does}
"""


def left(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def fake_git(monkeypatch, folder, does="sys.exit(0)"):
    (folder / "bin").mkdir()
    program = folder / "bin" / "git"
    program.write_text(FAKE.format(python=sys.executable, notes=str(folder / "notes"), does=does))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder / "bin"))
    return folder / "notes"


def address(github):
    return git_address(github.url, "acme/tool")


def test_what_comes_is_the_branch_and_nothing_stays(github, tmp_path):
    with fetched(address(github), github.token, tmp_path, BOUNDS) as path:
        made = Clone(path)
        assert made.first_parents(None, made.default_branch()) == github.names
        assert github.token not in (path / "config").read_text()
        assert not (path / "hooks").exists()
    assert left(tmp_path) == []


def test_the_token_is_in_no_argument_and_no_variable_in_clear(monkeypatch, tmp_path):
    notes = fake_git(monkeypatch, tmp_path)
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    with fetched("https://host/acme/tool.git", "ghs_secret", tmp_path, BOUNDS):
        pass
    words = notes.read_text().splitlines()
    assert words[:2] == ["clone", "--bare"]
    assert "https://host/acme/tool.git" in words
    assert not [word for word in words if "ghs_secret" in word]
    environ = dict(word.split("=", 1) for word in words if "=" in word and not word.startswith("-"))
    assert environ["GIT_TERMINAL_PROMPT"] == "0"
    assert (environ["GIT_CONFIG_GLOBAL"], environ["GIT_CONFIG_NOSYSTEM"]) == (os.devnull, "1")
    assert "GIT_TRACE_CURL" not in environ
    told = {
        environ[f"GIT_CONFIG_KEY_{n}"]: environ[f"GIT_CONFIG_VALUE_{n}"]
        for n in range(int(environ["GIT_CONFIG_COUNT"]))
    }
    assert told["http.https://host/.extraHeader"].startswith("Authorization: Basic ")
    assert (told["protocol.allow"], told["protocol.https.allow"]) == ("never", "always")
    assert told["http.followRedirects"] == "false"


def failed(address, token, folder, bounds=BOUNDS):
    with pytest.raises(FetchError) as error, fetched(address, token, folder, bounds):
        raise AssertionError("it was fetched")
    assert [name for name in left(folder) if name.startswith(PREFIX)] == []
    return error.value


def test_what_is_refused_says_so_without_the_token(github, tmp_path):
    error = failed(address(github), "ghs_wrong", tmp_path)
    assert error.reason == "refused"
    assert "ghs_wrong" not in str(error)
    assert failed(git_address(github.url, "acme/none"), github.token, tmp_path).reason == "refused"


def test_a_server_that_is_not_there_is_a_failure(tmp_path):
    assert failed("http://127.0.0.1:9/acme/tool.git", "t", tmp_path).reason == "failed"


def test_nobody_leads_elsewhere(github, tmp_path):
    assert failed("file:///etc", github.token, tmp_path).reason in ("failed", "refused")


def test_without_git_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert failed("https://host/a/b.git", "t", tmp_path).reason == "no-git"


def test_what_takes_too_much_room_is_ended(monkeypatch, tmp_path):
    fake_git(monkeypatch, tmp_path, "open('big', 'wb').write(b'x' * 3_000_000); time.sleep(60)")
    began = time.monotonic()
    assert failed("https://host/a/b.git", "t", tmp_path, Bounds(1, 30, 1_000_000)).reason == "too-large"
    assert time.monotonic() - began < 10


def test_what_takes_too_long_is_ended_with_its_children(monkeypatch, tmp_path):
    does = (
        "import subprocess; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(61.5)']); time.sleep(60)"
    )
    fake_git(monkeypatch, tmp_path, does)
    assert failed("https://host/a/b.git", "t", tmp_path, Bounds(1, 1, 1_000_000)).reason == "time-out"
    time.sleep(0.2)
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in running if b"sleep(61.5)" in line]


def test_a_place_that_cannot_be_written_to_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError) as error, fetched("https://host/a/b.git", "t", tmp_path / "file" / "x", BOUNDS):
        pass
    assert error.value.reason == "state-dir"


def test_what_a_killed_process_left_is_removed_and_what_lives_stays(tmp_path):
    script = (
        "import os, signal, sys; from pathlib import Path; from ghapp.processes import holder;"
        f"made = Path({str(tmp_path)!r}) / '{PREFIX}dead'; made.mkdir(); (made / 'holder').write_text(holder());"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    old = tmp_path / f"{PREFIX}old"
    old.mkdir()
    os.utime(old, (0, 0))
    other = tmp_path / f"{PREFIX}other"
    other.mkdir()
    (other / "holder").write_text("elsewhere/boot/0/1/2")
    remove_left(tmp_path)
    assert left(tmp_path) == [f"{PREFIX}other"]
