"""What a demonstration came to: its texts and its numbers, for the terminal and for a page."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ghapp.demo.history import History
from ghapp.demo.plan import Plan
from ghapp.demo.play import Played
from ghapp.demo.records import Comment
from ghapp.demo.scene import Scene

_OF_A_PULL = re.compile(r"/(?:pulls|issues)/(\d+)(?:/|$)")
_OF_A_COMMENT = re.compile(r"/issues/comments/(\d+)$")
#: A reason of a rating ends with its points.
_POINTS = re.compile(r"\([+-]\d+\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one demonstration.

    Attributes:
        titles: Title of each pull request, by number.
        cards: Text of each card, by the number of its pull request.
        digest: Text of all pages of the digest, in order.
        requests: Requests by route; `per_card` by pull request.
        sent: Attempts to deliver; `doubled` of them repeat another, `dropped` were never made.
        seconds: How long it all took.
    """

    history: History
    plan: Plan
    played: Played
    titles: dict[int, str]
    cards: dict[int, str]
    digest: list[str]
    requests: dict[str, Any]
    per_card: dict[int, int]
    sent: int
    doubled: int
    dropped: int
    seconds: float

    @property
    def best_card(self) -> int:
        """Number of the pull request whose card has most to tell."""
        return max(self.cards, key=lambda number: (len(_POINTS.findall(self.cards[number])), -number))

    @property
    def hows(self) -> str:
        """How many landings of each kind, as a phrase."""
        counts = Counter(one.landing.how for one in self.played.landed)
        names = {"squash": "squashed", "merge": "merged", "rebase": "rebased", "push": "pushed"}
        return ", ".join(f"{counts[how]} {name}" for how, name in names.items() if counts[how])

    @property
    def commits(self) -> int:
        """How many commits landed."""
        return sum(one.landing.count for one in self.played.landed)


def outcome(scene: Scene, history: History, plan: Plan, played: Played) -> Outcome:
    """Collect it from a scene that is at rest."""
    cards = {number: card for number in played.numbers.values() for card in scene.cards(number)[:1]}
    requests = scene.world.requests.summary()
    guids = Counter(sent.guid for sent in scene.world.deliveries)
    return Outcome(
        history=history,
        plan=plan,
        played=played,
        titles={number: scene.repository.issues[number].latest.title for number in sorted(played.numbers.values())},
        cards={number: cards[number].body for number in sorted(cards)},
        digest=[page for digest in scene.digests() for page in scene.pages(digest)],
        requests=requests,
        per_card=_per_card(requests["log"], cards),
        sent=guids.total(),
        doubled=guids.total() - len(guids),
        dropped=sum(not one.landing.times for one in played.landed),
        seconds=scene.seconds(),
    )


def _per_card(log: list[dict[str, Any]], cards: dict[int, Comment]) -> dict[int, int]:
    """Requests whose path names a pull request, or its card."""
    of_comment = {card.comment_id: number for number, card in cards.items()}
    counts = dict.fromkeys(sorted(cards), 0)
    for entry in log:
        pull, comment = _OF_A_PULL.search(entry["path"]), _OF_A_COMMENT.search(entry["path"])
        number = int(pull[1]) if pull else of_comment.get(int(comment[1]), 0) if comment else 0
        if number in counts:
            counts[number] += 1
    return counts
