"""How often ratings came true, for people and for machines: a table, a picture, JSON."""

import json
from datetime import UTC, datetime

from analysis.calibration import LEFT_OUT, Calibration
from analysis.outcomes import DAYS, LEAST_CHANGES, LEAST_EVENTS, LEVELS, Share, is_enough, missing
from analysis.rating import Level
from ghapp import neutral
from ghapp.markdown import Part, page, template

#: Characters of the longest bar.
_WIDTH = 40
_LEFT_OUT = {
    "young": "younger than 14 days",
    "revert": "reverts",
    "release": "setting a version",
    "early": "fewer than 200 commits before",
    "incomplete": "not readable as a whole",
}
DEFINITION = f"""\
*Reverted*: within {DAYS} days a later commit says that it reverts the change, by object name, pull request or title. \
*Fixed*: within {DAYS} days a later commit's message says that it mends what the change broke, or a later commit with \
the title of a bug fix (of the product, not of docs, tests, CI, style, warnings or typos), with at most 15 product \
files and 300 lines removed in them, removes or rewrites a line that the change added to a product file. What was \
reverted counts as reverted alone. Days are counted between committer dates; intervals are Wilson's, of 95 %."""


def as_text(name: str, found: Calibration) -> str:
    """Markdown that reads well in a terminal, too."""
    picture = f"\n```\n{_bars(found)}\n```\n" if _is_telling(found) else ""
    return f"# How often ratings came true: {neutral.markdown(name)}\n\n{_said(found)}\n{picture}\n{_below(found)}\n"


def as_html(name: str, found: Calibration) -> str:
    """A page with the picture drawn."""
    title = f"How often ratings came true: {name}"
    picture = _drawn(found) if _is_telling(found) else ""
    return page(
        title, [Part("Changes by their risk", _said(found)), Part("What counts", _below(found))], picture=picture
    )


def as_json(name: str, found: Calibration) -> str:
    """The same for machines; shares and intervals in [0, 1], dates in UTC."""
    changes, events = missing(found.shares.values())
    levels = {
        level: {
            "n": one.n,
            "reverted": one.reverted,
            "fixed": one.fixed,
            "share": round(one.bad / one.n, 4) if one.n else None,
            "interval": [round(end, 4) for end in one.interval],
        }
        for level, one in found.shares.items()
    }
    outcomes = [
        {
            "sha": one.commit_sha,
            "risk": level,
            "outcome": one.kind,
            "by": one.by,
            "days": round(one.seconds / 86_400, 2),
        }
        for level, one in found.outcomes
    ]
    shown = {
        "repository": name,
        "days": DAYS,
        "first": _day(found.between[0]) if found.between else None,
        "last": _day(found.between[1]) if found.between else None,
        "enough": _is_telling(found),
        "missing": {"changes": changes, "reverted_or_fixed": events},
        "risk": levels,
        "not_counted": found.left_out,
        "outcomes": outcomes,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _is_telling(found: Calibration) -> bool:
    return is_enough(found.shares.values())


def _said(found: Calibration) -> str:
    """A sentence, and the table."""
    n, bad = (sum(numbers) for numbers in zip(*((one.n, one.bad) for one in found.shares.values()), strict=True))
    lead = f"{_count(n, 'change counts', 'changes count')}"
    if found.between:
        first, last = (_day(at) for at in found.between)
        lead = (
            f"Of {_count(n, 'change', 'changes')} that landed from {first} to {last}, "
            f"{bad:,} {'was' if bad == 1 else 'were'} reverted or fixed within {DAYS} days"
        )
    rows = [_row(level, found.shares[level]) for level in LEVELS]
    head = ["| risk | changes | reverted | fixed | share | 95 % interval |", "|---|---:|---:|---:|---:|---|"]
    return "\n".join([f"{lead}.{_too_little(found)}", "", *head, *rows])


def _too_little(found: Calibration) -> str:
    changes, events = missing(found.shares.values())
    if not changes and not events:
        return ""
    wanted = [f"{_count(changes, 'more change', 'more changes')}"] if changes else []
    wanted += [f"{events} more that {'was' if events == 1 else 'were'} reverted or fixed"] if events else []
    return (
        "\n\n**Too little history to say how often ratings come true here**: it takes at least "
        f"{LEAST_CHANGES} changes, {LEAST_EVENTS} of them reverted or fixed. Missing: {' and '.join(wanted)}."
    )


def _row(level: Level, one: Share) -> str:
    low, high = one.interval
    interval = f"{_percent(low)} to {_percent(high)}" if one.n else "–"
    return f"| {level} | {one.n:,} | {one.reverted:,} | {one.fixed:,} | {_share(one)} | {interval} |"


def _bars(found: Calibration) -> str:
    """A bar for each level: full up to the interval's lower end, then shaded up to the share, light up to its end."""
    longest = max(one.interval[1] for one in found.shares.values() if one.n)
    lines = [_bar(level, one, _WIDTH / longest) for level, one in found.shares.items() if one.n]
    return "\n".join([*lines, "", "█ at least   ▓ up to what was counted   ░ at most (95 %)"])


def _bar(level: Level, one: Share, scale: float) -> str:
    low, share, high = (round(scale * part) for part in (one.interval[0], one.bad / one.n, one.interval[1]))
    bar = "█" * low + "▓" * (share - low) + "░" * (high - share)
    return f"{level:<6} {_share(one):>7}  {bar}"


def _drawn(found: Calibration) -> str:
    longest = max(one.interval[1] for one in found.shares.values() if one.n)
    rows = [
        {
            "level": level,
            "said": f"{_share(one)} ({one.bad:,} of {one.n:,})",
            "ends": [round(part / longest, 4) for part in (one.interval[0], one.bad / one.n, one.interval[1])],
        }
        for level, one in found.shares.items()
        if one.n
    ]
    return template("bars.svg.j2").render(rows=rows, days=DAYS)


def _below(found: Calibration) -> str:
    """What does not count, and what the words mean."""
    out = [f"{_LEFT_OUT[reason]}: {found.left_out[reason]:,}" for reason in LEFT_OUT if found.left_out[reason]]
    return f"Not counted: {'; '.join(out) or 'none'}.\n\n{DEFINITION}"


def _share(one: Share) -> str:
    return _percent(one.bad / one.n) if one.n else "–"


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def _count(n: int, singular: str, plural: str) -> str:
    return f"{n:,} {singular if n == 1 else plural}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
