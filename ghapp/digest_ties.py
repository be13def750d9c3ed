"""How a digest shows what its entries have to do with other changes: `↩ reverted by #12`. Pure."""

from analysis.references import Kind
from ghapp import neutral
from ghapp.digest import Digest, Entry, Link
from ghapp.phrases import Phrases
from ghapp.reads import Repository

#: One entry shows this many ties.
SHOWN_TIES = 4
SHOWN_IN_ROW = 2
KINDS: tuple[Kind, ...] = ("reverts", "relands", "fixes", "follows")
GITHUB = "https://github.com/"


class Ties:
    """The ties of a digest's entries, as Markdown."""

    def __init__(self, digest: Digest, repository: Repository, say: Phrases) -> None:
        """Sort them by entry: what was done to it first, reverts before all else."""
        self._digest, self._repository, self._say = digest, repository, say
        self._issues = dict(digest.issues)
        self._of: dict[str, list[Link]] = {}
        for link in sorted(digest.links, key=lambda one: (not one.is_back, KINDS.index(one.kind))):
            self._of.setdefault(link.commit_sha, []).append(link)

    def of(self, entry: Entry) -> list[str]:
        """Each tie of an entry as a sentence with a link."""
        return [self._sentence(link) for link in self._links(entry.commit_sha)[:SHOWN_TIES]]

    def row(self, entry: Entry, *, linked: bool) -> str:
        """The ties of an entry in its row; without links, their signs alone."""
        links = self._links(entry.commit_sha)[:SHOWN_IN_ROW]
        shown = [self._sentence(link) if linked else self._say.say(f"tie-sign.{_name(link)}") for link in links]
        return ", ".join(shown)

    def back(self, entry: Entry) -> str:
        """Who reverted an entry, where that stands; else empty."""
        if not self.is_reverted(entry):
            return ""
        return next(self._sentence(link) for link in self._links(entry.commit_sha) if _name(link) == "reverts-back")

    def is_reverted(self, entry: Entry) -> bool:
        """Whether an entry was reverted, and neither landed again nor its revert reverted."""
        names = [_name(link) for link in self._links(entry.commit_sha)]
        return "reverts-back" in names and "relands-back" not in names and not self._is_undone(entry)

    def _is_undone(self, entry: Entry) -> bool:
        reverting = {one.other_sha for one in self._links(entry.commit_sha) if _name(one) == "reverts-back"}
        undone = {sha for sha in reverting if any(_name(one) == "reverts-back" for one in self._links(sha))}
        return undone == reverting

    def is_tied(self, entry: Entry) -> bool:
        """Whether an entry has something to do with another change."""
        return entry.commit_sha in self._of

    def is_named(self, entry: Entry) -> bool:
        """Whether a digest links to this entry."""
        return any(link.day for link in self._links(entry.commit_sha))

    def issue(self, number: int | None) -> str:
        """Where another day's issue is; empty where a link would leave a back-reference, or when it is not known."""
        if not number or not self._repository.url.startswith(GITHUB):
            return ""
        return f"https://redirect.github.com/{self._repository.full_name}/issues/{number}"

    def _links(self, commit_sha: str) -> list[Link]:
        return self._of.get(commit_sha, [])

    def _sentence(self, link: Link) -> str:
        return self._say.say(f"tie.{_name(link)}", what=self._what(link))

    def _what(self, link: Link) -> str:
        """The other change: linked to its entry, there or on another day; text where no digest lists it."""
        number = f"#{neutral.SPLIT}{link.pull}" if link.pull else ""
        name = number or f"`{link.other_sha[:7]}`"
        if not link.day:
            return name
        anchor = f"#user-content-c-{link.other_sha[:7]}"
        if link.day == self._digest.day:
            return f"[{name}]({anchor})"
        issue = self.issue(self._issues.get(link.day))
        if issue:
            return f"[{name}]({issue}{anchor}) ({link.day})"
        return f"{number or self._commit(link.other_sha)} ({link.day})"

    def _commit(self, commit_sha: str) -> str:
        short = f"`{commit_sha[:7]}`"
        return f"[{short}]({self._repository.url}/commit/{commit_sha})" if self._repository.url else short


def _name(link: Link) -> str:
    return f"{link.kind}-back" if link.is_back else link.kind
