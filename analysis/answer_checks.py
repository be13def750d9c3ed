"""Checks of a model's answer against the change: what the change does not bear out is taken away and counted."""

import re
from collections.abc import Iterable, Mapping

from analysis.answer import (
    ADVICE,
    FINDINGS,
    MEDIUM_FINDINGS,
    PART,
    SCOPE,
    SCOPES,
    SENTENCE,
    SUMMARY,
    Answer,
    FindingAnswer,
    ProposalAnswer,
)
from analysis.boilerplate import is_boilerplate
from analysis.change import Change, FileChange
from analysis.claims import ChangeText, joined, named, sentences
from analysis.hunks import Hunk, hunks_of, place_in
from analysis.prose import Counts, Depth, Finding, Insight, Proposal, Prose
from analysis.rating import Assessment
from analysis.visible import one_line

_MAX_FINDINGS: dict[Depth, int] = {"high": FINDINGS, "medium": MEDIUM_FINDINGS, "low": 0}
_SEVERITIES = ("high", "medium", "low")
_NOTHING = re.compile(
    r"\W*(?:|none|null|n/?a|nothing|not applicable|no|unchanged"
    r"|(?:there (?:is|are) )?no (?:\w+ ){0,3}(?:impact|change|concern|issue|effect|implication)s?(?: \w+){0,4}"
    r"|无|没有|不涉及|无(?:明显|显著|直接)?(?:影响|变化|问题|风险))\W*",
    re.IGNORECASE,
)


def checked_answer(
    answer: Answer, change: Change, assessment: Assessment, shown: Mapping[str, tuple[Hunk, ...]] | None = None
) -> Prose:
    """What of an answer may be shown.

    * Findings whose place the model was not shown are dropped; a range is cut to what it was shown.
    * Names in backticks that occur nowhere in the change lose their backticks.
    * Sentences with figures that the change does not state are removed.
    * Advice that fits every change is kept only where a signal supports it; empty and repeated parts are dropped.
    * Long texts end with a whole sentence. What the depth did not ask for is left out.

    Args:
        answer: A model's answer; untrusted.
        change: The change that it is about; untrusted.
        assessment: The change's assessment from signals, whose importance gives the depth.
        shown: Path -> what the model was shown of the file, as in `Ledger.shown`; None: the whole change.
    """
    return _Checks(change, assessment, shown).prose(answer)


