"""Compares what stands on GitHub with `git rev-list --first-parent`: every commit once, on its day, and no litter.

Imports nothing of the product nor of the stand-in: it reads as a person with a token and a clone would.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tests.chaos.read import Facts, Page, Seen

#: So many commits are named in a difference.
NAMED = 3


@dataclass(slots=True)
class Verdict:
    """What was found.

    Attributes:
        differences: One sentence each; none: all is as it must be.
        figures: Commits, missing, doubled, orphans, stuck and more.
    """

    differences: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    def differ(self, kind: str, where: str, text: str, count: int = 1) -> None:
        """Record a difference and count it."""
        self.figures[kind] += count
        self.differences.append(f"{where}: {kind}: {text}")


#: Always printed, also when they are 0.
KINDS = ("commits", "digests", "cards", "missing", "doubled", "orphans", "stuck", "secrets")


def check(facts: Facts) -> Verdict:
    """Compare everything."""
    verdict = Verdict(figures=Counter(dict.fromkeys(KINDS, 0)))
    for seen in facts.repositories:
        digests = _one_each_day(facts, seen, verdict)
        pages = _with_pages(seen, digests, verdict)
        _check_commits(seen, digests, pages, verdict)
        _check_ranges(facts, seen, digests, pages, verdict)
        _check_state(facts, seen, digests, verdict)
        _check_cards(seen, verdict)
        for stray in seen.strays:
            verdict.differ("orphans", seen.full_name, stray)
    for name, seconds in sorted(facts.unfinished.items()):
        verdict.differ("stuck", "Redis", f"{name}, due in {seconds:.0f} s")
    for leak in facts.leaks:
        verdict.differ("secrets", "logs", leak)
    return verdict


def _one_each_day(facts: Facts, seen: Seen, verdict: Verdict) -> dict[str, tuple[dict, Page]]:
    """The digest of each day, in order of days; a second one must be closed as a duplicate, and be excused."""
    found: dict[str, tuple[dict, Page]] = {}
    excused = facts.in_doubt.get(seen.id, 0)
    for issue, page in sorted(seen.issues, key=lambda pair: pair[0]["number"]):
        if page.day not in found:
            found[page.day] = (issue, page)
        elif issue["state"] == "closed" and issue["state_reason"] == "not_planned" and excused > 0:
            excused -= 1
            verdict.figures["issues closed as duplicates"] += 1
        else:
            verdict.differ("doubled", seen.full_name, f"issue #{issue['number']} is a second one of {page.day}")
    verdict.figures["digests"] += len(found)
    return dict(sorted(found.items()))


def _with_pages(seen: Seen, digests: dict[str, tuple[dict, Page]], verdict: Verdict) -> dict[str, list[Page]]:
    """Each digest's pages in order; a page that belongs to none, or is there twice, is an orphan."""
    whole = {day: [page] for day, (_, page) in digests.items()}
    for page in sorted(seen.pages, key=lambda page: (page.page, page.comment)):
        pages = whole.get(page.day)
        if pages and pages[0].number == page.number and page.page == len(pages):
            pages.append(page)
        else:
            where = f"comment {page.comment} on #{page.number}: page {page.page} of {page.day}"
            verdict.differ("orphans", seen.full_name, where)
    return whole


def _listed(pages: list[Page]) -> list[str]:
    """Commits of a digest in the order they landed: each page shows its newest first."""
    return [sha for page in pages for sha, struck in reversed(page.rows) if not struck]


def _check_commits(
    seen: Seen, digests: dict[str, tuple[dict, Page]], pages: dict[str, list[Page]], verdict: Verdict
) -> None:
    expected = seen.first_parents(seen.installed_sha, seen.head_sha)
    listed = [sha for day in digests for sha in _listed(pages[day])]
    counts = Counter(listed)
    verdict.figures["commits"] += len(expected)
    verdict.figures["struck rows"] += sum(struck for day in digests for page in pages[day] for _, struck in page.rows)
    missing = [sha for sha in expected if sha not in counts]
    twice = [sha for sha, count in counts.items() if count > 1]
    foreign = [sha for sha in counts if sha not in set(expected)]
    for kind, names in (("missing", missing), ("doubled", twice), ("not on the branch", foreign)):
        if names:
            verdict.differ(kind, seen.full_name, _named(seen, names, pages), len(names))


def _named(seen: Seen, names: list[str], pages: dict[str, list[Page]]) -> str:
    days = {sha: day for day, found in pages.items() for page in found for sha, _ in page.rows}
    shown = ", ".join(f"{sha[:10]} ({days.get(sha, 'no day')})" for sha in names[:NAMED])
    return f"{len(names)} of {seen.full_name}: {shown}{' …' if len(names) > NAMED else ''}"


def _check_ranges(
    facts: Facts,
    seen: Seen,
    digests: dict[str, tuple[dict, Page]],
    pages: dict[str, list[Page]],
    verdict: Verdict,
) -> None:
    """Days tile the branch, and each lists exactly its own range and says so."""
    end: str | None = seen.installed_sha
    for day, (_, first) in digests.items():
        where = f"{seen.full_name} {day}"
        if first.base_sha != end:
            verdict.differ("torn", where, f"begins after {_short(first.base_sha)}, the digest before at {_short(end)}")
        end = first.head_sha
        landed = seen.first_parents(first.base_sha, str(first.head_sha))
        listed = _listed(pages[day])
        if set(listed) != set(landed):
            text = f"lists {len(listed)} commits, {len(set(landed) & set(listed))} of {len(landed)} in its range"
            verdict.differ("misplaced", where, text)
        elif listed != landed and seen.id not in facts.forced:
            verdict.differ("out of order", where, "the same commits in another order than they landed")
        if first.says[:2] != (len(listed), len(listed)) or first.says[3:] != (0,):
            verdict.differ("claims", where, f"says {first.says} and lists {len(listed)}")
    if end != seen.head_sha:
        text = f"the last digest ends at {_short(end)}, the branch at {_short(seen.head_sha)}"
        verdict.differ("torn", seen.full_name, text)


def _short(sha: str | None) -> str:
    return sha[:10] if sha else "nothing"


def _check_state(facts: Facts, seen: Seen, digests: dict[str, tuple[dict, Page]], verdict: Verdict) -> None:
    for day, (issue, page) in digests.items():
        is_over = day < facts.now.astimezone(ZoneInfo(page.zone or "UTC")).date().isoformat()
        if is_over != (issue["state"] == "closed"):
            text = f"#{issue['number']} is {issue['state']}; {facts.now:%Y-%m-%d %H:%M} UTC"
            verdict.differ("days not closed" if is_over else "closed too early", f"{seen.full_name} {day}", text)


def _check_cards(seen: Seen, verdict: Verdict) -> None:
    heads = defaultdict(list, seen.cards)
    verdict.figures["cards"] += sum(map(len, heads.values()))
    for number, named in seen.cards.items():
        if len(named) > 1:
            verdict.differ("doubled", seen.full_name, f"{len(named)} cards on #{number}", len(named) - 1)
    for pull in seen.pulls:
        number, head = pull["number"], pull["head"]["sha"]
        if not pull["draft"] and not heads[number]:
            verdict.differ("without a card", seen.full_name, f"#{number}")
        elif not pull["draft"] and heads[number] != [head]:
            text = f"#{number} is at {head[:10]}, its card at {_short(heads[number][0])}"
            verdict.differ("cards of another head", seen.full_name, text)
