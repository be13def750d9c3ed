"""Signals from the shape of a change: which roles its files have, how large it is, how far it reaches."""

import re
from collections.abc import Iterator

from analysis.facts import Facts, FileFacts, Signal, added_lines, removed_lines, seen_at, seen_in
from analysis.paths import PRODUCT_ROLES, Role, path_area

#: Lines of product code added and removed (moved ones left out) from which a change is medium, large, huge.
SIZE_STEPS = ((800, "size-huge"), (250, "size-large"), (60, "size-medium"))

#: Areas from which a change counts as spread out.
MANY_AREAS = 4

#: Roles that never reach people who use the product.
_BACKSTAGE = frozenset({Role.TEST, Role.DOCS, Role.CI, Role.EXAMPLE, Role.TOOLING, Role.GENERATED})
_PUBLISH = re.compile(
    r"\b(?:twine upload|(?:npm|cargo|poetry|uv) publish|docker push|gh release|goreleaser|pypi-publish)\b"
    r"|\b(?:id-token|contents|packages): *write|\bpull_request_target\b|\bsecrets\.\w+"
)


def role_signals(facts: Facts) -> Iterator[Signal]:
    """What kinds of files change."""
    if product := facts.product:
        yield Signal("changes-product", {"n": len(product)}, seen_in(product))
    if interfaces := facts.of(Role.API):
        yield Signal("edits-api", {"n": len(interfaces), "path": interfaces[0].file.path}, seen_in(interfaces))
    if migrations := facts.of(Role.MIGRATION):
        yield Signal("edits-migration", {"path": migrations[0].file.path}, seen_in(migrations))
    # A person who edits a manifest changes how the product is built; a bot that does only follows a release.
    by_hand = () if facts.change.bot else (Role.MANIFEST,)
    if plumbing := facts.of(Role.CI, Role.BUILD, *by_hand):
        yield Signal("edits-ci", {"n": len(plumbing), "path": plumbing[0].file.path}, seen_in(plumbing))
    if facts.change.bot:
        yield Signal("by-bot")
    if facts.unreadable:
        yield Signal("unreadable", {"n": facts.unreadable})


def backstage_signals(facts: Facts) -> Iterator[Signal]:
    """Changes that stay behind the scenes: nothing in them runs where the product is used."""
    roles = {entry.role for entry in facts.files}
    if not roles:
        return
    if roles <= {Role.DOCS}:
        yield Signal("only-docs", {"n": len(facts.files)}, seen_in(facts.files))
    elif roles <= {Role.TEST, Role.DOCS}:
        yield Signal("only-tests", {"n": len(facts.files)}, seen_in(facts.files))
    elif roles <= _BACKSTAGE - {Role.CI}:
        yield Signal("only-tooling", {"n": len(facts.files)}, seen_in(facts.files))
    elif not roles & (PRODUCT_ROLES | {Role.CI, Role.BUILD}):
        yield Signal("no-code", {}, seen_in(facts.files))


def publishing_signals(facts: Facts) -> Iterator[Signal]:
    """Workflows that publish, or that hand out tokens and secrets."""
    workflows = facts.of(Role.CI, Role.BUILD)
    lines = [line for line in (*added_lines(workflows), *removed_lines(workflows)) if _PUBLISH.search(line.text)]
    if lines:
        yield Signal("edits-publishing", {"path": lines[0].path}, seen_at(lines))


def size_signals(facts: Facts) -> Iterator[Signal]:
    """Size without tests, docs, generated, lock and vendored files, and without moved lines."""
    product = facts.product
    lines = code_lines(product)
    for least, code in SIZE_STEPS:
        if lines >= least:
            yield Signal(code, {"lines": lines, "n": len(product)}, seen_in(product))
            break
    areas = {path_area(entry.file.path) for entry in product}
    if len(areas) >= MANY_AREAS:
        yield Signal("many-areas", {"n": len(areas)}, seen_in(product))


def code_lines(files: tuple[FileFacts, ...]) -> int:
    """Lines of code added and removed, over these files; blank and moved lines are left out where they can be seen."""
    return sum(entry.code_added + entry.code_removed for entry in files)