class _Checks:
    """The checks of one answer, with what they counted so far."""

    def __init__(self, change: Change, assessment: Assessment, shown: Mapping[str, tuple[Hunk, ...]] | None) -> None:
        self.change, self.assessment, self.shown = change, assessment, shown
        self.depth: Depth = assessment.importance.level
        self.change_text = ChangeText(change)
        # By every name that the prompt shows of it: hidden characters in a path must not hide what was found there.
        self.files = {file.previous_path: file for file in change.files if file.previous_path}
        self.files |= {one_line(file.path): file for file in change.files}
        self.files |= {file.path: file for file in change.files}
        self.read: dict[str, tuple[Hunk, ...]] = {}
        self.said: set[str] = set()
        self.figures = self.flagged = self.findings_dropped = self.advice_dropped = 0

    def prose(self, answer: Answer) -> Prose:
        summary = self._once(self.text(answer.summary, SENTENCE if self.depth == "low" else SUMMARY))
        if self.depth == "low":
            summary = joined(sentences(summary)[:1])
        findings = self._findings(answer.findings)
        insight = self._insight(answer) if self.depth == "high" else Insight()
        advice = self._advice(answer.advice) if self.depth != "low" else ()
        importance, risk = self._proposal(answer.importance), self._proposal(answer.risk)
        counts = Counts(len(findings), self.findings_dropped, self.flagged, self.figures, self.advice_dropped)
        scope = self._scope(answer.scope) if self.depth != "low" else ()
        return Prose(self.depth, answer.types, summary, scope, insight, findings, advice, importance, risk, counts)

    def text(self, raw: str, limit: int) -> str:
        """A text without figures that the change does not state, with names checked, at most about `limit` long."""
        kept: list[str] = []
        for sentence in sentences(raw):
            if self.change_text.figures.has_all_of(sentence):
                kept.append(sentence)
            else:
                self.figures += 1
        shown, flagged = named(joined(_within(kept, limit)), self.change_text)
        self.flagged += flagged
        return "" if _NOTHING.fullmatch(shown) else " ".join(shown.split())

    def _once(self, text: str) -> str:
        """The text; empty when the same was said before."""
        key = "".join(char for char in text.casefold() if char.isalnum())
        if key in self.said:
            return ""
        self.said.add(key)
        return text

    def _insight(self, answer: Answer) -> Insight:
        if answer.insight is None:
            return Insight()
        parts = answer.insight.model_dump()
        return Insight(**{name: self._once(self.text(part, PART)) for name, part in parts.items() if part})

    def _findings(self, answers: Iterable[FindingAnswer]) -> tuple[Finding, ...]:
        """Findings at places that the diff shows, most severe first; those over the number asked for go uncounted."""
        kept: list[Finding] = []
        if not (most := _MAX_FINDINGS[self.depth]):
            return ()
        for one in sorted(answers, key=lambda one: _SEVERITIES.index(one.severity)):
            place = self._place(one)
            if place is None:
                self.findings_dropped += 1
            elif len(kept) < most:
                kept += self._finding(one, *place)
        return tuple(kept)

    def _place(self, answer: FindingAnswer) -> tuple[FileChange, tuple[int, int]] | None:
        """The file that a finding is about, and what was shown of its lines; None: nothing."""
        # As git names the two sides, and as people name a file where they are.
        names = (answer.path, *(answer.path.removeprefix(before) for before in ("./", "a/", "b/")))
        file = next((self.files[name] for name in names if name in self.files), None)
        place = place_in(self._hunks(file), answer.line_start, answer.line_end) if file else None
        return (file, place) if file and place else None

    def _finding(self, answer: FindingAnswer, file: FileChange, place: tuple[int, int]) -> list[Finding]:
        """The finding; none, and one more dropped, when nothing is left of its text."""
        text = self._once(self.text(answer.text, PART))
        if not text:
            self.findings_dropped += 1
            return []
        return [Finding(text, answer.severity, file.path, *place, self.text(answer.falsifier, SENTENCE))]

    def _hunks(self, file: FileChange) -> tuple[Hunk, ...]:
        if self.shown is not None:
            return self.shown.get(file.path, ())
        if file.path not in self.read:
            self.read[file.path] = hunks_of(file) or ()
        return self.read[file.path]

    def _advice(self, answers: Iterable[str]) -> tuple[str, ...]:
        kept: list[str] = []
        for one in answers:
            own = [part for part in sentences(one) if not is_boilerplate(part, self.change, self.assessment)]
            if own and (text := self._once(self.text(joined(own), SENTENCE))):
                kept.append(text)
            else:
                self.advice_dropped += 1
        return tuple(kept[:ADVICE])

    def _scope(self, answers: Iterable[str]) -> tuple[str, ...]:
        kept = dict.fromkeys(self.text(one, SCOPE)[: 2 * SCOPE] for one in answers)
        return tuple(one for one in kept if one)[:SCOPES]

    def _proposal(self, answer: ProposalAnswer | None) -> Proposal | None:
        reason = self.text(answer.reason, SENTENCE) if answer else ""
        return Proposal(answer.level, reason) if answer and reason else None


def _within(parts: list[str], limit: int) -> list[str]:
    """The first sentences that are at most `limit` characters together; always one, however long it is."""
    kept = parts[:1]
    for part in parts[1:]:
        if len(joined([*kept, part])) > limit:
            break
        kept.append(part)
    return kept
