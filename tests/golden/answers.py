"""What a model might have written about commits of the fixed history, in all three depths."""

from dataclasses import replace

from analysis.ledger import LedgerEntry
from analysis.prose import Counts, Finding, Insight, Proposal, Prose
from analysis.raising import raised
from ghapp.model_note import ModelNote

HIGH = Prose(
    depth="high",
    types=("bug fix", "test"),
    summary="`first` returns `None` for an empty list instead of raising `IndexError`. Callers that unpack its result "
    "have to check for that.",
    scope=("Reading of rows", "`src/app.py`"),
    insight=Insight(
        architecture="The check moves from the callers into `first`.",
        performance="One more truth test for each call.",
        security="An empty request no longer ends the process.",
        maintainability="The new test holds the empty case.",
        compatibility="Code that catches `IndexError` around `first` never sees it again.",
    ),
    findings=(
        Finding("A caller that indexes the result fails later.", "high", "src/app.py", 7, 7, "All callers check."),
        Finding("An empty tuple gives `None`, too.", "medium", "src/app.py", 6, 7),
        Finding("`rows` may be a generator, which is always true.", "medium", "src/app.py", 6, 6, "Only lists come."),
        Finding("The test compares with `is None` alone.", "low", "tests/test_app.py", 1, 2),
    ),
    advice=("Say in the docstring of `first` that it may give `None`.", "Look at every caller of `first`."),
    counts=Counts(findings_kept=4, findings_dropped=1, figures_removed=2),
)
MEDIUM = Prose(
    depth="medium",
    types=("feature",),
    summary="Adds `--workers` and lowers `TIMEOUT` from 30 to 5.",
    scope=("Command line",),
    findings=(Finding("Slow servers now run into `TIMEOUT`.", "medium", "src/app.py", 3, 3, "No call takes 5 s."),),
    advice=("Announce the shorter `TIMEOUT`.",),
    counts=Counts(findings_kept=1),
)
LOW = Prose(depth="low", types=("docs",), summary="Merges the page about installing.")
RAISED = replace(
    MEDIUM,
    types=("dependencies",),
    summary="Moves flask to 3.0.0.",
    scope=(),
    findings=(Finding("`flask` drops names that 2.3.3 had.", "high", "requirements.txt", 1, 1),),
    advice=(),
    importance=Proposal("high", "`flask` 3.0.0 removes public names"),
    risk=Proposal("medium", "imports may fail at start"),
)
FILES = (
    LedgerEntry("src/app.py", "part", "budget", 1, 2, 4, 6),
    LedgerEntry("tests/test_app.py", "full", "whole", 1, 1, 2, 2),
)
USED = ModelNote(
    "used",
    "",
    "reader-1",
    6012,
    512,
    "0.0123 USD",
    full=1,
    part=1,
    redactions=1,
    amount=0.0123,
    currency="USD",
    dropped=1,
)


def judged_with(assessment, prose):
    """The assessment as it is after a model's answer; None: there is none."""
    if prose is None:
        return assessment
    return replace(raised(assessment, prose), types=prose.types, prose=prose)
