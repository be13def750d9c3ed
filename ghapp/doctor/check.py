"""One check's outcome, and how the outcomes are written down: for people, and for machines."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import click

Status = Literal["ok", "warn", "fail"]

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
#: What is reported of one check at most, where a line could come for each key or account.
MOST_LINES = 10


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Attributes:
        check: Its name: the subject, a dot, and what of it was looked at.
        status: "warn" works, and somebody should know; "fail" does not work.
        name: The variable, permission, event or account that it is about.
        said: Of "ok" what was found, which may be ""; else what is wrong and what to do.
    """

    check: str
    status: Status
    name: str
    said: str = ""

    @property
    def fix(self) -> str:
        """What is wrong and what to do; "" when nothing is."""
        return "" if self.status == "ok" else self.said


def good(check: str, name: str, found: str = "") -> Check:
    """Nothing is wrong."""
    return Check(check, "ok", name, found)


def warning(check: str, name: str, fix: str) -> Check:
    """It works, and somebody should know."""
    return Check(check, "warn", name, fix)


def failure(check: str, name: str, fix: str) -> Check:
    """It does not work."""
    return Check(check, "fail", name, fix)


def is_healthy(checks: Sequence[Check]) -> bool:
    """Whether nothing failed; warnings do no harm."""
    return all(one.status != "fail" for one in checks)


def as_json(checks: Sequence[Check]) -> str:
    """A list as docs/doctor.schema.json describes it."""
    rows = [{"check": one.check, "status": one.status, "name": one.name, "fix": one.fix} for one in checks]
    return json.dumps(rows, ensure_ascii=False, indent=2)


def as_text(checks: Sequence[Check]) -> str:
    """One line for each check, what to do on the next one, and the count; with colours, for a terminal to show."""
    widths = max((len(one.check) for one in checks), default=0), max((len(one.name) for one in checks), default=0)
    count = Counter(one.status for one in checks)
    last = f"{count['ok']} ok, {count['warn']} warnings, {count['fail']} failures"
    return "\n".join([*(_line(one, widths) for one in checks), last])


def _line(one: Check, widths: tuple[int, int]) -> str:
    status = click.style(f"{one.status:4}", fg=COLOURS[one.status])
    line = f"{status}  {one.check:{widths[0]}}  {one.name:{widths[1]}}"
    if one.status == "ok":
        return f"{line}  {one.said}".rstrip()
    return f"{line.rstrip()}\n      {one.said}"
