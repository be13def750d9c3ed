"""Operator settings of the model, read from the environment; without OPENAI_MODEL there is none."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ghapp.settings_reader import Reader

#: What a day may cost by default, in tokens read and written: some 200 changes a repository.
REPOSITORY_TOKENS, INSTALLATION_TOKENS = 2_000_000, 10_000_000
#: The most that one prompt may have; small changes take much less.
PROMPT_TOKENS = 24_000
#: With less, rules, guidance and description leave no room for a diff.
LEAST_PROMPT_TOKENS = 4000


@dataclass(frozen=True, slots=True, repr=False)
class ModelSettings:
    """Which model is asked, and how much it may cost. Never printed: there is no repr.

    Attributes:
        base_url: Up to and without `/chat/completions`.
        api_key: None: the server asks for none.
        name: The model's name as the server spells it.
        name_high: Another model for changes of high importance; None: the same.
        prompt_tokens: What one prompt may have at most; how much it has follows from the change.
        repository_tokens: What one repository may cost a day, in tokens read and written.
        installation_tokens: What one installation may cost a day.
        price_read: Of a million tokens read, in `currency`; 0: not known.
        price_written: Of a million tokens written.
        currency: Shown with costs.
        outsiders: Whether pull requests of people without write access are read by the model, too.
        retry: Seconds after a first failure; doubled with each one in a row, up to an hour.
        tokenizer: The model's `tokenizer.json`, for real counts; None: tokens are estimated, from above.
        pause: A pull request costs at most one call in so many seconds, after the last of its pushes.
    """

    base_url: str
    api_key: str | None
    name: str
    name_high: str | None = None
    prompt_tokens: int = PROMPT_TOKENS
    repository_tokens: int = REPOSITORY_TOKENS
    installation_tokens: int = INSTALLATION_TOKENS
    price_read: float = 0.0
    price_written: float = 0.0
    currency: str = "USD"
    outsiders: bool = False
    retry: float = 60.0
    pause: float = 300.0
    tokenizer: Path | None = None

    def cost(self, read: int, written: int) -> float:
        """What so many tokens cost, in `currency`."""
        return (read * self.price_read + written * self.price_written) / 1e6


def model_settings(reader: Reader) -> ModelSettings | None:
    """The model's settings; faults are left with the reader."""
    name, key = reader.text("OPENAI_MODEL"), reader.text("OPENAI_API_KEY")
    base_url = reader.url("OPENAI_BASE_URL", "https://api.openai.com/v1", ("https", "http"))
    if not name:
        if key or reader.text("OPENAI_BASE_URL"):
            reader.problems.append("OPENAI_MODEL is not set: name the model, or unset the other OPENAI_ variables.")
        return None
    _look_at(reader, base_url, key)
    return ModelSettings(
        base_url=base_url,
        api_key=key or None,
        name=name,
        name_high=reader.text("GHAPP_MODEL_HIGH") or None,
        prompt_tokens=int(reader.number("GHAPP_PROMPT_TOKENS", PROMPT_TOKENS, LEAST_PROMPT_TOKENS, 200_000)),
        repository_tokens=int(reader.number("GHAPP_REPOSITORY_TOKENS", REPOSITORY_TOKENS, 0, 1e12)),
        installation_tokens=int(reader.number("GHAPP_INSTALLATION_TOKENS", INSTALLATION_TOKENS, 0, 1e12)),
        price_read=reader.number("GHAPP_PRICE_READ", 0, 0, 1e6),
        price_written=reader.number("GHAPP_PRICE_WRITTEN", 0, 0, 1e6),
        currency=reader.text("GHAPP_CURRENCY", "USD"),
        outsiders=reader.flag("GHAPP_MODEL_OUTSIDERS"),
        retry=reader.number("GHAPP_MODEL_RETRY", 60, 0.1, 3600),
        pause=reader.number("GHAPP_MODEL_PAUSE", 300, 0, 86_400),
        tokenizer=_tokenizer(reader),
    )


def is_address(base_url: str) -> bool:
    """Whether a server can be asked there: http or https, a host, and a port that is one if there is any."""
    try:
        parts = urlsplit(base_url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_header(value: str) -> bool:
    """Whether a header may hold it."""
    return value.isascii() and value.isprintable()


def _look_at(reader: Reader, base_url: str, key: str) -> None:
    """What could not be sent at all is a fault here and not at each call; values are not repeated."""
    if not is_address(base_url):
        reader.problems.append("OPENAI_BASE_URL is no address of a server: set it as https://host:port/v1.")
    if base_url.endswith("/chat/completions"):
        reader.problems.append("OPENAI_BASE_URL ends in /chat/completions: leave that out, it is added.")
    if not is_header(key):
        reader.problems.append("OPENAI_API_KEY has a character that no header may hold: copy the key again.")


def _tokenizer(reader: Reader) -> Path | None:
    path = Path(reader.text("GHAPP_TOKENIZER"))
    if path == Path():
        return None
    if not path.is_file():
        reader.problems.append(f"GHAPP_TOKENIZER: there is no file {path}: name the model's tokenizer.json.")
    elif importlib.util.find_spec("tokenizers") is None:
        reader.problems.append("GHAPP_TOKENIZER needs the package tokenizers: install ghapp[tokenizer].")
    return path
