"""Text for people: assessments and digests as Markdown. Pure: the same values give the same bytes."""

import functools
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.change import Change
from analysis.rating import Assessment, Evidence, Rating, Reason
from ghapp import neutral
from ghapp.config import Config
from ghapp.phrases import TEMPLATES, Phrases, phrases
from ghapp.publish import CLOSING
from ghapp.reads import Pull

PAUSED = "paused"
#: A card shows this many reasons of a rating; the others are folded.
SHOWN_REASONS = 4
SHOWN_PLACES = 4
LISTED_FILES = 100


@functools.cache
def environment() -> Environment:
    """The templates. Escaping is not automatic: this is Markdown, and each untrusted value names its filter."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,  # noqa: S701 - see above; neutral.py escapes
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        undefined=StrictUndefined,
    )
    made.filters |= {"md": neutral.markdown, "code": neutral.code}
    return made


def card_marker(repository: int, number: int) -> str:
    """How our card of a pull request begins, whatever its text."""
    return f"<!-- ghapp:card:v1 repository={repository} number={number} "


def card(pull: Pull, change: Change, assessment: Assessment, config: Config) -> str:
    """The comment on a pull request."""
    return (
        environment()
        .get_template("card.md.j2")
        .render(
            marker=card_marker(pull.repository.id, pull.number) + f"head={pull.head_sha} -->",
            closing=CLOSING,
            title="",
            head=pull.head_sha[:7],
            faults=config.faults,
            **_judged(change, assessment, phrases(config.language)),
        )
    )


def paused_card(pull: Pull, config: Config) -> str:
    """The comment on a pull request that people paused; its marker says so, too."""
    say = phrases(config.language).say
    marker = card_marker(pull.repository.id, pull.number) + f"{PAUSED} -->"
    return f"{marker}\n### {say('card.paused')}\n\n{say('card.paused-how')}\n{CLOSING}"


def is_paused(body: str) -> bool:
    """Whether a card's marker says that it is paused."""
    return body.partition("-->")[0].endswith(f"{PAUSED} ")


def commit_card(commit_sha: str, change: Change, assessment: Assessment, language: str) -> str:
    """The same text for one commit, under its title and without a comment's markers."""
    return (
        environment()
        .get_template("card.md.j2")
        .render(
            marker="",
            closing="",
            title=change.title,
            head=commit_sha[:7],
            faults=(),
            **_judged(change, assessment, phrases(language)),
        )
    )


def _judged(change: Change, assessment: Assessment, say: Phrases) -> dict[str, Any]:
    return {
        "t": say.say,
        "change": change,
        "assessment": assessment,
        "reason": functools.partial(reason_markdown, say),
        "places": look_first(assessment.risk),
        "place_name": place_name,
        "shown": SHOWN_REASONS,
        "listed": LISTED_FILES,
        "read": sum(file.patch is not None for file in change.files),
    }


def look_first(rating: Rating) -> list[Evidence]:
    """The places of the strongest reasons, each once."""
    places = (place for reason in rating.reasons if reason.points > 0 for place in reason.evidence if place.path)
    once = {(place.path, place.line): place for place in places}
    exact = {path for path, line in once if line}
    return [place for place in once.values() if place.line or place.path not in exact][:SHOWN_PLACES]


def reason_text(say: Phrases, reason: Reason) -> str:
    """A reason's sentence with its values as they are: for JSON, not for Markdown."""
    values = {name: neutral.plain(v, 120) if isinstance(v, str) else v for name, v in reason.values.items()}
    return say.say(f"reasons.{reason.code}", **values)


def reason_markdown(say: Phrases, reason: Reason) -> str:
    """A reason's sentence as Markdown, its untrusted values as code, with where to see it and what it adds."""
    values = {name: neutral.code(v, 80) if isinstance(v, str) else v for name, v in reason.values.items()}
    sentence = say.say(f"reasons.{reason.code}", **values)
    place = next((place for place in reason.evidence if place.path), None)
    # Not again when the sentence itself names it.
    told = place is None or place_name(place) in reason.values.values()
    where = "" if place is None or told else f" — {neutral.code(place_name(place), 120)}"
    return f"{sentence}{where} ({reason.points:+d})"


def place_name(place: Evidence) -> str:
    """`path:line`, or the path alone."""
    return f"{place.path}:{place.line}" if place.line else str(place.path)
