import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.change import FileChange
from ghapp.clone import (
    Clone,
    EmptyRepository,
    GitFailed,
    NoSuchRevision,
    NotARepository,
    pull_number,
)

NOON = datetime(2026, 1, 6, 12, tzinfo=UTC)


class Work:
    """A real repository; `commit` writes files (None removes one) and returns the new name."""

    def __init__(self, path: Path, branch: str = "main") -> None:
        self.path, self.clock = path, NOON
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", branch)

    def git(self, *args: str, stdin: bytes = b"", **env: str) -> str:
        people = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.org"}
        people |= {"GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.org"}
        environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | people | env
        done = subprocess.run(
            ["git", *args], cwd=self.path, input=stdin, capture_output=True, check=True, env=environment
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, message: str | bytes = "x", at: datetime | None = None, *, files=None, **env: str) -> str:
        for name, content in (files or {}).items():
            place = self.path / name
            if content is None:
                place.unlink()
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.clock = at or self.clock + timedelta(minutes=1)
        dates = {"GIT_AUTHOR_DATE": self.clock.isoformat(), "GIT_COMMITTER_DATE": self.clock.isoformat()}
        text = message.encode() if isinstance(message, str) else message
        self.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-F", "-", stdin=text, **(dates | env))
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path / "work")


def only_file(work: Work, rev: str = "HEAD") -> FileChange:
    (file,) = Clone(work.path).change(rev).files
    return file


def test_a_path_without_repository(tmp_path):
    with pytest.raises(NotARepository):
        Clone(tmp_path)
    with pytest.raises(NotARepository):
        Clone(tmp_path / "absent")
    with pytest.raises(NotARepository):
        Clone("a\0b")


def test_a_repository_without_commit(work):
    with pytest.raises(EmptyRepository):
        Clone(work.path).default_branch()
    with pytest.raises(EmptyRepository):
        Clone(work.path).resolve("main")


@pytest.mark.parametrize("rev", ["nope", "--help", "a..b", "", "x\0y", "HEAD:x", "0" * 40, "1" * 40])
def test_a_revision_that_does_not_exist(work, rev):
    work.commit(files={"x": "1"})
    with pytest.raises(NoSuchRevision):
        Clone(work.path).resolve(rev)


def test_default_branch_of_work_tree_bare_clone_and_worktree(tmp_path):
    work = Work(tmp_path / "w", branch="trunk")
    head = work.commit(files={"x": "1"})
    work.git("clone", "-q", "--bare", ".", "../bare.git")
    work.git("clone", "-q", ".", "../copy")
    work.git("worktree", "add", "-q", "--detach", "../linked")
    subprocess.run(["git", "checkout", "-q", "--detach"], cwd=tmp_path / "copy", check=True)
    for name in ("w", "bare.git", "copy"):
        clone = Clone(tmp_path / name)
        assert (clone.default_branch(), clone.resolve("trunk")) == ("trunk", head)
    assert Clone(tmp_path / "linked").resolve("HEAD") == head
    with pytest.raises(NoSuchRevision):  # detached, and neither main nor master
        Clone(tmp_path / "linked").default_branch()


def test_a_branch_that_only_the_remote_has(tmp_path):
    work = Work(tmp_path / "w")
    first = work.commit()
    work.git("branch", "release")
    work.git("clone", "-q", ".", "../copy")
    assert Clone(tmp_path / "copy").resolve("release") == first


def test_first_parents_leave_side_branches_out(work):
    base = work.commit("base")
    work.git("checkout", "-q", "-b", "side")
    side = work.commit("side", files={"s": "1"})
    work.git("checkout", "-q", "main")
    mainline = work.commit("main", files={"m": "1"})
    work.git("merge", "-q", "--no-ff", "-m", "Merge pull request #7 from a/side", "side")
    merge = work.git("rev-parse", "HEAD")
    clone = Clone(work.path)
    assert clone.first_parents(base, "main") == [mainline, merge]
    assert clone.first_parents(None, "main") == [base, mainline, merge]
    assert set(clone.between(base, "main")) == {mainline, side, merge}
    assert clone.merge_base("side", mainline) == base
    assert clone.commit("HEAD").pull == 7
    change = clone.change("HEAD")
    assert [file.path for file in change.files] == ["s"]  # against the first parent
    assert change.parents == 2
    assert [file.path for file in clone.change("side", "main~1").files] == ["s"]  # from the merge base


