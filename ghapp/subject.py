"""Whose change a model is asked about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose change it is, and how it is to be read.

    Attributes:
        repository: GitHub's id.
        installation: Whose budget it counts against, too.
        language: Of the answer.
        instructions: The repository's own guidance; untrusted.
    """

    repository: int
    installation: int
    language: str
    instructions: str = ""
