"""The bundled sample's history: `templates/demo/sample.toml` as commits to make."""

import base64
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ghapp.demo.sample import Content, SampleCommit

_FILE = Path(__file__).parent.parent.parent / "templates" / "demo" / "sample.toml"

Tree = dict[str, Content]


def sample_history() -> list[SampleCommit]:
    """The sample's commits, parents before children, each with the files that it changes.

    Raises:
        ValueError: An edit's old text is not in the file exactly once; names the commit.
    """
    history = _History()
    return [history.commit(raw) for raw in tomllib.loads(_FILE.read_text(encoding="utf-8"))["commit"]]


class _History:
    """Follows the default branch (line "") and the side lines while commits are added to them."""

    def __init__(self) -> None:
        self._trees: dict[str, Tree] = {"": {}}
        self._tips: dict[str, tuple[int, ...]] = {"": ()}
        self._forks: dict[str, Tree] = {}
        self._count = 0

    def commit(self, raw: dict[str, Any]) -> SampleCommit:
        line, merged = raw.get("line", ""), raw.get("merges")
        if line not in self._trees:
            self._forks[line], self._tips[line] = self._trees[""], self._tips[""]
        before = self._trees.get(line, self._trees[""])
        after = dict(before)
        if merged:
            after |= {path: text for path, text in self._trees[merged].items() if self._forks[merged].get(path) != text}
        _apply(after, raw)
        parents = self._tips[line] + (self._tips[merged] if merged else ())
        self._trees[line], self._tips[line] = after, (self._count,)
        self._count += 1
        return SampleCommit(raw["message"].strip(), dict(_changed(before, after)), parents, raw["author"])


def _apply(tree: Tree, raw: dict[str, Any]) -> None:
    tree |= raw.get("files", {})
    tree |= {path: base64.b64decode(text) for path, text in raw.get("binary", {}).items()}
    for old, new in raw.get("moves", ()):
        tree[new] = tree.pop(old)
    for path in raw.get("removed", ()):
        del tree[path]
    for path, old, new in raw.get("edits", ()):
        text = str(tree[path])
        if text.count(old) != 1:
            raise ValueError(f"{raw['message']!r}: {old!r} is in {path} {text.count(old)} times")
        tree[path] = text.replace(old, new)


def _changed(before: Tree, after: Tree) -> Iterator[tuple[str, Content | None]]:
    yield from ((path, None) for path in before if path not in after)
    yield from ((path, content) for path, content in after.items() if before.get(path) != content)
