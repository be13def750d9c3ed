"""Histories of bytes as they are, also those that no sane tool writes; one commit for each oddity."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
HTML_TITLE = "x | `y` <b>z</b> <!-- c --> [l](https://evil.example) @octocat #1 \u202egnp\x07"


def git(path, *arguments, stdin=b"", **environ):
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments], cwd=path, input=stdin, capture_output=True, check=True, env=os.environ | alone | environ
    )
    return done.stdout.decode("utf-8", "replace")


def data(raw):
    return b"data %d\n%s\n" % (len(raw), raw)


def quoted(name):
    """A path as fast-import reads it: quoted, every byte that is not plain in octal."""
    return b'"' + b"".join(b"\\%03o" % byte if not chr(byte).isalnum() else bytes([byte]) for byte in name) + b'"'


class History:
    """A `git fast-import` stream: bytes as they are, also those that no sane tool writes."""

    def __init__(self):
        self.stream, self.count = [], 0

    def commit(self, message, *changes, parents=None, author=b"Ann", at=None):
        self.count += 1
        when = int((at or START + timedelta(minutes=self.count)).timestamp())
        person = b"%s <ann@example.org> %d +0000\n" % (author, when)
        self.stream += [b"reset refs/made/%d\ncommit refs/made/%d\n" % (self.count, self.count)]
        self.stream += [b"mark :%d\nauthor %scommitter %s" % (self.count, person, person), data(message)]
        before = [self.count - 1] if self.count > 1 else []
        for order, parent in enumerate(before if parents is None else parents):
            self.stream.append(b"%s :%d\n" % (b"merge" if order else b"from", parent))
        self.stream += changes
        return self.count

    def write(self, path):
        git(None, "init", "-q", "--bare", "--initial-branch=main", str(path))
        stream = b"".join([*self.stream, b"reset refs/heads/main\nfrom :%d\n" % self.count])
        git(path, "fast-import", "--quiet", stdin=stream)
        return [git(path, "rev-parse", f"refs/made/{number + 1}").strip() for number in range(self.count)]


def file(name, content=b"1\n"):
    return b"M 644 inline " + quoted(name) + b"\n" + data(content)


NAMES = [b"a b", b'q"uote', b"new\nline", b"tab\t", "emoji 🎉.md".encode(), b"caf\xe9", b"pipe | `tick` <b>", b"-dash"]


def odd():
    """One commit for each oddity, on one day; a merge of three parents last."""
    made = History()
    made.commit(b"Root", *(file(b"src/%d.py" % number, b"a = 1\n" * 9) for number in range(3)))
    made.commit(b"Odd names", *map(file, NAMES))
    made.commit(HTML_TITLE.encode() + b"\r\nnot the title", file(b"a", b"2\n"))
    made.commit(b"Odd author", file(b"a", b"3\n"), author=b"P|pe `tick` &lt;b&gt; @octocat ann@example.org")
    made.commit(b"No author", file(b"a", b"4\n"), author=b"")
    made.commit(b"Not UTF-8 \xff\xfe", file(b"a", b"5\n"), author=b"caf\xe9")
    made.commit(b"Binary", file(b"logo.png", bytes(range(256)) * 9))
    made.commit(b"Rename", b"R src/0.py src/moved.py\n")
    made.commit(b"Submodule", b"M 160000 " + b"a" * 40 + b" lib\n")
    made.commit(b"", file(b"a", b"6\n"))
    made.commit(b"\n\n  \nTitle below blank lines\n", file(b"a", b"7\n"))
    made.commit(b"Long body\n\n" + b"word " * 12_000, file(b"a", b"8\n"))
    made.commit(b"word " * 12_000, file(b"a", b"9\n"))
    made.commit(b"x" * 60_000, file(b"a", b"10\n"))
    made.commit(b"No change at all")
    trunk = made.count
    sides = [made.commit(b"Side %d" % number, file(b"side%d" % number), parents=[trunk]) for number in (1, 2)]
    made.commit(b"Octopus", file(b"side1"), file(b"side2"), parents=[trunk, *sides])
    return made
