"""A model's part of a day in sums: what it read of it and what not, what it cost, what was taken away. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ghapp import neutral
from ghapp.digest import Entry
from ghapp.model_note import UNASKED, ModelNote
from ghapp.model_text import cost_text, model_name, sentences, tokens_text
from ghapp.phrases import Phrases

#: Names that the sums list.
NAMES = 4


def footer_key(entries: Iterable[Entry]) -> str:
    """What the entries are made from: a key of `digest` in templates/text/."""
    asked, read = False, False
    for entry in entries:
        asked, read = asked or entry.note.status != "off", read or has_prose(entry)
    unread = "footer-unread" if asked else "footer"
    return "footer-model" if read else unread


def has_prose(entry: Entry) -> bool:
    """Whether a model's answer stands in the entry."""
    return entry.assessment is not None and entry.assessment.prose is not None


def model_sums(say: Phrases, entries: Sequence[Entry]) -> str:
    """The sums in one line, as Markdown; empty when no model is asked."""
    if all(entry.note.status == "off" for entry in entries):
        return ""
    parts = Counter(_part(entry) for entry in entries if entry.assessment)
    read = [entry.note for entry in entries if has_prose(entry)]
    names = sorted({note.name for note in read or [entry.note for entry in entries] if note.name}) or [""]
    said = say.say("digest.model", names=", ".join(model_name(say, name) for name in names[:NAMES]), n=parts["used"])
    kinds = ("alone", "pending", "failed", "over", "unasked")
    rest = "".join(say.say(f"digest.model-{kind}", n=parts[kind]) for kind in kinds if parts[kind])
    return sentences([say.say("digest.model-all", said=said + rest), *_read(say, read)])


def _part(entry: Entry) -> str:
    """The model's part in an assessed entry, as the sums count it."""
    if has_prose(entry):
        return "used"
    if entry.note.reason in UNASKED:
        return "unasked"
    return {"pending": "pending", "failed": "failed", "over_budget": "over"}.get(entry.note.status, "alone")


def _read(say: Phrases, notes: Sequence[ModelNote]) -> list[str]:
    """What the answers that are there cost, and what they are based on; nothing without any."""
    if not notes:
        return []
    is_estimate = any(note.is_estimate for note in notes)
    sums = (sum(note.prompt_tokens for note in notes), sum(note.completion_tokens for note in notes))
    read, written = (tokens_text(number, is_estimate=is_estimate) for number in sums)
    cost = _cost(notes, is_estimate=is_estimate)
    said = [say.say(f"digest.tokens{'-cost' if cost else ''}", read=read, written=written, cost=cost)]
    full, part, listed = (sum(getattr(note, name) for note in notes) for name in ("full", "part", "listed"))
    if full or part or listed:
        said.append(say.say("model.coverage", n=full, part=part, listed=listed))
    taken = {name: sum(getattr(note, name) for note in notes) for name in ("redactions", "dropped")}
    return said + [say.say(f"digest.{name}", n=number) for name, number in taken.items() if number]


def _cost(notes: Sequence[ModelNote], *, is_estimate: bool) -> str:
    """The sum of what is known, as code; empty when no price is."""
    known = [note for note in notes if note.amount]
    if not known:
        return ""
    about = "≥ " if len(known) < len(notes) else "≈ " if is_estimate else ""
    return neutral.code(cost_text(sum(note.amount for note in known), known[0].currency, about), 40)