def test_a_merge_of_three(work):
    work.commit(files={"a": "1"})
    for name in ("one", "two"):
        work.git("checkout", "-q", "-b", name, "main")
        work.commit(name, files={name: "1"})
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--no-ff", "-m", "octopus", "one", "two")
    change = Clone(work.path).change("main")
    assert (change.parents, [file.path for file in change.files]) == (3, ["one", "two"])


def test_metadata_of_commits_in_the_order_asked_for(work):
    author = {"GIT_AUTHOR_NAME": "Zoë", "GIT_AUTHOR_EMAIL": "z@example.org"}
    when = {"GIT_AUTHOR_DATE": "2026-01-06T05:00:00-0800", "GIT_COMMITTER_DATE": "2026-01-06T18:30:00+0530"}
    first = work.commit("A title (#12)\n\nBody line\n\n* two\n", files={"a": "1"}, **author, **when)
    second = work.commit("", files={"a": "2"})
    clone = Clone(work.path)
    newest, oldest, again = clone.commits([second, first, second])
    assert (newest, newest.title, newest.body, newest.parents) == (again, "", "", (first,))
    assert (oldest.title, oldest.body, oldest.pull) == ("A title (#12)", "Body line\n\n* two", 12)
    assert (oldest.author, oldest.author_email, oldest.bot) == ("Zoë", "z@example.org", False)
    assert oldest.authored_at.isoformat() == "2026-01-06T05:00:00-08:00"
    assert oldest.committed_at.isoformat() == "2026-01-06T18:30:00+05:30"
    assert clone.commits([]) == []
    with pytest.raises(GitFailed):
        clone.commits(["1" * 40])


@pytest.mark.parametrize(
    ("name", "email", "bot"),
    [
        ("renovate[bot]", "x@y", True),
        ("Renovate", "29139614+renovate[bot]@users.noreply.github.com", True),
        ("Bot", "bot@y", False),
    ],
)
def test_bots(work, name, email, bot):
    work.commit(GIT_AUTHOR_NAME=name, GIT_AUTHOR_EMAIL=email)
    assert Clone(work.path).commit("HEAD").bot is bot
    assert Clone(work.path).change("HEAD").bot is bot


def test_messages_in_other_encodings_and_long_ones(work):
    work.git("config", "i18n.commitEncoding", "ISO-8859-1")
    work.commit("Größe".encode("latin-1"))
    work.git("config", "--unset", "i18n.commitEncoding")
    raw = b"author A <a@b> 5 +0000\ncommitter A <a@b> 5 +0000\n\nbad \xff byte\n"
    raw = f"tree {work.git('write-tree')}\n".encode() + raw
    bad = work.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
    assert Clone(work.path).commit(bad).title == "bad \ufffd byte"
    work.commit("long\n\n" + "é" * 60_000)
    titles = Clone(work.path).commits(Clone(work.path).first_parents(None, "HEAD"))
    assert [commit.title for commit in titles] == ["Größe", "long"]
    assert len(titles[1].body) == 60_000


def test_broken_dates_of_old_tools(work):
    tree = work.git("write-tree")
    person = "A <a@b> 99999999999999 +9999"
    stdin = f"tree {tree}\nauthor {person}\ncommitter A <a@b> 5 -0330\n\nodd\n".encode()
    name = work.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=stdin)
    commit = Clone(work.path).commit(name)
    assert commit.authored_at.tzinfo is not None
    assert commit.committed_at.isoformat() == "1969-12-31T20:30:05-03:30"


def test_a_root_commit_is_compared_with_the_empty_tree(work):
    work.commit("root", files={"a": "1\n2"})
    change = Clone(work.path).change("HEAD")
    assert change.parents == 0
    assert change.files[0].patch == "@@ -0,0 +1,2 @@\n+1\n+2\n\\ No newline at end of file"
    assert change.files[0].status == "added"
    assert change.files[0].blob == work.git("rev-parse", "HEAD:a")


