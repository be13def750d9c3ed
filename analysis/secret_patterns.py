"""Secrets that their own form gives away: tokens, private keys, passwords in assignments and addresses."""

import re

#: What stands in place of a secret.
REDACTED = "[redacted]"


#: One group named `secret` in each; what is around it stays. No pattern goes beyond a line. Least lengths are low,
#: because a line that was cut may end inside a secret.
_TOKENS = re.compile(
    r"""(?P<secret>
    \b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[\w-]{16,}|v1\.[0-9a-f]{40}\b)
    |\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,}\b
    |\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?
    |\bxox[abeoprs]-[\w-]{10,}|\bxapp-\d-[\w-]{10,}|hooks\.slack\.com/services/[\w/]{10,}
    |\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}
    |\bsk-(?:proj-|ant-|or-)?[\w-]{20,}|\bhf_[A-Za-z0-9]{20,}
    |\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{16,}
    |\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{40,}|\bdop_v1_[0-9a-f]{40,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bAGE-SECRET-KEY-1[A-Z0-9]{20,}
    )""",
    re.VERBOSE,
)
#: `scheme://user:password@host`
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@'\"<>]{0,80}:(?P<secret>[^\s/@'\"<>{}]{3,200})@(?=[\w\[.-])", re.IGNORECASE
)
#: `Authorization: Bearer …`
_HEADER = re.compile(r"\b(?:bearer|basic|token)\s+(?P<secret>[A-Za-z0-9+/_.~-]{20,}={0,2})", re.IGNORECASE)
_NAME = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret(?:[_-]?key)?|api[_-]?key|access[_-]?key(?:[_-]?id)?|account[_-]?key|auth[_-]?key"
    r"|(?:access|auth|refresh|api|bearer|bot|session|secret|private|github|webhook)[_-]?token|token|client[_-]?secret"
    r"|private[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|secret[_-]?access[_-]?key)"
)
#: `password = "…"`, `"api_key": "…"`, `password := '…'`, `token=>"…"`.
_QUOTED = re.compile(
    rf"(?P<name>(?i:{_NAME}))\d*[\"'`\]]*\s{{0,8}}(?::\s{{0,4}}[\w\[\]|. ]{{1,30}}=|=>|:=|==?|:)\s{{0,8}}"
    r"[rbuf]{0,2}(?P<quote>[\"'`])"
    r"(?P<secret>(?!\s*(?P=quote))(?:(?!(?P=quote)).){4,400})"
)
#: `DB_PASSWORD=…` and `password: …` of settings files: a value without quotes that is no call, name or placeholder.
_BARE = re.compile(
    rf"(?P<name>(?i:{_NAME}))\d*\s{{0,4}}[=:]\s{{0,4}}"
    r"(?P<secret>(?=[^\s\"'`]*\d)(?=[^\s\"'`]*[A-Za-z])[A-Za-z0-9+/=_!@#%^&*~.-]{8,200})(?=\s|$|[,;&])"
)
_FIELD = re.compile(r"(?i)\b(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*(?P<secret>[^;\s\"'{}$<>()]{4,200})(?=;)")
_PATTERNS = (_TOKENS, _ADDRESS, _HEADER, _QUOTED, _BARE, _FIELD)

#: Values that stand for a secret and are none: references, placeholders, words of documentation.
_HARMLESS = re.compile(
    r"\s*(?:\$\{[^}]*\}|\$[A-Z_][A-Z0-9_]*|\{[^}]*\}|%\(\w+\)s|<[^>]*>|\[redacted\]"
    r"|(?i:x{3,}|\*{3,}|\.{3,}|your[_ -][\w -]*"
    r"|change[_-]?me|example|placeholder|dummy|empty|none|null|true|false|redacted|password|secret|token"
    r"|os\.(?:environ|getenv).*|process\.env.*|secrets\..*|[a-z_]+\(.*\)))\s*"
)
#: A value without quotes that is the name of another value.
_REFERENCE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+|[a-z]+(?:_[a-z0-9]+)+")
#: Names that are of other things more often than not: their values must look like a secret.
_WEAK = re.compile(r"(?i)(?:^|[^a-z])(?:token|secret|credentials?)$")
_LOOKS_SECRET = re.compile(r"(?=.*\d)(?=.*[A-Za-z])\S{12,}")
_KEY_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File")
_KEY_END = re.compile(r"-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_KEY_TEXT = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")
#: Number and sign in front of a line of a diff: a plus could be part of a key, too.
_NUMBERED = re.compile(r"(?:\d+ )?[ +-]|")
#: A line of Base64 alone, as in the middle of a key whose first line the diff does not show.
_BASE64_LINE = re.compile(r"^[\d\s+\"'-]*(?P<secret>[A-Za-z0-9+/]{60,76}={0,2})[\"',\\n]*$")
_MANY_LINES = 2
#: Lines that a private key may have.
_KEY_LINES = 120


def without_patterns(text: str) -> tuple[str, int]:
    """The text without secrets that have a form of their own, and how many; all its lines stay lines."""
    lines = text.split("\n")
    count = _without_keys(lines)
    for position, line in enumerate(lines):
        lines[position], found = without_secrets_of_line(line)
        count += found
    return "\n".join(lines), count


def without_secrets_of_line(line: str) -> tuple[str, int]:
    """One line without its secrets, and how many there were."""
    count = 0
    for pattern in _PATTERNS:
        for match in reversed(list(pattern.finditer(line))):
            if _is_secret(match):
                line = line[: match.start("secret")] + REDACTED + line[match.end("secret") :]
                count += 1
    return line, count


def _is_secret(match: re.Match[str]) -> bool:
    value, named = match["secret"], match.groupdict().get("name")
    if _HARMLESS.fullmatch(value) or (match.re is _BARE and _REFERENCE.fullmatch(value)):
        return False
    return not (named and _WEAK.search(named)) or _LOOKS_SECRET.fullmatch(value) is not None


def _without_keys(lines: list[str]) -> int:
    """Take private keys out of the lines, in place; the number of keys."""
    count = left = run = 0
    for position, line in enumerate(lines):
        begins = _KEY_BEGIN.search(line)
        if begins:
            count, left = count + 1, _KEY_LINES
        if left:
            lines[position] = _without_key(line, begins)
            left = 0 if _KEY_END.search(line) else left - 1
            continue
        run = run + 1 if _BASE64_LINE.match(line) else 0
        if run >= _MANY_LINES:
            count += run == _MANY_LINES
            for one in range(position - run + 1, position + 1):
                lines[one] = _without_key(lines[one], None)
    return count


def _without_key(line: str, begins: re.Match[str] | None) -> str:
    """A line of a key without its text; the marks of the key's begin and end stay."""
    start = begins.end() if begins else len((_NUMBERED.match(line) or [""])[0])
    end = _KEY_END.search(line, start)
    stop = end.start() if end else len(line)
    return line[:start] + _KEY_TEXT.sub(REDACTED, line[start:stop]) + line[stop:]
