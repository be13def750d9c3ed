"""Text for people: assessments and digests as Markdown. Pure: the same values give the same bytes."""

import functools
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.change import Change
from analysis.prose import Finding
from analysis.raising import MODEL_CODES
from analysis.rating import Assessment, Evidence, Rating, Reason
from ghapp import neutral
from ghapp.calibration_store import Record
from ghapp.card_state import News
from ghapp.config import Config
from ghapp.model_note import NO_MODEL, ModelNote
from ghapp.model_text import card_footer, sentences
from ghapp.phrases import TEMPLATES, Phrases, phrases
from ghapp.publish import CLOSING
from ghapp.reads import Pull
from ghapp.record_text import record_text
from ghapp.settings import LANGUAGES

PAUSED = "paused"
#: A card shows this many reasons of a rating; the others are folded.
SHOWN_REASONS = 4
#: This many when a model's prose stands above them.
SHOWN_BESIDE_PROSE = 2
SHOWN_PLACES = 4
#: It lists as many files as it has room for.
LISTED_FILES = (100, 50, 20, 0)
#: GitHub refuses more than 65,536; counted as UTF-16 units, and some room is left for what people add.
MAX_UNITS = 60_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a model's prose is shown: characters, or the number of what is listed; 0: nothing of it."""

    summary: int = 700
    #: Characters of each part.
    insight: int = 400
    findings: int = 6
    finding: int = 400
    falsifier: int = 240
    advice: int = 3
    #: Reasons of each rating that a digest shows beside it.
    reasons: int = 3
    #: Findings of a card that are not folded.
    unfolded: int = 3


FULL = Extent()
#: Of the reasons beside prose, none but one that raised the rating.
BARE = Extent(reasons=0)


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
    made.filters |= {"md": neutral.markdown, "code": neutral.code, "prose": neutral.prose, "sentences": sentences}
    return made


def compile_templates() -> None:
    """Read all templates and texts once: a worker does it before it forks, so that no job does it anew."""
    for name in environment().list_templates(extensions=["j2"]):
        environment().get_template(name)
    for language in LANGUAGES:
        phrases(language)


def card_marker(repository: int, number: int) -> str:
    """How our card of a pull request begins, whatever its text."""
    return f"<!-- ghapp:card:v1 repository={repository} number={number} "


@dataclass(frozen=True, slots=True)
class Beside:
    """What a card says beside the assessment.

    Attributes:
        note: The model's part in it.
        news: What is new since the last card; None: this is the first.
        record: How often ratings came true in this repository; None: that is not known.
    """

    note: ModelNote = NO_MODEL
    news: News | None = None
    record: Record | None = None


NOTHING_BESIDE = Beside()


def card(pull: Pull, change: Change, assessment: Assessment, config: Config, beside: Beside = NOTHING_BESIDE) -> str:
    """The comment on a pull request.

    Args:
        pull: Whose comment it is.
        change: What it changes.
        assessment: Its ratings; with prose when a model's answer is there.
        config: The repository's.
        beside: What else it says.
    """
    say, note = phrases(config.language), beside.note
    return _fitted(
        marker=card_marker(pull.repository.id, pull.number) + f"head={pull.head_sha} -->",
        closing=CLOSING,
        title="",
        news=beside.news,
        record=record_text(say, beside.record, assessment.risk.level),
        faults=config.faults,
        footer=card_footer(say, note, assessment, pull.head_sha[:7]),
        **_judged(change, assessment, say, note),
    )


def paused_card(pull: Pull, config: Config) -> str:
    """The comment on a pull request that people paused; its marker says so, too."""
    say = phrases(config.language).say
    marker = card_marker(pull.repository.id, pull.number) + f"{PAUSED} -->"
    return f"{marker}\n### {say('card.paused')}\n\n{say('card.paused-how')}\n{CLOSING}"


def is_paused(body: str) -> bool:
    """Whether a card's marker says that it is paused."""
    return body.partition("-->")[0].endswith(f"{PAUSED} ")


def commit_card(
    commit_sha: str, change: Change, assessment: Assessment, config: Config, note: ModelNote = NO_MODEL
) -> str:
    """The same text for one commit, under its title and without a comment's markers."""
    say = phrases(config.language)
    return _fitted(
        marker="",
        closing="",
        title=change.title,
        news=None,
        record="",
        faults=config.faults,
        footer=card_footer(say, note, assessment, commit_sha[:7]),
        **_judged(change, assessment, say, note),
    )


def units(text: str) -> int:
    """Length in UTF-16 units, which is what GitHub counts."""
    return len(text.encode("utf-16-le")) // 2


def _fitted(**values: Any) -> str:
    """The card, with as many files listed as GitHub takes."""
    template = environment().get_template("card.md.j2")
    text = ""
    for listed in LISTED_FILES:
        text = template.render(listed=listed, **values)
        if units(text) <= MAX_UNITS:
            break
    return text


def _judged(change: Change, assessment: Assessment, say: Phrases, note: ModelNote) -> dict[str, Any]:
    return {
        "t": say.say,
        "change": change,
        "assessment": assessment,
        "reasons_of": telling,
        "reason": functools.partial(reason_markdown, say),
        "places": look_first(assessment.risk),
        "place_name": place_name,
        "shown": SHOWN_BESIDE_PROSE if assessment.prose and assessment.prose.summary else SHOWN_REASONS,
        "extent": FULL,
        "finding_place": finding_place,
        "ledger": {file.path: file for file in note.files},
        "read": sum(file.patch is not None for file in change.files),
    }


def telling(rating: Rating) -> list[Reason]:
    """The reasons that count for a rating: the one that raised it first, then those with the most points."""
    found = [reason for reason in rating.reasons if reason.points]
    lifted = [reason for reason in found if reason.code in MODEL_CODES][:1]
    return lifted + [reason for reason in found if reason not in lifted]


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
    # A model's reason is a sentence of its own; other values are names and pieces of the change.
    shown = neutral.prose if reason.code in MODEL_CODES else functools.partial(neutral.code, limit=80)
    values = {name: shown(v) if isinstance(v, str) else v for name, v in reason.values.items()}
    sentence = say.say(f"reasons.{reason.code}", **values)
    place = next((place for place in reason.evidence if place.path), None)
    # Not again when the sentence itself names it.
    told = place is None or place_name(place) in reason.values.values()
    where = "" if place is None or told else f" — {neutral.code(place_name(place), 120)}"
    return f"{sentence}{where} ({reason.points:+d})"


def place_name(place: Evidence) -> str:
    """`path:line`, or the path alone."""
    return f"{place.path}:{place.line}" if place.line else str(place.path)


def finding_place(finding: Finding) -> str:
    """`path:line` or `path:first-last`, as a code span; a long path is cut, its lines are not."""
    last = f"-{finding.line_end}" if finding.line_end > finding.line_start else ""
    return neutral.code(f"{neutral.plain(finding.path, 100)}:{finding.line_start}{last}", 120)
