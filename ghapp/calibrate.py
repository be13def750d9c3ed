"""What `ghapp calibrate` does: a clone's commits rated as of their landing, and what became of them, written out."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import click

from analysis.calibration import Calibrating
from analysis.outcomes import DAYS
from ghapp.calibration_text import as_html, as_json, as_text
from ghapp.clone import Clone, CloneError
from ghapp.rate import Progress
from ghapp.rating_pass import landings, landings_between
from ghapp.report import github_name

Form = Literal["md", "html", "json"]


def calibrate(path: Path, since: datetime | None, until: datetime | None, form: Form, progress: Progress) -> str:
    """How often changes of each level of risk were reverted or fixed.

    Args:
        path: The clone.
        since: Aware time, included; None: from the root.
        until: Aware time, excluded; None: to the newest. What came within 14 days after is read, too.
        form: How it is written.
        progress: Shows how far it is.

    Raises:
        click.ClickException: The clone cannot be read, or has no commit in the range; says why.
    """
    read_until = None if until is None else until + timedelta(days=DAYS)
    try:
        clone = Clone(path)
        chosen = replace(landings_between(clone, since, read_until), is_traced=True)
        found = Calibrating(None if until is None else until.timestamp())
        for one in progress(landings(clone, chosen), len(chosen.rated)):
            if one.trace is not None:
                found.add(one.trace, one.assessment, is_whole=one.is_whole)
        name = github_name(clone) or path.absolute().name.removesuffix(".git")
    except CloneError as error:
        raise click.ClickException(str(error)) from error
    return {"md": as_text, "html": as_html, "json": as_json}[form](name, found.result(chosen.newest_at))
