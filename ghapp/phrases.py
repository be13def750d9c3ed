"""Fixed phrases in the languages we speak, from templates/text/<language>/*.toml."""

import functools
import tomllib
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).parent.parent / "templates"


class Phrases:
    """One language's phrases, by dotted key; `{name}` in a phrase is replaced."""

    def __init__(self, language: str) -> None:
        """Read the language's files.

        Raises:
            FileNotFoundError: There is no such language.
        """
        self.language = language
        self._tables: dict[str, Any] = {}
        for path in sorted((TEMPLATES / "text" / language).glob("*.toml")):
            self._tables |= tomllib.loads(path.read_text(encoding="utf-8"))
        if not self._tables:
            raise FileNotFoundError(f"no phrases for {language}")

    def say(self, key: str, /, **values: object) -> str:
        """The phrase `key`, with `values` in place. A phrase with forms `one` and `other` is chosen by `n`.

        Raises:
            KeyError: There is no such phrase, or it has a placeholder without a value.
        """
        table, _, name = key.partition(".")
        phrase: Any = self._tables[table][name]
        if isinstance(phrase, dict):
            phrase = phrase["one" if values.get("n") == 1 and "one" in phrase else "other"]
        return str(phrase).format_map(values)


@functools.cache
def phrases(language: str) -> Phrases:
    """The phrases of a language, read once."""
    return Phrases(language)
