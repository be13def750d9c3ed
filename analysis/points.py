"""Points: what each signal adds to importance and to risk; the one table to calibrate."""

from typing import NamedTuple


class Points(NamedTuple):
    """What one signal adds (or takes away, when negative).

    Attributes:
        importance: To importance.
        risk: To risk: what goes with changes that are reverted.
        follow_up: To the second score: what goes with changes that are fixed soon after.
    """

    importance: int
    risk: int
    follow_up: int = 0


#: Code of a reason -> its points. Importance: chosen for agreement with two people who labelled one project's commits.
#: Risk and follow-up: rounded from a fit to what became of the commits of fifteen public repositories, see
#: docs/ratings.md, which has what they reach.
POINTS: dict[str, Points] = {
    # what the title says
    "reverts": Points(7, 9),
    "relands": Points(5, 9),
    "mentions-revert": Points(0, 6),
    "says-security": Points(10, 3),
    "says-breaking": Points(9, 4),
    "fixes-crash": Points(6, 1),
    "fixes-data": Points(6, 1),
    "fixes-results": Points(5, 1),
    "fixes-concurrency": Points(6, 2),
    "fixes-bug": Points(3, 0, 2),
    "rolls-out": Points(0, 3),
    "says-default": Points(6, 3),
    "deprecates": Points(4, 1),
    "says-removal": Points(2, 1),
    "says-performance": Points(3, 1),
    "adds-feature": Points(2, 0, 1),
    "changes-behaviour": Points(0, 2),
    "says-concurrency": Points(0, 4),
    "says-refactor": Points(-3, 0),
    "says-cosmetic": Points(-4, -4, -2),
    "part-of-series": Points(-1, 0),
    # where the change is and how large
    "changes-product": Points(2, 0, 4),
    "no-code": Points(0, -1, -3),
    "only-tests": Points(-4, -1),
    "only-docs": Points(-4, -6, -2),
    "only-tooling": Points(-2, -1),
    "edits-ci": Points(0, 3),
    "edits-publishing": Points(2, 2),
    "size-medium": Points(0, 3, 1),
    "size-large": Points(1, 5, 2),
    "size-huge": Points(2, 6, 3),
    "wide-fix": Points(4, 1),
    "many-areas": Points(1, 0),
    "edits-migration": Points(4, 4),
    "edits-api": Points(2, 0),
    "unreadable": Points(0, 1),
    "by-bot": Points(0, -4, -2),
    # interfaces and values that came, went or changed
    "removes-flag": Points(7, 2),
    "adds-flag": Points(2, 1),
    "removes-variable": Points(3, 1),
    "adds-variable": Points(1, 1),
    "removes-endpoint": Points(6, 2),
    "adds-endpoint": Points(2, 1),
    "removes-key": Points(1, 1),
    "adds-key": Points(1, 1),
    "removes-api-names": Points(5, 3),
    "removes-names": Points(2, 1),
    "changes-default": Points(3, 2),
    "changes-limit": Points(1, 2),
    # what the changed code is about
    "edits-concurrency": Points(1, 2),
    "edits-memory": Points(1, 1),
    "adds-danger": Points(2, 3),
    "disables-verification": Points(8, 5),
    "edits-security": Points(1, 1),
    "edits-sensitive-file": Points(1, 0),
    "edits-query": Points(1, 2),
    "removes-handling": Points(1, 1),
    "edits-logic": Points(2, 1, 3),
    # tests and dependencies
    "removes-tests": Points(0, 1),
    "skips-tests": Points(0, 1),
    "no-tests": Points(0, 1),
    "bumps-major": Points(6, -2),
    "bumps-dependency": Points(4, -4),
    "adds-dependency": Points(2, 1),
    "removes-dependency": Points(2, 1),
    "updates-dependencies": Points(3, -4),
    # what the repository's history says
    "larger-than-usual": Points(0, 1, 2),
    "larger-than-many": Points(0, 4, 3),
    "larger-than-most": Points(0, 5, 5),
    "reverted-file": Points(0, 1),
    "often-reverted-file": Points(0, 2),
    "reverted-area": Points(0, 1),
    "often-reverted-area": Points(0, 2),
    "seldom-reverted-scope": Points(0, -2),
    "less-reverted-scope": Points(0, -1),
    "reverted-scope": Points(0, 1),
    "often-reverted-scope": Points(0, 2),
    "just-reverted-area": Points(0, 3),
    "lately-reverted-area": Points(0, 1),
    "title-reverted": Points(0, 7),
    "tries-again": Points(0, 2),
    "tries-again-soon": Points(0, 4),
    "settled-files": Points(0, 1, -2),
    "fix-prone-files": Points(0, 0, 1),
    "unfamiliar-files": Points(0, 2),
    "new-to-files": Points(0, 2),
    "not-active-lately": Points(0, 2),
}

#: Points that are others where a history is known: there the usual size is, so that neither lines alone nor many of
#: them without a test say anything of risk.
WITH_HISTORY: dict[str, Points] = {
    "size-medium": Points(0, 0, 1),
    "size-large": Points(1, 0, 2),
    "size-huge": Points(2, 0, 3),
    "no-tests": Points(0, 0),
}
