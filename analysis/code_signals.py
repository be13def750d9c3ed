"""Signals from what the changed lines of code are about: concurrency, memory, security, errors, queries."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from analysis.facts import Facts, Signal, added_lines, quote, removed_lines, seen_at, seen_in
from analysis.patch import Line
from analysis.paths import Role

#: Topics of code lines, one group each, searched together in the lower-cased line, so that a line is read once.
#: Every alternative starts at a word: the engine passes over the rest of the line quickly.
_TOPICS = re.compile(
    r"""\b(?:
    (?P<concurrency>(?:threading|asyncio|mutex|rwlock|rw_?mutex|(?:un)?lock(?:s|ed|ing|_guard)?|semaphore|atomic\w*|condvar
        |synchronized|volatile|spawn|goroutine|waitgroup|executor|threadpool\w*|multiprocessing|create_task|run_in_executor
        |concurrent|compare_exchange\w*|memory_order\w*|pthread_\w+)\b|futures?(?=\s*[.(<:\[])|chan(?=\s\w))
    |(?P<memory>(?:unsafe|malloc|calloc|realloc|free|memcpy|memmove|memset|alloca|reinterpret_cast|transmute|from_raw\w*
        |unsafe_\w+|get_unchecked\w*|mmap|(?<!\.)(?:strcpy|strcat|sprintf))\b(?=\s*[({<:!])|ctypes\.)
    |(?P<danger>c?pickle\.loads?\b|marshal\.loads?\b|yaml\.(?:unsafe_load\b|load\((?!.*safe))|torch\.load\((?!.*weights_only=true)
        |unserialize\(|objectinputstream|(?<![.\w])(?:eval|exec)\(|os\.system\(|shell\s*=\s*true|child_process|dangerouslysetinnerhtml
        |innerhtml\s*=|trust_remote_code\s*=\s*true|allow_pickle\s*=\s*true)
    |(?P<unverified>verify(?:_ssl)?\s*=\s*false|insecureskipverify:\s*true|cert_none|check_hostname\s*=\s*false
        |rejectunauthorized:\s*false|danger_accept_invalid\w*|node_tls_reject_unauthorized|_create_unverified_context
        |no-check-certificate|curl\s(?:-\w+\s)*(?:-k|--insecure)\b)
    |(?P<security>(?:authenticat\w+|authori[sz]\w+|oauth\w*|jwt|hmac|bcrypt|argon2\w*|encrypt\w*|decrypt\w*|verify_signature
        |csrf\w*|sanitiz\w+|passwords?|secret_?key|private_?key|permissions?(?!\sand\b)|chmod|setuid|cors\w*|check_permission\w*)\b)
    |(?P<query>select\s.{1,80}\sfrom\b|insert\s+into\b|update\s+\w+\s+set\b|delete\s+from\b
        |(?:create|alter|drop)\s+(?:table|index|column|view)\b)
    |(?P<deprecation>deprecat\w*)
    )""",
    re.VERBOSE,
)
_HANDLER = re.compile(r"\s*(?:\}\s*)?(?:except|catch|rescue|finally|if err != nil|raise|throw|assert)\b")
#: What a line of code says in words: strings, and a comment at its end.
_SAID = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.){2,}'|\s(?://|#\s).*$""")
_IMPORT = re.compile(r"\s*(?:import|from|use|using|#\s*include)\b")
#: In a shell `&&` and `||` join commands; in Rust `||` may begin a closure.
_SHELL = re.compile(r"\b(?:if|elif|while|until|case)\b|\[\[")
_CLOSURE = re.compile(r"(?:^|[(,=]|\bmove)\s*\|\|")
_CONDITION = re.compile(r"&&|\|\||[=!<>]=|\b(?:if|elif|while|unless|switch|match|case|when|and|or)\b")

_SENSITIVE = re.compile(
    r"(?:^|[/_.-])(?:auth|auth[nz]|authenticat\w+|authori[sz]\w+|oauth2?|crypto|cryptography|security|permissions?|acl|rbac"
    r"|sso|secrets?|credentials?|login|passwords?)(?=[/_.-])",
    re.IGNORECASE,
)

#: Topic -> code of its signal.
_CODES = {
    "concurrency": "edits-concurrency",
    "memory": "edits-memory",
    "danger": "adds-danger",
    "unverified": "disables-verification",
    "security": "edits-security",
    "query": "edits-query",
    "deprecation": "deprecates",
}

#: Topics that count only where they are added: taking them away is no danger.
_ONLY_ADDED = frozenset({"danger", "unverified", "deprecation"})

#: Error handling lines that must go before it is a reason.
_MANY_HANDLERS = 2

#: Product files that a fix must touch to be wide, and those of them in which conditions must differ.
_WIDE_FILES = 5
_WIDE_DECISIONS = 2


def topic_signals(facts: Facts) -> Iterator[Signal]:
    """What the changed lines of product code are about."""
    found: dict[str, list[tuple[str, Line]]] = defaultdict(list)
    _collect(found, added_lines(facts.product), frozenset())
    _collect(found, removed_lines(facts.product), _ONLY_ADDED)
    plumbing = facts.of(Role.CI, Role.BUILD, Role.CONFIG, Role.TOOLING)
    _collect(found, added_lines(plumbing), frozenset(_CODES) - {"unverified"})
    for topic, places in found.items():
        yield Signal(_CODES[topic], {"what": places[0][0], "n": len(places)}, seen_at(line for _, line in places))


def sensitive_file_signals(facts: Facts) -> Iterator[Signal]:
    """Product files that by their names decide who may do what, or keep secrets."""
    files = [entry for entry in facts.product if _SENSITIVE.search(entry.file.path)]
    if files:
        yield Signal("edits-sensitive-file", {"path": files[0].file.path, "n": len(files)}, seen_in(files))


def handling_signals(facts: Facts) -> Iterator[Signal]:
    """Error handling that is gone, and decisions that are taken differently."""
    removed = [line for line in removed_lines(facts.product) if _HANDLER.match(line.text)]
    added = sum(1 for line in added_lines(facts.product) if _HANDLER.match(line.text))
    if len(removed) - added >= _MANY_HANDLERS:
        yield Signal("removes-handling", {"n": len(removed) - added}, seen_at(removed))
    conditions = [line for line in added_lines(facts.product) if _is_condition(line)]
    if conditions:
        yield Signal("edits-logic", {"n": len(conditions)}, seen_at(conditions))


def wide_fix_signals(facts: Facts) -> Iterator[Signal]:
    """Fixes that decide differently in several places: the fault sat in how parts work together, not in one of them."""
    product = facts.product
    if facts.title.kind != "bug fix" or len(product) < _WIDE_FILES:
        return
    deciding = [entry for entry in product if any(_is_condition(line) for line in entry.net.added)]
    if len(deciding) >= _WIDE_DECISIONS:
        yield Signal("wide-fix", {"n": len(product)}, seen_in(deciding))


def _collect(found: dict[str, list[tuple[str, Line]]], lines: Iterable[Line], ignored: frozenset[str]) -> None:
    for line in lines:
        if (match := _TOPICS.search(line.text.lower())) and not line.is_comment:
            topic = match.lastgroup or ""
            if topic not in ignored and not (topic == "concurrency" and _IMPORT.match(line.text)):
                found[topic].append((quote(match[0]).rstrip(" .(=:"), line))


def _is_condition(line: Line) -> bool:
    """Whether the line decides something, told without its strings, which may hold any words."""
    if _CONDITION.search(line.text) is None or line.is_comment:
        return False
    text = _SAID.sub('""', line.text)
    if line.path.endswith((".sh", ".bash", ".zsh")):
        return _SHELL.search(text) is not None
    if line.path.endswith(".rs"):
        text = _CLOSURE.sub("", text)
    return _CONDITION.search(text) is not None
