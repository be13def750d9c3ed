"""What a digest's templates show: entries by level, what to act on first, links, times and sums. Pure."""

import functools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from analysis.prose import Finding, Prose
from analysis.raising import is_raised
from analysis.rating import Level, Reason
from ghapp import neutral
from ghapp.config import Config
from ghapp.digest import Digest, Entry
from ghapp.digest_groups import LEVELS, Act, Group, act_first, grouped, level_of, weight
from ghapp.digest_head import Head, navigation
from ghapp.digest_ties import Ties
from ghapp.model_text import model_sentence
from ghapp.phrases import Phrases, phrases
from ghapp.reads import Repository
from ghapp.render import BARE, FULL, Extent, finding_place, reason_markdown, telling

ACT_FIRST_SHOWN = 12
SHOWN_AREAS = 5
#: On a day with more commits, the contents list what is not low.
CONTENTS_ALL = 60
SHOWN_REASONS = {"high": 6, "medium": 3, "low": 1}
#: A digest shows at most this many findings of an entry; at low importance, none.
SHOWN_FINDINGS = {"high": 6, "medium": 2, "low": 0}
#: How an entry begins whose model's part is not there.
WAITING = {"pending": "⏳", "failed": "⚠️", "over_budget": "⏸", "outsider": "⏸"}
#: A pull request's number as a squash (at the end) and a merge (in the middle) write it into the title.
NUMBER = re.compile(r"\s*\(#\d+\)$|(?<=^Merge pull request) #\d+")


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a page there is room for."""

    low: bool = True
    #: How many analyses of the page at most; None: all.
    most: int | None = None
    #: How many entries the contents list at most.
    contents: int = 100
    #: Characters of a title, and of an author's name, in the table.
    title: int = 200
    author: int = 60
    #: Whether the table links commits and pull requests.
    links: bool = True
    #: How much of what a model wrote, at high and at medium importance.
    high: Extent = FULL
    medium: Extent = FULL

    def extent(self, level: Level) -> Extent:
        """How much of what a model wrote about an entry."""
        return self.high if level == "high" else self.medium


class DigestView:
    """What the templates ask of a digest."""

    def __init__(self, digest: Digest, repository: Repository, config: Config) -> None:
        """Prepare; everything else is worked out when it is asked for."""
        self.digest, self.repository, self.config = digest, repository, config
        self.say: Phrases = phrases(config.language)
        self.zone = ZoneInfo(config.timezone)
        self.offsets = {self._at(entry).utcoffset() for entry in digest.entries}
        self.ties = Ties(digest, repository, self.say)

    def tiers(self, entries: Sequence[Entry], room: Room) -> list[tuple[Level, list[Entry]]]:
        """The entries of each level whose analyses there is room for, most important first."""
        wanted: list[Level] = [level for level in LEVELS if level != "low" or room.low]
        found = [e for e in entries if e.assessment and not e.left and e.has_room and level_of(e) in wanted]
        found.sort(key=weight)
        kept = found[: room.most]
        return [(level, [e for e in kept if level_of(e) == level]) for level in wanted]

    def count(self, level: str, rating: str = "importance") -> int:
        """How many listed entries have that level."""
        judged = (entry.assessment for entry in self.digest.listed if entry.assessment)
        return sum(getattr(one, rating).level == level for one in judged)

    @property
    def pending(self) -> list[Entry]:
        """Listed entries without an assessment."""
        return [entry for entry in self.digest.listed if entry.assessment is None]

    @property
    def left(self) -> int:
        """How many entries a force push took off the branch."""
        return len(self.digest.entries) - len(self.digest.listed)

    @property
    def contents_cut(self) -> bool:
        """Whether the day is too long for contents that list what is of low importance, too."""
        return len(self.digest.listed) > CONTENTS_ALL

    def contents(self, analysed: AbstractSet[str], most: int | None = None) -> list[tuple[Level, list[Entry]]]:
        """The entries of each level whose analysis stands on a page, most important first, at most `most`."""
        entries = [entry for entry in self.digest.entries if entry.commit_sha in analysed]
        return self.tiers(entries, Room(low=not self.contents_cut, most=most))

    @property
    def grouped(self) -> Callable[[Sequence[Entry], str], list[Group]]:
        """The entries of a level, with series and noise put together."""
        return functools.partial(grouped, is_tied=self.ties.is_tied)

    @functools.cached_property
    def act_first(self) -> list[Act]:
        """What asks for attention, most pressing first."""
        return act_first(self.digest.listed, self.ties.is_reverted)

    @property
    def act_first_shown(self) -> int:
        """How many of them are shown."""
        return ACT_FIRST_SHOWN

    @property
    def areas(self) -> str:
        """The areas that most listed entries touch, as code, each with how many."""
        touched = Counter(area for e in self.digest.listed if e.assessment for area in e.assessment.scope[:1])
        most = sorted(touched.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN_AREAS]
        return ", ".join(f"{neutral.code(area)} {count}" for area, count in most)

    def head(self, analysed: AbstractSet[str]) -> str:
        """What mattered on this day, in one sentence."""
        return Head(self.say, self.ties, functools.partial(self.named, analysed)).importance(self.digest.listed)

    def named(self, analysed: AbstractSet[str], entry: Entry, limit: int) -> str:
        """The title of an entry, linked where its analysis stands."""
        title = self.title(entry, limit)
        return f"[{title}](#user-content-{self.anchor(entry)})" if entry.commit_sha in analysed else title

    @property
    def navigation(self) -> str:
        """The way to the days before and after; empty when there are none."""
        return navigation(self.ties, self.say, self.digest.day, (self.digest.previous, self.digest.next))

    def total(self, name: str) -> int:
        """The sum of `files`, `added` or `deleted` over the listed entries that were read."""
        return sum(getattr(entry, name) or 0 for entry in self.digest.listed)

    @property
    def authors(self) -> int:
        """How many different authors."""
        return len({entry.author for entry in self.digest.listed})

    @property
    def zone_name(self) -> str:
        """The zone with its offset from UTC, when it had one offset all day."""
        if len(self.offsets) != 1 or self.config.timezone == "UTC":
            return self.config.timezone
        stamp = self._at(self.digest.entries[0]).strftime("%z")
        return f"{self.config.timezone}, UTC{stamp[:3]}:{stamp[3:]}"

    def time(self, entry: Entry) -> str:
        """When it landed, on the zone's clock; with the offset on days that have two."""
        at = self._at(entry)
        return at.strftime("%H:%M:%S" if len(self.offsets) == 1 else "%H:%M:%S %z")

    def _at(self, entry: Entry) -> datetime:
        return datetime.fromtimestamp(entry.landed_at, self.zone)

    def title(self, entry: Entry, limit: int = 200) -> str:
        """The title as Markdown, without the pull request's number when a link shows it."""
        text = NUMBER.sub("", entry.title) if entry.pull else entry.title
        shown = neutral.markdown(text, limit)
        return shown or f"`{entry.commit_sha[:7]}`"

    def commit(self, commit_sha: str, *, linked: bool = True) -> str:
        """A short hash, linked when the repository's page is known."""
        short = f"`{commit_sha[:7]}`"
        return f"[{short}]({self.repository.url}/commit/{commit_sha})" if self.repository.url and linked else short

    def pull(self, entry: Entry, *, linked: bool = True) -> str:
        """A pull request's number, linked so that it gets no back-reference from every digest that lists it.

        github.com: through its redirecting host, as other bots do. Elsewhere: the number without a link.
        """
        if not entry.pull:
            return ""
        number = f"#{neutral.SPLIT}{entry.pull}"
        if not linked or not self.repository.url.startswith("https://github.com/"):
            return number
        return f"[{number}](https://redirect.github.com/{self.repository.full_name}/pull/{entry.pull})"

    def anchor(self, entry: Entry) -> str:
        """The name of the entry's analysis on the page."""
        return f"c-{entry.commit_sha[:7]}"

    def has_analysis(self, entry: Entry) -> bool:
        """Whether an analysis stands somewhere, for links to it."""
        return bool(entry.assessment) and not entry.left and entry.has_room

    def reasons(self, entry: Entry, rating: str) -> list[str]:
        """The reasons shown for a rating, as Markdown; how many follows from the entry's importance."""
        assessment = entry.assessment
        if assessment is None:
            return []
        found = [r for r in telling(getattr(assessment, rating)) if r.points > 0]
        return [self.reason(reason) for reason in found[: SHOWN_REASONS[assessment.importance.level]]]

    @functools.cached_property
    def reason(self) -> Callable[[Reason], str]:
        """A reason as Markdown in the digest's language."""
        return functools.partial(reason_markdown, self.say)

    def said(self, entry: Entry, rating: str, extent: Extent) -> str:
        """The first reasons of a rating in one line, for an entry with prose; one that raised it is never left out."""
        lifted = entry.assessment is not None and is_raised(getattr(entry.assessment, rating))
        most = max(0 if level_of(entry) == "low" else extent.reasons, lifted)
        return " · ".join(self.reasons(entry, rating)[:most])

    def findings(self, prose: Prose, level: Level, extent: Extent) -> tuple[Finding, ...]:
        """The findings shown of an entry."""
        return prose.findings[: min(SHOWN_FINDINGS[level], extent.findings)]

    def waiting(self, entry: Entry) -> str:
        """Why the model's part of an entry is not there, as Markdown; empty when it is, or none is asked."""
        sentence = "" if entry.assessment and entry.assessment.prose else model_sentence(self.say, entry.note)
        return f"{WAITING[entry.note.status]} {sentence}" if sentence else ""

    def in_short(self, entry: Entry) -> str:
        """What else there is to say of an entry in one line, each behind a dot: a sentence or reason, ties, a wait."""
        prose = entry.assessment.prose if entry.assessment else None
        why = [*self.reasons(entry, "importance"), *self.reasons(entry, "risk")]
        said = [neutral.prose(prose.summary)] if prose and prose.summary else why[:1]
        raised = [self.said(entry, rating, BARE) for rating in ("importance", "risk") if prose and prose.summary]
        parts = filter(None, [*said, *raised, *self.ties.of(entry), self.waiting(entry)])
        return "".join(f" · {part}" for part in parts)

    @property
    def finding_place(self) -> Callable[[Finding], str]:
        """Where a finding is, as code."""
        return finding_place

    def types(self, entry: Entry) -> str:
        """The change types of an entry, named in the digest's language."""
        return ", ".join(self.say.say(f"types.{name}") for name in (entry.assessment.types if entry.assessment else ()))

    def scope_of(self, entry: Entry) -> str:
        """The areas an entry touches, as code."""
        return ", ".join(neutral.code(area) for area in (entry.assessment.scope if entry.assessment else ()))

    def levels(self, rating: str) -> str:
        """How many entries have each level, as one line."""
        return " ".join(f"{self.say.say(f'level.{level}')} {self.count(level, rating)}" for level in LEVELS)
