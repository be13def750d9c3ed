"""What `ghapp assess --explain` says: each point of two ratings, with commands that show where it comes from."""

from dataclasses import dataclass
from typing import Any

from analysis.assess import assess
from analysis.rating import MAX_REASONS, Assessment, Rating, Reason
from ghapp import neutral
from ghapp.clone import Clone
from ghapp.phrases import Phrases
from ghapp.render import reason_markdown, reason_text
from ghapp.report import Revision
from ghapp.shell import Step
from ghapp.trace import traced
from ghapp.trace_table import steps

#: Of what a command prints people see so many lines, and of each so many characters; JSON has all of it.
SHOWN_LINES = 12
SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Explained:
    """An assessment with the commands for each code of its reasons."""

    title: str
    commit_sha: str
    assessment: Assessment
    steps: dict[str, list[Step]]

    @property
    def ratings(self) -> tuple[tuple[str, Rating], tuple[str, Rating]]:
        """Both ratings with their names."""
        return ("importance", self.assessment.importance), ("risk", self.assessment.risk)


def explain(clone: Clone, revision: Revision) -> Explained:
    """Find the commands for every reason that counts."""
    assessment, one = assess(revision.change, revision.history), traced(clone, revision)
    reasons = {reason.code: reason for reason in (*assessment.importance.reasons, *assessment.risk.reasons)}
    found = {code: steps(one, reason) for code, reason in reasons.items()}
    return Explained(revision.commit.title, revision.commit.commit_sha, assessment, found)


def explain_json(one: Explained, say: Phrases) -> list[dict[str, Any]]:
    """One row for each reason of each rating; its commands, and what they print, are joined by line ends."""
    return [
        {
            "rating": name,
            "code": reason.code,
            "points": reason.points,
            "sentence": reason_text(say, reason),
            "command": "\n".join(step.command for step in one.steps[reason.code]),
            "expected": "\n".join(step.expected for step in one.steps[reason.code]),
            "exact": all(step.is_exact for step in one.steps[reason.code]),
        }
        for name, rating in one.ratings
        for reason in rating.reasons
    ]


def explain_text(one: Explained, say: Phrases) -> str:
    """The same as Markdown."""
    parts = [f"## {neutral.markdown(one.title)}", f"`{one.commit_sha[:12]}` · {say.say('explain.how')}"]
    for name, rating in one.ratings:
        level = say.say(f"level.{rating.level}")
        parts.append(say.say(f"card.{name}", level=level, points=say.say("count.points", n=rating.points)))
        parts += [_reason(one, reason, say) for reason in rating.reasons]
        parts.append(_sum(rating, say))
    if any(len(rating.reasons) == MAX_REASONS for _, rating in one.ratings):
        parts.append(say.say("explain.left-out", n=MAX_REASONS))
    return "\n\n".join(parts) + "\n"


def _sum(rating: Rating, say: Phrases) -> str:
    if not rating.reasons:
        return say.say("explain.nothing", points=rating.points)
    added = " ".join(f"{'-' if reason.points < 0 else '+'} {abs(reason.points)}" for reason in rating.reasons)
    return say.say("explain.sum", sum=added.removeprefix("+ "), points=rating.points)


def _reason(one: Explained, reason: Reason, say: Phrases) -> str:
    lines = [f"- {reason_markdown(say, reason)}"]
    for step in one.steps[reason.code]:
        lines += ["", *(f"      {line}" for line in (f"$ {step.command}", *_cut(step.expected)))]
        if not step.is_exact:
            lines += ["", f"  {say.say('explain.nearest')}"]
    return "\n".join(lines)


def _cut(text: str) -> list[str]:
    """The first lines of output, without what a terminal would act on."""
    lines = text.split("\n")
    seen = [neutral.plain(line, SHOWN_CHARACTERS) if not _is_harmless(line) else line for line in lines[:SHOWN_LINES]]
    return seen + ["…"] * (len(lines) > SHOWN_LINES)


def _is_harmless(line: str) -> bool:
    return len(line) <= SHOWN_CHARACTERS and line.replace("\t", " ").isprintable()
