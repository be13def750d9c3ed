"""What the commands on a clone log, for the person who sits there: warnings, as the command's own words."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import click


class _Said(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"ghapp: {record.getMessage()}", err=True)


@contextmanager
def logged() -> Generator[None]:
    """Warnings of ours go to standard error for the body of a `with`."""
    ours, said = logging.getLogger("ghapp"), _Said(logging.WARNING)
    ours.addHandler(said)
    was, ours.propagate = ours.propagate, False
    try:
        yield
    finally:
        ours.removeHandler(said)
        ours.propagate = was
