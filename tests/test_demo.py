"""The demonstration: what it plays, that it plays it whole, and that nothing of it stays."""

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from ghapp.clone import Clone, CloneError, Commit
from ghapp.demo.history import ENOUGH, MOST, landed, prepare
from ghapp.demo.plan import plan
from ghapp.demo.play import Played
from ghapp.demo.process_table import process_table
from ghapp.demo.records import Comment, Issue, Pull, Versions
from ghapp.demo.sample import SampleCommit, make_repository
from ghapp.demo.sample_history import sample_history
from ghapp.demo.scene import Scene, passed_on
from ghapp.demo.verify import is_finished, listed, problems
from ghapp.phrases import phrases

pytestmark = pytest.mark.system
GHAPP = [sys.executable, "-m", "ghapp"]


def history(kinds):
    """Consecutive commits: `m` a merge, `n` one whose title names a pull request, `.` another one."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    for place, kind in enumerate(kinds):
        parents = (f"{place - 1:040}",) + ((f"{place:039}b",) if kind == "m" else ())
        title = f"Change {place} (#{100 + place})" if kind == "n" else f"Change {place}"
        yield Commit(f"{place:040}", "0" * 40, parents, title, "", "Ann Example", "a@example.org", at, at)


@pytest.mark.parametrize("kinds", ["." * 15, "n" * 20, "m" * 15, "m" * 20, ".n" * 8, "mn." * 6, "." * 7 + "m" * 8])
def test_a_plan_of_any_history(kinds):
    commits = list(history(kinds))
    made = plan(commits)
    assert made.base_sha == commits[0].commit_sha
    assert made.head_sha == commits[-2].commit_sha
    assert sum(one.count for one in made.landings) == len(commits) - 2
    assert len(made.landings) >= 12
    assert len(made.pulls) >= 3
    assert sorted(one.times for one in made.landings) == [0] + [1] * (len(made.landings) - 2) + [2]
    # The digest begins at the first landing that is heard of, and the last one has none after it to repair it.
    assert made.landings[0].times == made.landings[-1].times == 1
    assert len({pull.head_sha for pull in made.pulls}) == len(made.pulls)


def test_a_plan_lands_in_every_way():
    commits = list(history(".nm..nnm.....n.nm."))
    made = plan(commits)
    assert {one.how for one in made.landings} == {"squash", "merge", "rebase", "push"}
    for one in made.landings:
        pull, parents = one.pull, {commit.commit_sha: commit.parents for commit in commits}[one.after]
        assert (pull is None) == (one.how == "push")
        if pull and one.how == "merge":
            assert (pull.base_sha, pull.head_sha) == parents
        if pull and one.how == "rebase":
            assert one.count == 3
            assert pull.first_sha != pull.head_sha == one.after
        if pull and one.how == "squash":
            assert (pull.number, pull.head_sha) == (int(one.title[-4:-1]), one.after)
            assert "#" not in pull.title


def test_the_sample_has_something_of_everything(tmp_path):
    commits = sample_history()
    names = make_repository(tmp_path / "s.git", commits)
    clone = Clone(tmp_path / "s.git")
    assert len(clone.first_parents(None, names[-1])) >= MOST
    assert [len(commit.parents) for commit in clone.commits(names)].count(2) >= 2
    changes = list(clone.changes(names))
    assert {file.status for change in changes for file in change.files} >= {"added", "modified", "removed", "renamed"}
    assert any(not commit.author.isascii() for commit in commits)
    titles = " ".join(commit.message.partition("\n")[0] for commit in commits)
    assert all(word in titles for word in ("Fix crash", "Revert", "perf:", "Bump", "Remove the flag", "default", "@"))


def test_a_short_history_is_topped_up_and_the_repository_stays_as_it_was(tmp_path):
    path = tmp_path / "my tool"
    names = make_repository(path, [SampleCommit("Begin", {"a": "a\n"}), SampleCommit("Go on", {"b": "b\n"})], "trünk/x")
    before = sorted(file.name for file in path.rglob("*"))
    (tmp_path / "made").mkdir()
    found = prepare(path, tmp_path / "made")
    assert (found.full_name, found.branch) == ("demo/my-tool", "trünk/x")
    assert len(found.commits) == MOST
    chain = Clone(found.git_dir).first_parents(None, found.branch)
    assert chain[:2] == names
    assert landed(found.git_dir, names[-1], found.branch)[::-1] == chain[2:]
    assert sorted(file.name for file in path.rglob("*")) == before


def test_a_long_history_is_played_as_it_is(tmp_path):
    names = make_repository(tmp_path / "t.git", [SampleCommit(f"c{n}", {"a": f"{n}\n"}) for n in range(ENOUGH)])
    (tmp_path / "made").mkdir()
    found = prepare(tmp_path / "t.git", tmp_path / "made")
    assert (found.added, [commit.commit_sha for commit in found.commits]) == (0, names)


def test_an_empty_repository_gets_the_sample_and_none_at_all_is_an_error(tmp_path):
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "e")], check=True)
    (tmp_path / "made").mkdir()
    assert prepare(tmp_path / "e", tmp_path / "made").added == len(sample_history())
    with pytest.raises(CloneError):
        prepare(tmp_path / "made", tmp_path)


def test_nothing_of_a_real_deployment_reaches_the_processes():
    there = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "GHAPP_DRY_RUN": "1",
        "APP_ID": "7",
        "REDIS_URL": "redis://x",
        "HTTPS_PROXY": "y",
    }
    assert passed_on(there | {"OPENAI_API_KEY": "k", "GHAPP_STATE_DIR": "/x"}) == {
        "PATH": "/bin",
        "LC_ALL": "C",
        "GHAPP_DRY_RUN": "1",
    }


@pytest.fixture
def scene():
    """A scene at rest after a demonstration that went well; no process was ever started."""
    with Scene() as made:
        history = prepare(None, made.folder)
        chosen = plan(history.commits)
        made.repository = made.world.add_repository(history.full_name, history.git_dir)
        number = made.repository.take_number()
        now = made.world.now()
        pull = Pull("main", chosen.base_sha, "x", chosen.open_pull.head_sha, history.full_name, None)
        made.repository.issues[number] = Versions(Issue(1, number, "A change", None, "ann", now, now, pull=pull))
        played = Played(numbers={chosen.open_pull.head_sha: number}, waited=[number], killed=1)
        yield made, history, chosen, played


def write_card(made, number):
    now = made.world.now()
    card = Comment(made.world.new_id(), number, "<!-- ghapp:card:v1 -->", "ghapp-demo[bot]", now, now, via_app=True)
    made.repository.comments[card.comment_id] = Versions(card)


def write_digest(made, names, day="2026-01-05", level="low"):
    now, number = made.world.now(), made.repository.take_number()
    rows = "\n".join(
        f"| 10:00 | Ann | [`{name[:7]}`](http://x/a/b/commit/{name}) Change | {level} | |" for name in names
    )
    body = f"<!-- ghapp:digest:v1 repository=1 day={day} page=0 -->\n{rows}\n"
    made.repository.issues[number] = Versions(Issue(number, number, "Digest", body, "ghapp-demo[bot]", now, now))


def test_what_is_right_has_no_problems_and_everything_that_is_wrong_is_named(scene):
    made, history, chosen, played = scene
    expected = landed(history.git_dir, chosen.base_sha, chosen.head_sha)
    found = "; ".join(problems(*scene))
    assert "18 of 18 commits are missing" in found
    assert "0 digest issues" in found
    assert "#1 has 0 cards" in found
    write_card(made, 1)
    write_digest(made, expected)
    assert is_finished(made, expected)
    assert problems(*scene) == []
    write_card(made, 1)
    write_digest(made, [expected[3], "f" * 40], level=phrases("en").say("level.pending"))
    assert not is_finished(made, expected)
    played.killed = None
    found = "; ".join(problems(*scene))
    assert "#1 has 2 cards" in found
    assert f"more than once: {expected[3][:10]}" in found
    assert "not landed: ffffffffff" in found
    assert "2 digest issues for 1 days" in found
    assert "no worker" in found


def start(tmp_path, *args, **environ):
    """`ghapp demo` in an empty directory, its temporary files in another."""
    (tmp_path / "here").mkdir()
    temporary = Path(tempfile.mkdtemp(prefix="demo-"))
    made = os.environ | {"TMPDIR": str(temporary)} | environ
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*GHAPP, "demo", *args], cwd=tmp_path / "here", env=made, **pipes), temporary


def children(pid):
    """Every process that descends from `pid`."""
    table = process_table()
    found = [one for one, (parent, _) in table.items() if parent == pid]
    return found + [other for one in found for other in children(one)]


def test_it_plays_the_sample_whole_and_leaves_nothing_running(tmp_path):
    process, temporary = start(
        tmp_path, APP_ID="junk", REDIS_URL="redis://127.0.0.1:1", GITHUB_API_URL="http://127.0.0.1:9"
    )
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    folder = tmp_path / "here" / "build" / "demo"
    card, digest, page = ((folder / name).read_text() for name in ("card.md", "digest.md", "index.html"))
    assert card in out
    assert digest in out
    assert card.startswith("<!-- ghapp:card:v1 ")
    rows = listed([digest])
    assert len(rows) == len(set(rows)) == MOST - 2
    assert re.search(r"worker +process \d+ killed at", out)
    assert "1 of them again, 1 never sent" in out
    # Links lead to places on the page, and nothing is loaded from elsewhere.
    places = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= places
    assert "127.0.0.1" not in page
    assert "<script" not in page
    assert not re.search(r'(src|rel="stylesheet")=?"?http', page)
    assert list(temporary.iterdir()) == []
    temporary.rmdir()


def test_a_dry_run_writes_nothing_and_claims_nothing(tmp_path):
    process, temporary = start(tmp_path, GHAPP_DRY_RUN="1")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert " 0 writes" in out
    assert not list((tmp_path / "here").rglob("*.md"))
    temporary.rmdir()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_leaves_nothing(tmp_path, number):
    process, temporary = start(tmp_path)
    while not any("gunicorn" in process_table().get(pid, (0, ""))[1] for pid in children(process.pid)):
        assert process.poll() is None
    started = children(process.pid)
    process.send_signal(number)
    _, err = process.communicate(timeout=40)
    assert process.returncode == 1
    assert "Aborted" in err
    assert not set(started) & set(process_table())
    temporary.rmdir()


def test_the_stand_in_alone_says_how_to_use_it(tmp_path):
    process, temporary = start(tmp_path, "--github-only", PYTHONUNBUFFERED="1")
    lines = []
    while not lines or not lines[-1].endswith("/_requests"):
        lines.append(process.stdout.readline().strip())
    settings = dict(line.split("=", 1) for line in lines[:4])
    assert httpx.get(settings["GITHUB_API_URL"] + "/").is_success
    typed = [shlex.split(line.removeprefix("# ")) for line in lines if line.startswith("# curl -X POST")]
    assert len(typed) == 6
    for _, _, method, address, _, body in typed:
        answer = httpx.request(method, address, content=body)
        assert answer.is_success, answer.text
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 0
    temporary.rmdir()


@pytest.mark.parametrize(("args", "status"), [(["--port", "1"], 2), (["/"], 1), (["/does/not/exist"], 2)])
def test_wrong_use_is_an_error(tmp_path, args, status):
    process, temporary = start(tmp_path, *args)
    _, err = process.communicate(timeout=20)
    assert process.returncode == status
    assert "Error: " in err
    temporary.rmdir()