@pytest.mark.parametrize("name", ["a b", 'q"uote', "new\nline", "tab\t.txt", "emoji 🎉.md", "-dash", "@@ -1 +1 @@"])
def test_names_of_files(work, name):
    work.commit(files={name: "1\n"})
    assert (only_file(work).path, only_file(work).patch) == (name, "@@ -0,0 +1 @@\n+1")


def test_a_name_that_is_not_utf8(work):
    work.commit(files={os.fsdecode(b"caf\xe9"): "1"})
    assert only_file(work).path == "caf\ufffd"


def test_statuses(work):
    lines = "".join(f"line {number}\n" for number in range(30))
    work.commit(files={"gone": "1\n", "moved": lines, "edited": lines, "link": "x", "tool": "x", "bin": b"\0\1"})
    work.git("mv", "moved", "here")
    (work.path / "link").unlink()
    (work.path / "link").symlink_to("edited")
    (work.path / "tool").chmod(0o755)
    work.commit(files={"gone": None, "here": lines + "more\n", "edited": lines[7:], "bin": b"\0\2"})
    files = {file.path: file for file in Clone(work.path).change("HEAD").files}
    assert {path: (file.status, file.added, file.deleted) for path, file in files.items()} == {
        "bin": ("modified", 0, 0),
        "edited": ("modified", 0, 1),
        "gone": ("removed", 0, 1),
        "here": ("renamed", 1, 0),
        "link": ("changed", 1, 1),
        "tool": ("modified", 0, 0),
    }
    assert files["here"].previous_path == "moved"
    assert files["here"].patch.startswith("@@ -28,3 +28,4 @@")
    assert files["here"].patch.endswith("\n+more")
    assert (files["bin"].patch, files["tool"].patch, files["gone"].blob) == (None, None, None)
    assert files["bin"].blob == work.git("rev-parse", "HEAD:bin")
    assert files["link"].patch.count("@@ -") == 2


def test_content_that_looks_like_a_header(work):
    work.commit(files={"a": "x\n", "b": "y\n"})
    hostile = "diff --git a/x b/x\n@@ -1 +1 @@\n" + "1" * 40 + "\n-- a\n++ b\n"
    work.commit(files={"a": hostile, "b": "z\r\n"})
    first, second = Clone(work.path).change("HEAD").files
    assert first.patch == "@@ -1 +1,5 @@\n-x\n" + "\n".join("+" + line for line in hostile.splitlines())
    assert second.patch == "@@ -1 +1 @@\n-y\n+z\r"


def test_a_submodule(work):
    work.commit()
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'a' * 40},lib")
    work.git("commit", "-q", "-m", "lib")
    file = only_file(work)
    assert (file.path, file.blob) == ("lib", "a" * 40)
    assert file.patch == "@@ -0,0 +1 @@\n+Subproject commit " + "a" * 40


def test_a_patch_that_github_would_not_show(work):
    work.commit(files={"lines": "x\n" * 20_001, "bytes": "y" * 1_000_001, "small": "z\n"})
    files = {file.path: file for file in Clone(work.path).change("HEAD").files}
    assert (files["lines"].patch, files["lines"].added) == (None, 20_001)
    assert (files["bytes"].patch, files["bytes"].added) == (None, 1)
    assert files["small"].patch == "@@ -0,0 +1 @@\n+z"


def test_many_changes_at_once_are_the_single_ones(work):
    names = [work.commit(f"n {n}", files={"a": f"{n}\n", f"f{n}": "1\n"}) for n in range(5)]
    names.insert(2, work.commit("empty"))
    clone = Clone(work.path)
    together = list(clone.changes(names))
    assert together == [clone.change(name) for name in names]
    without = list(clone.changes(names, patches=False))
    assert [change.added for change in without] == [change.added for change in together]
    assert {file.patch for change in without for file in change.files} == {None}
    assert list(clone.changes([])) == []


