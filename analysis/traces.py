"""Traces: what is kept of a landed commit for a while to tell what became of it, or what it did to earlier ones."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analysis.change import Change, FileChange
from analysis.follow_ups import follow_ups
from analysis.past import Message
from analysis.patch import LINE_LIMIT, PATCH_LIMIT
from analysis.paths import PRODUCT_ROLES, path_role
from analysis.references import FollowUp
from analysis.title import TITLE_LIMIT, read_title

#: A fix that changes more product files, or removes more of their lines, reworks what is there: it mends no one change.
FIX_FILES, FIX_REMOVED = 15, 300
#: Characters, without spaces, of a line that is not there by chance.
_LINE_CHARACTERS = 10

#: Fixes of what does not run where the product is used.
_NO_FIX = re.compile(
    r"\b(?:typos?|spelling|grammar|docs?|docstrings?|documentation|readme|changelog|comments?|lint\w*|format\w*|"
    r"clippy|mypy|flak[ey]\w*|(?:check)?styles?|javadocs?|tests?|testing|ci|workflows?|warnings?)\b",
    re.IGNORECASE,
)
_RELEASE = re.compile(
    r"^(?:release|version|v)?[ :]*v?\d+(?:\.\d+)+\S*$"
    r"|^(?:prepare|cut|tag|publish|start|begin|finish)\b.{0,40}\b(?:release|version|development cycle)\b"
    r"|^(?:release|releasing)\b[ :]*(?:of |for )?(?:v?\d|\w+ v?\d)"
    r"|^(?:bump|set|update|increment)\w*\s(?:the\s|new\s|next\s)*(?:(?:development|package|project|release)\s)?"
    r"versions?(?:\s(?:number|from|to)\b.*)?$"
    r"|^(?:bump|set|update)\w* to v?\d+\.\d+\S*$",
    re.IGNORECASE,
)
_TRIVIAL = re.compile(
    r"(?:from\b.*\bimport|import|#\s*include|using|use|package|namespace|require|export \{)\b"
    r"|(?:#(?!\[)|//|\*|/\*|<!--|--\s|;;|\"{3}|'{3})"
    r"|return(?: (?:None|null|nil|true|false|True|False|self|this|0|1|-1))?;?$"
    r"|(?:break|continue|else|pass|try|finally)\b.{0,3}$"
    r"|@Override$|\W*$"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """What is kept of one landed commit; texts are untrusted.

    Attributes:
        commit_sha: Full hex name.
        committed_at: Committer date, seconds since the epoch.
        title: The title that people wrote.
        pull: Number of its pull request, or None.
        said: What its message says of earlier changes.
        is_release: It sets a version and does nothing else, by its title.
        is_fix: It mends something that runs where the product is used, by its title, and is of modest size.
        written: Lines of product files that it added, and that say something: hashes of path and text.
        removed: The same of those that it removed, under the path before it.
    """

    commit_sha: str
    committed_at: int
    title: str
    pull: int | None
    said: tuple[FollowUp, ...]
    is_release: bool
    is_fix: bool
    written: frozenset[int]
    removed: frozenset[int]


def trace_of(commit_sha: str, committed_at: int, message: Message, change: Change) -> Trace:
    """What is kept of a commit.

    Args:
        commit_sha: Full hex name.
        committed_at: Committer date, seconds since the epoch.
        message: Who wrote it and what it says.
        change: What it changes against its first parent, with patches.
    """
    title = read_title(message.title, message.body)
    product = [file for file in change.files if path_role(file.path) in PRODUCT_ROLES]
    modest = len(product) <= FIX_FILES and sum(file.deleted for file in product) <= FIX_REMOVED
    written = {line for file in product for line in _lines(file, "+", file.path)}
    removed = {line for file in product for line in _lines(file, "-", file.previous_path or file.path)}
    return Trace(
        commit_sha=commit_sha,
        committed_at=committed_at,
        title=title.text[:TITLE_LIMIT],
        pull=message.pull,
        said=follow_ups(message.title, message.body, message.pull, bot=message.bot),
        is_release=_RELEASE.search(title.subject) is not None,
        is_fix=title.kind == "bug fix" and modest and not _NO_FIX.search(title.text),
        # What is moved, or only indented anew, is neither written nor removed.
        written=frozenset(written - removed),
        removed=frozenset(removed - written),
    )


def _lines(file: FileChange, sign: str, path: str) -> Iterator[int]:
    """The lines with that sign that say something, each as a number."""
    if file.patch is None or len(file.patch) > PATCH_LIMIT:
        return
    for text in _texts(file.patch.split("\n"), sign):
        if len(text.replace(" ", "")) >= _LINE_CHARACTERS and not _TRIVIAL.match(text):
            yield _number(f"{path}\0{text}")


def _texts(lines: Iterable[str], sign: str) -> Iterator[str]:
    return (line[1 : LINE_LIMIT + 1].strip() for line in lines if line.startswith(sign))


def _number(text: str) -> int:
    """64 bits that stand for a text in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())
