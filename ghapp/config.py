"""`.github/ghapp.yml`: what a repository chooses, read from its default branch, else from the owner's `.github`."""

from dataclasses import dataclass
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ghapp.github import Installation, MissingError
from ghapp.reads import Repository
from ghapp.settings import Settings
from ghapp.settings_reader import is_timezone
from ghapp.store import Store

PATH = ".github/ghapp.yml"
#: For so long, in seconds, the file is not asked for again, unless a landed commit touches it.
FRESH_SECONDS = 30
MAX_CHARACTERS = 64 * 1024
NOT_MODIFIED = 304


class Choices(BaseModel):
    """The file's keys. Unknown keys and wrong values make the whole file invalid: it is never obeyed by half."""

    model_config = ConfigDict(extra="forbid", strict=True)

    #: Language of card and digest; None: the operator's default.
    language: Literal["en", "zh-CN"] | None = None
    #: IANA name of the zone whose midnight begins a day; None: the operator's default.
    timezone: str | None = None
    #: Whether drafts get a card.
    drafts: bool = False
    #: Whether the issue of a finished day is closed.
    close_digests: bool = True
    #: What a model is told about the project; it cannot change the rules.
    instructions: str = Field("", max_length=2000)

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        if value is not None and not is_timezone(value):
            raise ValueError("not an IANA time zone name such as Europe/Berlin")
        return value


@dataclass(frozen=True, slots=True)
class Config:
    """What holds for one repository.

    Attributes:
        language: One of `settings.LANGUAGES`.
        timezone: IANA name.
        drafts: Whether drafts get a card.
        faults: What is wrong with the file, one phrase each, untrusted text; when there is any, none of the file's
            values is used.
        instructions: What a model is told about the project; untrusted.
        close_digests: Whether the issue of a finished day is closed.
    """

    language: str
    timezone: str
    drafts: bool = False
    faults: tuple[str, ...] = ()
    instructions: str = ""
    close_digests: bool = True


def config_from(text: str, settings: Settings) -> Config:
    """The configuration that a file's text asks for, over the operator's defaults."""
    default = Config(settings.language, settings.timezone)
    if len(text) > MAX_CHARACTERS:
        return Config(default.language, default.timezone, faults=(f"over {MAX_CHARACTERS} characters",))
    try:
        chosen = Choices.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        return Config(default.language, default.timezone, faults=(f"not YAML{where}",))
    except ValidationError as error:
        return Config(default.language, default.timezone, faults=_faults(error))
    except (ValueError, KeyError, AttributeError, RecursionError):
        # What PyYAML lets through for values such as 2026-13-45 or `!!bool x`, and for ten thousand brackets.
        return Config(default.language, default.timezone, faults=("not YAML",))
    return Config(
        language=chosen.language or default.language,
        timezone=chosen.timezone or default.timezone,
        drafts=chosen.drafts,
        instructions=chosen.instructions,
        close_digests=chosen.close_digests,
    )


def _faults(error: ValidationError) -> tuple[str, ...]:
    allowed = ", ".join(Choices.model_fields)
    faults: list[str] = []
    for fault in error.errors(include_url=False, include_context=False)[:10]:
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        unknown = fault["type"] == "extra_forbidden"
        faults.append(f"{where[:60]}: " + (f"no such key (allowed: {allowed})" if unknown else fault["msg"]))
    return tuple(faults)


def read_config(github: Installation, store: Store, settings: Settings, repository: Repository) -> Config:
    """The repository's configuration, from Redis when it was read in the last half minute.

    Two reads at the most: the repository's file, else the one of the owner's `.github` repository.
    """
    known = store.config(repository.id)
    now = store.now()
    if known and now - float(known["read_at"]) < FRESH_SECONDS:
        return config_from(known["text"], settings)
    owner = repository.full_name.split("/", maxsplit=1)[0]
    places = [f"/repositories/{repository.id}"]
    if repository.full_name != f"{owner}/.github":
        places.append(f"/repos/{owner}/.github")
    for place in places:
        values = _file(github, f"{place}/contents/{PATH}", known)
        if values is not None:
            store.put_config(repository.id, {**values, "read_at": str(now)})
            return config_from(values["text"], settings)
    store.put_config(repository.id, {"path": "", "etag": "", "text": "", "read_at": str(now)})
    return config_from("", settings)


def _file(github: Installation, path: str, known: dict[str, str]) -> dict[str, str] | None:
    """The text at `path`, None when there is none; not sent again when its ETag is still right."""
    headers = {"Accept": "application/vnd.github.raw+json"}
    if known.get("path") == path and known.get("etag"):
        headers["If-None-Match"] = known["etag"]
    try:
        response = github.response("GET", path, headers=headers)
    except MissingError:
        return None
    if response.status_code == NOT_MODIFIED:
        return {"path": path, "etag": known["etag"], "text": known["text"]}
    text = response.content[: 4 * MAX_CHARACTERS + 4].decode("utf-8", "replace")[: MAX_CHARACTERS + 1]
    return {"path": path, "etag": response.headers.get("etag", ""), "text": text}
