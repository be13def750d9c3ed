"""Which commands trace which reason: every code of `analysis.points.POINTS`."""

from analysis.paths import Role
from analysis.rating import Reason
from ghapp import trace, trace_past
from ghapp.shell import Step
from ghapp.trace import Traced, Tracer

#: What is told by the title or message.
_TITLE = """reverts relands mentions-revert says-security says-breaking fixes-crash fixes-data fixes-results
fixes-concurrency fixes-bug rolls-out says-default says-removal says-performance adds-feature changes-behaviour
says-concurrency says-refactor says-cosmetic part-of-series updates-dependencies"""
#: What is told by lines (or, where only the title says so, by the title).
_LINES = """deprecates edits-publishing removes-flag adds-flag removes-variable adds-variable removes-endpoint
adds-endpoint removes-key adds-key removes-api-names removes-names changes-default changes-limit edits-concurrency
edits-memory adds-danger disables-verification edits-security edits-query removes-handling edits-logic removes-tests
skips-tests bumps-major bumps-dependency adds-dependency removes-dependency"""

#: Code of a reason -> what finds its commands.
TRACERS: dict[str, Tracer] = {
    **dict.fromkeys(_TITLE.split(), trace.in_title),
    **dict.fromkeys(_LINES.split(), trace.at_lines),
    **dict.fromkeys(("changes-product", "wide-fix"), trace.product),
    **dict.fromkeys(("only-tests", "only-docs", "only-tooling", "no-code"), trace.only_files),
    **dict.fromkeys(("size-medium", "size-large", "size-huge", "no-tests"), trace.size),
    "edits-ci": trace.plumbing,
    "edits-api": trace.of(Role.API),
    "edits-migration": trace.of(Role.MIGRATION),
    "edits-sensitive-file": trace.named_files,
    "many-areas": trace.areas,
    "unreadable": trace.all_files,
    "by-bot": trace.by_bot,
    **dict.fromkeys(("larger-than-usual", "larger-than-many", "larger-than-most"), trace_past.larger),
    **dict.fromkeys(("reverted-file", "often-reverted-file"), trace_past.reverted_file),
    **dict.fromkeys(("reverted-area", "often-reverted-area"), trace_past.reverted_area),
    **dict.fromkeys(
        ("seldom-reverted-scope", "less-reverted-scope", "reverted-scope", "often-reverted-scope"),
        trace_past.reverted_scope,
    ),
    **dict.fromkeys(("just-reverted-area", "lately-reverted-area"), trace_past.lately),
    "title-reverted": trace_past.title_reverted,
    **dict.fromkeys(("tries-again", "tries-again-soon"), trace_past.again),
    "settled-files": trace_past.settled,
    "fix-prone-files": trace_past.fix_prone,
    **dict.fromkeys(("unfamiliar-files", "new-to-files"), trace_past.familiar),
    "not-active-lately": trace_past.inactive,
}


def steps(one: Traced, reason: Reason) -> list[Step]:
    """The commands that show what a reason was seen in, at least one."""
    return list(TRACERS[reason.code](one, reason)) or list(trace.all_files(one, reason))
