"""Follow-ups: which earlier changes a commit's or pull request's message says it reverts, lands again or mends.

Forms: git's `Revert "…"` with `This reverts commit <sha>.` and `Reapply "…"` (git-revert), GitHub's `Reverts
owner/name#12`, the kernel's `Fixes: <sha> ("…")` (Documentation/process/submitting-patches), and what people write.
"""

from collections.abc import Iterator
from dataclasses import replace

from analysis.mentions import lines, sentences, since
from analysis.references import FollowUp
from analysis.reverts import stated
from analysis.title import BODY_LIMIT, TITLE_LIMIT, read_title

#: A message that names more is a list of something else, such as a release's notes.
MAX_FOLLOW_UPS = 10


def follow_ups(
    title: str, body: str = "", own: int | None = None, repository: str = "", *, bot: bool = False
) -> tuple[FollowUp, ...]:
    """What a message says of earlier changes; never raises, whatever the text.

    Args:
        title: First line of the message, or a pull request's title.
        body: The rest; cut at `title.BODY_LIMIT`.
        own: The number of the pull request itself, which names nothing earlier.
        repository: `owner/name`, so that numbers of others are left out; empty: not known.
        bot: Written by a program: its body counts only below a title that reverts, for it quotes what others wrote.

    Returns:
        At most ten, those of the title first; each change once for each kind, as far as the words tell.
    """
    read = read_title(title, body)
    text = _whole(" ".join(read.text[:TITLE_LIMIT].split()), body)
    text = text.removesuffix(f"(#{own})").rstrip() if own else text
    said = tuple(stated(text, repository))
    below = body[:BODY_LIMIT] if said or not bot else ""
    found = [*_joined(said, tuple(lines(below, repository))), *sentences(below, repository)]
    if not said:
        # What a revert quotes is said by the change that it reverts.
        found += sentences(text, repository)
        found += since(text, repository) if read.kind == "bug fix" else ()
    others = [one for one in found if own is None or one.pull != own]
    once = {(one.kind, one.commit_sha, one.pull, one.title): one for one in reversed(others)}
    return tuple(reversed(once.values()))[:MAX_FOLLOW_UPS]


def _whole(title: str, body: str) -> str:
    """The title with the rest that GitHub moved into the body when it was too long."""
    return title[:-1] + body[1:].partition("\n")[0][:TITLE_LIMIT] if title.endswith("…") and body[:1] == "…" else title


def _joined(said: tuple[FollowUp, ...], below: tuple[FollowUp, ...]) -> Iterator[FollowUp]:
    """The title's words with the body's: below a title that reverts one change, the name in the body is that one's."""
    for kind in ("reverts", "relands"):
        titles = [one for one in said if one.kind == kind and not one.commit_sha]
        names = [one for one in below if one.kind == kind]
        if len(titles) == len(names) == 1:
            (title,), (name,) = titles, names
            both = replace(title, commit_sha=name.commit_sha, pull=name.pull or title.pull, is_sure=True)
            said = tuple(both if one is title else one for one in said)
            below = tuple(one for one in below if one is not name)
    yield from said
    yield from (replace(one, is_sure=True) if said else one for one in below)
