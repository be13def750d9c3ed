"""Operator settings, read once from the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ghapp.calendar import CLOCK, Calendar
from ghapp.settings_credentials import Credentials, credentials
from ghapp.settings_model import ModelSettings, model_settings
from ghapp.settings_reader import Reader

LANGUAGES = ("en", "zh-CN")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
#: How long a job may take, and must be allowed to when it asks a model.
JOB_SECONDS = 300
#: The least that ADMIN_TOKEN may have.
ADMIN_TOKEN_CHARACTERS = 16
#: Of a person or an organisation, those of managed users (`name_company`) included; in lower case.
LOGIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")

__all__ = ["Credentials", "Settings", "SettingsError", "settings_from"]


class SettingsError(Exception):
    """The environment is wrong; `problems` names every fault with its fix."""

    def __init__(self, problems: list[str]) -> None:
        """Keep one sentence per fault."""
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Operator settings.

    Attributes:
        credentials: None in set-up mode (nothing of the App is configured yet).
        github_api_url: Base of the REST API, without a trailing slash.
        redis_url: None: `ghapp run` embeds a server under `state_dir`.
        state_dir: Where the embedded Redis keeps its data.
        host: Address that the receiver listens on.
        port: TCP port of the receiver.
        workers: Worker processes that `ghapp run` starts.
        dry_run: Nothing is written to GitHub; what would be is logged.
        language: Default language of repositories that choose none.
        timezone: Default time zone (IANA name) of repositories that choose none.
        render_delay: Seconds from a landing to the first write of a digest.
        render_interval: Least seconds between two writes of one digest.
        log_level: A name of `LOG_LEVELS`.
        model: None: no model is asked.
        writes_per_second: Content writes that one installation may have at most.
        writes_per_hour: The same, in any hour.
        job_seconds: How long one job may take; leases are a tenth longer.
        calendar: What day it is; another one than the clock's in rehearsals only.
        repair_interval: Seconds between two looks at what no delivery told us of; 0: none.
        rollover_wait: Seconds that a finished day waits for analyses before its digest is closed.
        allowed_accounts: Logins, in lower case, of the accounts that are served; empty: all.
        admin_token: What opens the admin page; "": there is none.
        trust_proxy: How many proxies in front of the receiver say the truth in `X-Forwarded-…`.
        history_megabytes: What a repository's history may take on disk while it is read; 0: none is.
    """

    credentials: Credentials | None
    github_api_url: str = "https://api.github.com"
    redis_url: str | None = None
    state_dir: Path = Path(".ghapp")
    host: str = "0.0.0.0"  # noqa: S104 - GitHub must reach it
    port: int = 3000
    workers: int = 2
    dry_run: bool = False
    language: str = "en"
    timezone: str = "UTC"
    render_delay: float = 5.0
    render_interval: float = 25.0
    log_level: str = "INFO"
    model: ModelSettings | None = None
    writes_per_second: float = 1.0
    writes_per_hour: int = 450
    job_seconds: int = 300
    calendar: Calendar = CLOCK
    repair_interval: float = 900.0
    rollover_wait: float = 1800.0
    allowed_accounts: frozenset[str] = frozenset()
    admin_token: str = ""
    trust_proxy: int = 0
    history_megabytes: int = 1024

    def serves(self, account: str) -> bool:
        """Whether the operator lets the installation on this account (a login) be served."""
        return not self.allowed_accounts or account.lower() in self.allowed_accounts


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read every setting.

    Raises:
        SettingsError: Something is missing or wrong; all faults at once.
    """
    settings, reader = read_leniently(environ)
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def read_leniently(environ: Mapping[str, str]) -> tuple[Settings, Reader]:
    """Every setting, with its default where it is missing or wrong; and the reader, which knows what is wrong."""
    reader = Reader(environ)
    settings = Settings(
        credentials=credentials(reader),
        github_api_url=reader.url("GITHUB_API_URL", "https://api.github.com", ("https", "http")),
        redis_url=reader.url("REDIS_URL", "", ("redis", "rediss", "unix")) or None,
        state_dir=_state_dir(reader),
        host=reader.text("GHAPP_HOST", "0.0.0.0"),  # noqa: S104 - as above
        port=int(reader.number("PORT", 3000, 0, 65535)),
        workers=int(reader.number("GHAPP_WORKERS", 2, 1, 64)),
        dry_run=reader.flag("GHAPP_DRY_RUN"),
        language=reader.choice("GHAPP_LANGUAGE", "en", LANGUAGES),
        timezone=reader.zone("GHAPP_TIMEZONE", "UTC"),
        render_delay=reader.number("GHAPP_RENDER_DELAY", 5, 0, 600),
        render_interval=reader.number("GHAPP_RENDER_INTERVAL", 25, 0, 3600),
        log_level=reader.choice("LOG_LEVEL", "INFO", LOG_LEVELS),
        model=model_settings(reader),
        writes_per_second=reader.number("GHAPP_WRITES_PER_SECOND", 1, 0.01, 1000),
        writes_per_hour=int(reader.number("GHAPP_WRITES_PER_HOUR", 450, 1, 1_000_000)),
        job_seconds=_job_seconds(reader),
        calendar=_calendar(reader),
        repair_interval=reader.number("GHAPP_REPAIR_INTERVAL", 900, 0, 86_400),
        rollover_wait=reader.number("GHAPP_ROLLOVER_WAIT", 1800, 0, 86_400),
        allowed_accounts=_allowed_accounts(reader),
        admin_token=_admin_token(reader),
        trust_proxy=int(reader.number("GHAPP_TRUST_PROXY", 0, 0, 10)),
        history_megabytes=int(reader.number("GHAPP_HISTORY_MEGABYTES", 1024, 0, 1_000_000)),
    )
    return settings, reader


def _allowed_accounts(reader: Reader) -> frozenset[str]:
    raw = reader.text("GHAPP_ALLOWED_ACCOUNTS")
    names = frozenset(part.strip().lower() for part in raw.split(",") if part.strip())
    for name in sorted(name for name in names if not LOGIN.fullmatch(name)):
        reader.problems.append(f"GHAPP_ALLOWED_ACCOUNTS: {name!r} is no login; give names such as acme, with commas.")
    if raw and not names:
        reader.problems.append("GHAPP_ALLOWED_ACCOUNTS names no account: unset it to serve all, or give their logins.")
    return names


def _admin_token(reader: Reader) -> str:
    token = reader.text("ADMIN_TOKEN")
    if token and len(token) < ADMIN_TOKEN_CHARACTERS:
        fix = f"give {ADMIN_TOKEN_CHARACTERS} characters or more, at random"
        reader.problems.append(f"ADMIN_TOKEN has {len(token)} characters: {fix}, or unset it to have no admin page.")
    return token


def state_dir_of(environ: Mapping[str, str]) -> Path:
    """The directory that `GHAPP_STATE_DIR` names."""
    return _state_dir(Reader(environ))


def _state_dir(reader: Reader) -> Path:
    return Path(reader.text("GHAPP_STATE_DIR", ".ghapp")).absolute()


def _calendar(reader: Reader) -> Calendar:
    try:
        return Calendar.read(reader.text("GHAPP_CALENDAR"))
    except ValueError:
        reader.problems.append("GHAPP_CALENDAR is for rehearsals: unset it, or give <real>:<shown>:<speed>.")
        return CLOCK


def _job_seconds(reader: Reader) -> int:
    seconds = int(reader.number("GHAPP_JOB_SECONDS", JOB_SECONDS, 10, 86_400))
    if reader.text("OPENAI_MODEL") and seconds < JOB_SECONDS:
        # One question to a model, with its repetition, takes almost as long.
        reader.problems.append(f"GHAPP_JOB_SECONDS is {seconds}: with OPENAI_MODEL set it to {JOB_SECONDS} or more.")
    return seconds
