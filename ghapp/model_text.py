"""What texts say about a model's part: why it is not there, what it read and cost, what was taken away. Pure."""

import functools
from collections.abc import Iterable

from analysis.prose import Counts
from analysis.rating import Assessment
from ghapp import neutral
from ghapp.model_note import UNASKED, ModelNote
from ghapp.phrases import Phrases

#: What costs less is not told exactly.
LEAST_COST = 0.0001


def model_sentence(say: Phrases, note: ModelNote) -> str:
    """What keeps the model's part from being there, as Markdown; empty when nothing does."""
    if note.status in ("off", "used", "cached"):
        return ""
    name = model_name(say, note.name)
    if note.reason in UNASKED:
        return say.say(f"unasked.{note.reason}", name=name)
    key = f"{note.status}-last" if note.is_last and note.status in ("failed", "over_budget") else note.status
    return say.say(f"model.{key}", name=name, reason=say.say(f"failure.{note.reason or 'failed'}"))


def model_name(say: Phrases, name: str) -> str:
    """A model's name as Markdown."""
    return neutral.code(name, 60) if name else say.say("model.unnamed")


def card_footer(say: Phrases, note: ModelNote, assessment: Assessment, head: str) -> str:
    """What the assessment is made from, as Markdown; `head` is the commit's short name."""
    if note.status == "off":
        return say.say("card.footer", head=head)
    waiting = model_sentence(say, note)
    saw = "listed" if note.listed and not note.full + note.part else "read"
    began = f"card.footer-{'unread' if waiting else saw}"
    said = [say.say(began, head=head, name=model_name(say, note.name)), waiting]
    if not waiting:
        said += _sums(say, note, assessment)
    return sentences(said)


def _sums(say: Phrases, note: ModelNote, assessment: Assessment) -> list[str]:
    """What an answer cost, what it is based on, and what was taken away from it."""
    tokens = "model.tokens-cost" if note.cost else "model.tokens"
    read, written = (tokens_text(n, is_estimate=note.is_estimate) for n in (note.prompt_tokens, note.completion_tokens))
    said = [say.say(tokens, read=read, written=written, cost=neutral.code(note.cost, 40))]
    if note.full or note.part or note.listed:
        said.append(say.say("model.coverage", n=note.full, part=note.part, listed=note.listed))
    counts = assessment.prose.counts if assessment.prose else Counts()
    taken = {
        "redactions": note.redactions,
        "findings-dropped": counts.findings_dropped,
        "identifiers-flagged": counts.identifiers_flagged,
        "figures-removed": counts.figures_removed,
    }
    return said + [say.say(f"model.{name}", n=number) for name, number in taken.items() if number]


def tokens_text(number: int, *, is_estimate: bool) -> str:
    """A number of tokens; marked where a server did not say it."""
    return f"{'≈' if is_estimate else ''}{number:,}"


def cost_text(cost: float, currency: str, about: str = "") -> str:
    """A cost; `about` stands before it where it is not exact."""
    shown = f"{cost:.4f}" if cost >= LEAST_COST else f"< {LEAST_COST}"
    return f"{about}{shown} {currency}"


def sentences(parts: Iterable[str]) -> str:
    """Sentences in one line, empty ones left out: with a space between them, but not behind a full-width stop."""
    return functools.reduce(lambda said, one: said + ("" if said.endswith("。") else " ") + one, filter(None, parts))
