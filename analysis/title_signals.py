"""Signals from titles: what the author claims the change does."""

import re
from collections.abc import Iterator

from analysis.facts import Facts, Signal, quote
from analysis.paths import Role
from analysis.rating import Evidence
from analysis.title import BODY_LIMIT
from analysis.wording import ADVISORY, CLAIMS, DAMAGE, MEND, MENTIONS_REVERT, RELAND, RELANDED, REVERT, SECURITY

_REVERTS_COMMIT = re.compile(r"^This reverts commit ([0-9a-f]{7,40})", re.MULTILINE)
#: Kinds of title that mend or change nothing that people run, whatever else their words say.
_PREPARED = frozenset({"docs", "test", "ci", "style"})

#: Kinds of title that are a reason by themselves.
_KIND_CODES = {
    "performance": "says-performance",
    "feature": "adds-feature",
    "refactor": "says-refactor",
    "style": "says-cosmetic",
    "docs": "says-cosmetic",
    "test": "says-cosmetic",
}


def title_signals(facts: Facts) -> Iterator[Signal]:
    """Signals from the title and footers; what only concerns users is left out when no product file changes."""
    yield from _returns(facts)
    yield from _security(facts)
    if not _matters(facts):
        return
    yield from _damage(facts)
    yield from _claims(facts)


def _matters(facts: Facts) -> bool:
    """The change reaches what people run: product code, its configuration, build or dependencies."""
    return bool(facts.product or facts.of(Role.CONFIG, Role.MANIFEST, Role.BUILD, Role.LOCK, Role.VENDORED))


def _returns(facts: Facts) -> Iterator[Signal]:
    """Reverts and relands of product code."""
    title = facts.title.text
    if not _matters(facts):
        # What builds and deploys comes back as well: a second attempt at it says so.
        yield from _mention(facts) if facts.of(Role.CI) else ()
    elif RELAND.search(title) or RELAND.search(facts.title.subject) or RELANDED.search(title):
        yield Signal("relands", {}, in_title(facts))
    elif REVERT.search(title) or REVERT.search(facts.title.subject):
        commit = _REVERTS_COMMIT.search(facts.change.body, 0, BODY_LIMIT)
        what = commit[1][:9] if commit else quote(REVERT.sub("", facts.title.subject)).strip(" :\"'")
        yield Signal("reverts", {"what": what}, in_title(facts))
    else:
        yield from _mention(facts)


def _mention(facts: Facts) -> Iterator[Signal]:
    """Words about an earlier revert; a bot quotes what others wrote."""
    text = f"{facts.title.text}\n{facts.change.body[:BODY_LIMIT]}"
    if not facts.change.bot and (mention := MENTIONS_REVERT.search(text)):
        yield Signal("mentions-revert", {"what": quote(mention[0]).lower()})


def _security(facts: Facts) -> Iterator[Signal]:
    """Claims of a security fix; a workflow counts too, for it can leak secrets."""
    if facts.title.kind in _PREPARED - {"ci"} or not (_matters(facts) or facts.of(Role.CI)):
        return
    title = facts.title.text
    # The body of a bot's update quotes release notes of others, so only its title counts.
    text = title if facts.change.bot else f"{title}\n{facts.change.body[:BODY_LIMIT]}"
    advisory = ADVISORY.search(text)
    claim = advisory or SECURITY.search(title)
    if claim or facts.title.kind == "security":
        what = quote(claim[0]) if claim else "security"
        yield Signal("says-security", {"what": what}, in_title(facts))


def _damage(facts: Facts) -> Iterator[Signal]:
    """What kind of fault a fix mends."""
    if facts.title.kind in _PREPARED or facts.title.kind == "revert":
        return
    title = facts.title.subject
    mends = facts.title.kind == "bug fix" or MEND.search(title)
    if not mends:
        return
    yield Signal("fixes-bug", {}, in_title(facts))
    for code, pattern in DAMAGE:
        if match := pattern.search(title):
            yield Signal(code, {"what": quote(match[0]).lower()}, in_title(facts))
            return


def _claims(facts: Facts) -> Iterator[Signal]:
    evidence = in_title(facts)
    title = facts.title
    if title.breaking or title.kind == "breaking change":
        yield Signal("says-breaking", {}, evidence)
    if title.part:
        yield Signal("part-of-series", {"part": title.part}, evidence)
    for code, pattern in CLAIMS:
        if match := pattern.search(title.subject):
            yield Signal(code, {"what": quote(match[0]).lower()}, evidence)
    if code := _KIND_CODES.get(title.kind or ""):
        yield Signal(code, {}, evidence)


def in_title(facts: Facts) -> tuple[Evidence, ...]:
    """Evidence for what the title says."""
    return (Evidence(quote=quote(facts.title.text)),)
