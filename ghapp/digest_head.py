"""The head of a digest: the day in two sentences, the way to other days, whether the day is over. Pure."""

from collections.abc import Callable, Sequence

from ghapp import neutral
from ghapp.digest import Entry
from ghapp.digest_groups import level_of, weight
from ghapp.digest_ties import Ties
from ghapp.phrases import Phrases

#: Entries that a sentence names; characters of their titles.
NAMED, TITLE = 2, 60


class Head:
    """The sentences that open a digest. They claim what the entries show, and no more: no superlative."""

    def __init__(self, say: Phrases, ties: Ties, name: Callable[[Entry, int], str]) -> None:
        """Keep how things are said, and how an entry is named: its title of so many characters, linked if possible."""
        self._say, self._ties, self._name = say, ties, name

    def importance(self, listed: Sequence[Entry]) -> str:
        """The second of the two sentences: what mattered, and what is risky."""
        judged = sorted((entry for entry in listed if entry.assessment), key=weight)
        if not judged:
            return self._sentence(self._say.say("head.none-yet", n=len(listed)))
        named = [entry for entry in judged if level_of(entry) == "high"]
        said = f"{self._important(judged, named)}{self._risky(judged, named[:NAMED])}"
        if len(judged) < len(listed):
            said = self._say.say("head.so-far", n=len(judged), of=len(listed), said=said)
        return self._sentence(said)

    def _sentence(self, said: str) -> str:
        return self._say.say("head.sentence", said=said[:1].upper() + said[1:])

    def _important(self, judged: Sequence[Entry], high: Sequence[Entry]) -> str:
        if high:
            return self._say.say("head.high", names=self._names(high))
        medium = [entry for entry in judged if level_of(entry) == "medium"]
        if medium:
            # One of one is not "among them".
            key = "head.medium" if len(medium) > NAMED else "head.medium-all"
            return self._say.say(key, n=len(medium), names=self._names(medium[:NAMED]))
        return self._say.say("head.low", n=len(judged))

    def _risky(self, judged: Sequence[Entry], named: Sequence[Entry]) -> str:
        risky = [entry for entry in judged if entry.assessment and entry.assessment.risk.level == "high"]
        others = [entry for entry in risky if entry.position not in {one.position for one in named}]
        if not risky:
            return self._say.say("head.no-risk")
        if not others:
            return self._say.say("head.risk", n=len(risky))
        return self._say.say("head.risk-such", n=len(risky), name=self._named(others[0]))

    def _names(self, entries: Sequence[Entry]) -> str:
        first, *others = (self._named(entry) for entry in entries[:NAMED])
        if not others:
            return first
        key = "head.names-more" if len(entries) > NAMED else "head.names-two"
        return self._say.say(key, first=first, second=others[0], n=len(entries) - NAMED)

    def _named(self, entry: Entry) -> str:
        kind = self._say.say(f"types.{entry.assessment.types[0]}") if entry.assessment else ""
        gone = self._say.say("head.reverted") if self._ties.is_reverted(entry) else ""
        return self._say.say("head.named", title=self._name(entry, TITLE), kind=f"{kind}{gone}")


def navigation(ties: Ties, say: Phrases, day: str, beside: tuple[tuple[str, int] | None, ...]) -> str:
    """One line that leads to the day before and the day after, as far as there are any; else empty."""
    before, after = (_beside(ties, one) for one in beside)
    if not before and not after:
        return ""
    parts = [
        say.say("head.before", day=before) if before else "",
        day,
        say.say("head.after", day=after) if after else "",
    ]
    return " · ".join(filter(None, parts))


def _beside(ties: Ties, one: tuple[str, int] | None) -> str:
    if one is None:
        return ""
    issue = ties.issue(one[1])
    return f"[{one[0]}]({issue})" if issue else f"{one[0]} (#{neutral.SPLIT}{one[1]})"
