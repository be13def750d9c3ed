"""Labels: how people rated some of a clone's commits, one JSON object a line."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from analysis.rating import Level
from ghapp.clone import Clone, NoSuchRevision

#: So many faults of a file of labels are told at once.
SHOWN_FAULTS = 10
#: Each line is read by itself.
_LINE_ONE = re.compile(r" at line 1 (?=column \d)")

#: What is rated.
RatingName = Literal["importance", "risk"]


class LabelsError(ValueError):
    """The labels cannot be used; the message names every fault with its line."""


class SecondLabel(BaseModel, frozen=True):
    """What another person said."""

    importance: Level
    risk: Level | None = None


class Label(BaseModel, frozen=True):
    """One commit as people rated it; other keys of the line are not looked at.

    Attributes:
        sha: The commit's name, in full or shortened.
        importance: What the first labeller said.
        risk: The same of its risk; None: nothing.
        second: What the second said; None: nobody did.
    """

    sha: Annotated[str, Field(pattern="^[0-9a-f]{7,64}$")]
    importance: Level
    risk: Level | None = None
    second: SecondLabel | None = None

    def levels(self, rating: RatingName) -> tuple[Level | None, Level | None]:
        """What the two said."""
        return getattr(self, rating), getattr(self.second, rating) if self.second else None


def read_labels(text: str) -> list[Label]:
    """The labels of a file of JSON lines; empty lines, and a byte order mark, are skipped.

    Raises:
        LabelsError: There is none, a line is not a label, or a commit comes twice.
    """
    labels: dict[str, Label] = {}
    faults: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            label = Label.model_validate_json(line)
        except ValidationError as error:
            faults += [f"line {number}: {fault}" for fault in _faults(error)]
            continue
        if label.sha in labels:
            faults.append(f"line {number}: sha: {label.sha} is there already")
        labels[label.sha] = label
    if faults:
        more = len(faults) - SHOWN_FAULTS
        raise LabelsError(
            "\n".join(["these are no labels:", *faults[:SHOWN_FAULTS], *([f"and {more} more"] if more > 0 else [])])
        )
    if not labels:
        raise LabelsError("there are no labels in the file")
    return list(labels.values())


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        where = ".".join(str(part) for part in fault["loc"])
        said = _LINE_ONE.sub(" at ", fault["msg"])
        yield f"{where}: {said}" if where else said


def located(labels: Iterable[Label], clone: Clone) -> dict[str, Label]:
    """The labels by the full names of their commits, without those that the clone has not.

    Raises:
        LabelsError: Two of them name the same commit.
    """
    found: dict[str, Label] = {}
    for label in labels:
        try:
            name = clone.resolve(label.sha)
        except NoSuchRevision:
            continue
        if name in found:
            raise LabelsError(f"{label.sha} and {found[name].sha} are the same commit")
        found[name] = label
    return found
