"""Writes a demonstration's outcome: two Markdown files, a page, and a summary for the terminal."""

import re
from collections.abc import Iterator
from pathlib import Path

from ghapp import neutral
from ghapp.demo.history import History
from ghapp.demo.outcome import Outcome
from ghapp.demo.play import Landed
from ghapp.markdown import Figure, Part, page
from ghapp.report import write_file

CARD, DIGEST, PAGE = "card.md", "digest.md", "index.html"
_HOWS = {"squash": "squashed and merged", "merge": "merged", "rebase": "rebased and merged", "push": "pushed"}
_DELIVERED = {0: "never sent", 1: "sent", 2: "sent twice"}


def remove_old(folder: Path) -> None:
    """Remove what an earlier demonstration wrote, so that nothing there is untrue when this one fails."""
    for name in (CARD, DIGEST, PAGE):
        (folder / name).unlink(missing_ok=True)


def write_outcome(found: Outcome, folder: Path, url: str) -> None:
    """Write card, digest and page.

    Args:
        found: What to write.
        folder: Created when missing.
        url: Address of the stand-in; links to it lead nowhere afterwards, so the page shows their text alone.
    """
    write_file(found.cards[found.best_card].rstrip("\n") + "\n", folder / CARD)
    write_file("\n\n".join(text.rstrip("\n") for text in found.digest) + "\n", folder / DIGEST)
    dead = re.compile(rf"\[(`[0-9a-f]+`)\]\({re.escape(url)}/[^)\s]*\)")
    boxes = [Part(box.heading, dead.sub(r"\1", box.markdown), box.section, box.folded) for box in _boxes(found)]
    title = f"ghapp on {found.history.full_name}"
    write_file(page(title, boxes, lead=_lead(found), figures=_figures(found)), folder / PAGE)


def summary(found: Outcome) -> str:
    """The counts, for a terminal."""
    cards = ", ".join(f"#{number} {count}" for number, count in found.per_card.items())
    lines = [
        f"{found.history.full_name}, {found.seconds:.1f} s",
        f"  landings       {len(found.played.landed)} ({found.hows}) with {found.commits} commits",
        f"  digest         {found.commits} of {found.commits} commits, each once, as git rev-list --first-parent says",
        f"  pull requests  {len(found.titles)}, of which 1 stays open; {len(found.cards)} have a card, none has two",
        f"  deliveries     {found.sent} sent, {found.doubled} of them again, {found.dropped} never sent",
        f"  worker         process {found.played.killed} killed at {found.played.killed_at:.1f} s",
        f"  requests       {found.requests['total']} to GitHub, {found.requests['writes']} of them writes",
        f"  per card       {cards}",
        "  by route",
        *(f"    {count:5}  {route}" for route, count in found.requests["by_route"].items()),
    ]
    return "\n".join(lines)


def _figures(found: Outcome) -> list[Figure]:
    spread = sorted(found.per_card.values())
    per_card = f"{spread[0]}" if spread[0] == spread[-1] else f"{spread[0]}–{spread[-1]}"
    return [
        Figure(f"{found.commits} of {found.commits}", "landed commits in the digest"),
        Figure(str(len(found.played.landed)), "landings"),
        Figure(str(len(found.titles)), "pull requests"),
        Figure(str(found.sent), f"deliveries, {found.doubled} doubled, {found.dropped} dropped"),
        Figure(f"{found.played.killed_at:.1f} s", "a worker killed at"),
        Figure(per_card, "GitHub requests per card"),
        Figure(str(found.requests["writes"]), f"writes among {found.requests['total']} requests"),
        Figure(f"{found.seconds:.1f} s", "from start to end"),
    ]


def _lead(found: Outcome) -> str:
    return (
        f"{_source(found.history)}, played on a stand-in GitHub: {found.hows}. One delivery came twice, one never "
        "came, and a worker was killed while it had work. Below is what people see: a card on each pull request and "
        "one digest that lists every commit exactly once, as `git rev-list --first-parent` does."
    )


def _source(history: History) -> str:
    if not history.own:
        return "The bundled sample"
    topped = ", and the bundled sample's on top of them" if history.added else ""
    return f"The newest commits of {neutral.code(history.full_name)}{topped}"


def _boxes(found: Outcome) -> Iterator[Part]:
    best = found.best_card
    hows = {one.number: _HOWS[one.landing.how] for one in found.played.landed}
    for number in sorted(found.cards, key=lambda number: (number != best, number)):
        heading = f"#{number} {found.titles[number]} · {hows.get(number, 'still open')}"
        section = "The cards" if number == best else ""
        yield Part(heading, found.cards[number], section, folded=number != best)
    for place, text in enumerate(found.digest):
        heading = f"Page {place + 1} of {len(found.digest)}" if len(found.digest) > 1 else "The issue's text"
        yield Part(heading, text, "" if place else "The digest")
    yield Part("Landings", _timeline(found), "What happened", folded=True)
    yield Part("Requests to GitHub", _requests(found), folded=True)


def _timeline(found: Outcome) -> str:
    rows = [(one.at, _row(one)) for one in found.played.landed]
    rows.append((found.played.killed_at, f"| {found.played.killed_at:.1f}\u00a0s | | | **a worker is killed** | | | |"))
    head = (
        "| At | How | New head | First title | Pull request | Commits | Deliveries |\n|--:|---|---|---|--:|--:|---|\n"
    )
    return head + "\n".join(text for _, text in sorted(rows))


def _row(one: Landed) -> str:
    landing = one.landing
    return (
        f"| {one.at:.1f}\u00a0s | {landing.how} | `{landing.after[:7]}` | {neutral.markdown(landing.title, 90)} "
        f"| {f'#{one.number}' if one.number else ''} | {landing.count} | {_DELIVERED[landing.times]} |"
    )


def _requests(found: Outcome) -> str:
    rows = [f"| {count} | {neutral.code(route)} |" for route, count in found.requests["by_route"].items()]
    return "| Requests | Route |\n|--:|---|\n" + "\n".join(rows)