def test_configuration_does_not_change_what_is_read(work, tmp_path, monkeypatch):
    work.commit(files={"a": "def f():\n  1\n\n", "b": "same\n" * 9, ".gitattributes": "a diff=shout -text\n"})
    work.git("mv", "b", "c")
    work.commit("t\n\nb", files={"a": "def f():\n  2\n\n"})
    clone = Clone(work.path)
    expected = (clone.change("HEAD"), clone.commits(clone.first_parents(None, "HEAD")))
    settings = {
        "diff.noprefix": "true",
        "diff.renames": "false",
        "diff.external": "/bin/false",
        "diff.shout.textconv": "tr a-z A-Z <",
        "diff.context": "0",
        "diff.algorithm": "histogram",
        "diff.orderFile": "nowhere",
        "diff.suppressBlankEmpty": "true",
        "color.ui": "always",
        "log.date": "relative",
        "log.showSignature": "true",
        "i18n.logOutputEncoding": "latin1",
        "format.pretty": "fuller",
        "core.quotePath": "true",
    }
    for name, value in settings.items():
        work.git("config", name, value)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "/bin/false")
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u0")
    clone = Clone(work.path)
    assert (clone.change("HEAD"), clone.commits(clone.first_parents(None, "HEAD"))) == expected


def test_landed_between_looks_at_every_date(work):
    days = {"before": NOON - timedelta(days=1), "in 1": NOON, "late": NOON + timedelta(days=3)}
    days |= {"in 2": NOON + timedelta(hours=2), "older": NOON - timedelta(days=9), "in 3": NOON + timedelta(hours=1)}
    names = {title: work.commit(title, at=when) for title, when in days.items()}
    midnight = NOON.replace(hour=0)
    base_sha, landed = Clone(work.path).landed_between("main", midnight, midnight + timedelta(days=1))
    assert base_sha == names["before"]
    assert landed == [names["in 1"], names["in 2"], names["in 3"]]
    assert Clone(work.path).landed_between("main", NOON, NOON) == (None, [])
    root = Clone(work.path).landed_between("main", NOON - timedelta(days=1), NOON)
    assert root == (None, [names["before"]])


def test_where_a_shallow_clone_was_cut_off_nothing_is_made_up(work, tmp_path):
    for n in range(3):
        work.commit(f"n {n}", files={"a": f"{n}\n"})
    subprocess.run(["git", "clone", "-q", "--depth=2", work.path.as_uri(), tmp_path / "shallow"], check=True)
    clone = Clone(tmp_path / "shallow")
    names = clone.first_parents(None, "main")
    oldest, newest = clone.changes(names)
    assert (oldest.files, oldest.truncated, oldest.parents) == ((), True, 1)
    assert (len(newest.files), newest.truncated, newest.added) == (1, False, 1)


def test_files_at_a_revision(work):
    first = work.commit(files={"d/é.txt": "one"})
    work.commit(files={"d/é.txt": "two"})
    clone = Clone(work.path)
    assert (clone.file(first, "d/é.txt"), clone.file("main", "d/é.txt")) == (b"one", b"two")
    assert (clone.file("main", "d"), clone.file("main", "absent"), clone.file("main", "")) == (None, None, None)


def test_a_damaged_repository_is_an_error(work):
    work.commit(files={"a": "1"})
    work.commit(files={"a": "2"})
    blob = work.git("rev-parse", "HEAD:a")
    (work.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitFailed):
        Clone(work.path).change("HEAD")


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("Fix it (#123)", 123),
        ("Fix (#1) again (#2)", 2),
        ("Merge pull request #45 from a/b", 45),
        ("See #9", None),
        ("Fix (#12) later", None),
        ("", None),
    ],
)
def test_pull_number(title, number):
    assert pull_number(title) == number


def test_a_day_of_many_commits_is_read_quickly(work):
    names = [work.commit(f"n {n}", files={"a": f"{n}\n" * 200}) for n in range(20)]
    started = time.monotonic()
    assert len(list(Clone(work.path).changes(names))) == 20
    assert time.monotonic() - started < 2
