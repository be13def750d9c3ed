"""People: a change's title and description without who they name, because a model needs nobody's name."""

import re

PERSON, ADDRESS = "[person]", "[address]"

_BULLET = r"^[ \t]*(?:[*+>-][ \t]+){0,3}"
#: What somebody did for a change, as trailers and lines in their place have it.
_DID = (
    r"(?:reported|suggested|reviewed|tested|acked|signed[ -]?off|co-?authored|co-?developed|authored|written|requested"
    r"|found|noticed|spotted|diagnosed|approved|proposed|sponsored|mentored|inspired|assisted|helped|merged)"
)
#: Trailers that end in -by and name no person.
_NOBODY = (
    r"(?!(?:caused|fixed|superseded|replaced|blocked|followed|triggered|introduced|reverted|closed|sorted|grouped)-)"
)
_THANKED = r"(?:many |special |big )?(?:thanks|thank you|kudos|credits?|props|h/t|hat tip)(?:[ -]to)?"
_NAME = r"(?:[A-Z][\w.'’-]{0,40}|\[person\]|\[address\])"
_NAMES = rf"{_NAME}(?:[ \t]{_NAME}){{0,4}}(?:(?:,| and|, and| &)[ \t]{_NAME}(?:[ \t]{_NAME}){{0,4}}){{0,9}}"
#: A line with a colon that says who took part, whatever stands behind the colon.
_TRAILER = re.compile(
    rf"{_BULLET}(?:{_NOBODY}[a-z][a-z-]{{1,38}}-by|{_DID} by|b?cc|{_THANKED}|(?:co-?)?authors?|reviewers?|assignees?)"
    r"[ \t]*:.*$",
    re.IGNORECASE | re.MULTILINE,
)
#: The same without a colon, when the line holds names and nothing else.
_LINE = re.compile(rf"{_BULLET}(?i:{_DID}[ -]by|b?cc|{_THANKED})[ \t]+{_NAMES}[ \t]*[.!]*[ \t]*$", re.MULTILINE)
_PART = r"[^\W\d_a-z][\w.'’-]{0,40}"
_MAIL = r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
#: A repository's address looks like a person's.
_ADDRESS = re.compile(rf"(?<![\w.%+-])(?!git@){_MAIL}\b")
_NAMED = re.compile(rf"(?:\b{_PART}[ \t]){{0,3}}(?:\b\w[\w.'’-]{{0,40}}[ \t])?<(?:mailto:)?{_MAIL}>")
#: As GitHub finds mentions; `@scope/package` and `@app.route` are none.
_MENTION = re.compile(r"(?<![\w/`.@+-])@[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?![\w-]|[./(][\w*])(?:\[bot\])?")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]{1,500}`)", re.DOTALL)
_PULLED = re.compile(r"^(Merge pull request #\d{1,9} from )[\w-]{1,39}(?=/)")


def without_people(text: str) -> str:
    """The text without addresses, mentions and lines that say who took part; code in backticks keeps its `@`.

    Names inside a sentence without an address or an `@` cannot be told from other words and stay.
    """
    text = _TRAILER.sub("", text)
    text = _ADDRESS.sub(ADDRESS, _NAMED.sub(PERSON, text))
    parts = _CODE.split(text)
    parts[::2] = [_MENTION.sub(PERSON, part) for part in parts[::2]]
    return _PULLED.sub(rf"\g<1>{PERSON}", _LINE.sub("", "".join(parts)))
