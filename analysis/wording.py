"""Wording: the words by which titles say what a change does, in one place to add to."""

import re


def words(*alternatives: str) -> re.Pattern[str]:
    """A pattern that finds any of these expressions as whole words, in any case."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b", re.IGNORECASE)


def opening(*alternatives: str) -> re.Pattern[str]:
    """A pattern that finds any of these expressions at the start of a title, in any case."""
    return re.compile(rf"^\W*(?:{'|'.join(alternatives)})", re.IGNORECASE)


#: Prefixes (`fix:`) and tags (`[Fix]`) that name a kind of change, lower-case -> an entry of `rating.TYPES`.
PREFIXES = {
    "revert": "revert", "reverts": "revert",
    "security": "security", "sec": "security",
    "breaking": "breaking change", "breaking change": "breaking change", "bc-breaking": "breaking change",
    "fix": "bug fix", "fixes": "bug fix", "bugfix": "bug fix", "bug": "bug fix", "hotfix": "bug fix",
    "bug fix": "bug fix", "fixup": "bug fix",
    "perf": "performance", "performance": "performance", "optimization": "performance", "optimize": "performance",
    "feat": "feature", "feature": "feature", "new feature": "feature",
    "deps": "dependencies", "dep": "dependencies", "dependencies": "dependencies", "bump": "dependencies",
    "dependency": "dependencies",
    "refactor": "refactor", "refactoring": "refactor", "cleanup": "refactor", "refac": "refactor",
    "build": "build", "packaging": "build", "ci": "ci", "infra": "ci",
    "test": "test", "tests": "test", "testing": "test", "unit test": "test", "ut": "test",
    "doc": "docs", "docs": "docs", "documentation": "docs",
    "style": "style", "lint": "style", "format": "style", "chore": "chore", "misc": "chore", "release": "chore",
}  # fmt: skip

#: Kinds of change that free-form titles state, asked in this order, from the start of the subject.
PHRASES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("revert", opening(r"(?:revert|back ?out|roll ?back)\b")),
    ("security", opening(r".*\b(?:CVE-\d{4}-\d+|GHSA-\w+|vulnerabilit\w+|xss|csrf|ssrf|rce)\b")),
    (
        "dependencies",
        opening(
            r"(?:bump|upgrade|update|pin|unpin|downgrade)\b.{0,80}?"
            r"(?:\bversions?\b|\bfrom \S+ to \S|\bto v?\d|\bdependenc|[\d.]+$)"
        ),
    ),
    (
        "docs",
        opening(
            r"(?:\w+ ){0,2}(?:fix|update|improve|add|correct|optimi[sz]e|remove)\w*\b.{0,60}?"
            r"\b(?:readme|docs?|documentation|docstrings?|(?:wrong |code )?comments?|changelog)\b",
            r".*\btypos?\b",
        ),
    ),
    (
        "test",
        opening(
            r"(?:\w+ ){0,2}(?:add|fix|update|improve|remove|migrate|skip|disable|enable|refactor|move)\w*\b.{0,60}?"
            r"\b(?:unit |integration |e2e |regression |flaky )?tests?$",
            r".*\b(?:flaky|deflake)\b",
        ),
    ),
    (
        "refactor",
        opening(
            r"(?:\w+ )?(?:refactor|renam|clean(?:ing)?[ -]?up|simplif|reorgani[sz]|restructur|extract|inline|dedup)",
            r"(?:\w+ )?(?:tidy|split|tighten|unify|consolidat|modulari[sz]|decouple)",
            r"(?:remove|delete|drop) (?:\w+ )?(?:unused|dead|redundant|unnecessary|obsolete|stale)\b",
            r"replace `.*` with `",
            r".*\b(?:dead ?code|clean ?ups?|refactor\w*|no functional changes?|nfc)\b",
        ),
    ),
    (
        "style",
        opening(
            r"(?:format|reformat|lint|suppress\w*(?: \w+)? warnings?|silence)\b",
            r".*\blint(?:er|ing)? (?:errors?|warnings?|fix)",
        ),
    ),
    (
        "bug fix",
        opening(
            r".*\b(?:fix(?:e[sd]|ing)?|bug ?fix|hot ?fix|bugs?|correct(?:s|ed|ing)?|repair|prevent|avoid)\b",
            r".*\bwork ?around\b",
            r".*\bhandle .{0,40}(?:missing|empty|null|none|error|failure|invalid)\b",
        ),
    ),
    (
        "performance",
        opening(
            r".*\b(?:perf|performance|speed ?up|faster|optimi[sz]\w*|accelerat\w+|throughput)\b",
            r".*\breduce .{0,30}(?:latency|memory|overhead|allocations?)\b",
        ),
    ),
    (
        "feature",
        opening(
            r"(?:\w+ )?(?:add|support|implement|introduce|allow|enable|expose|provide|create|init)\w*\b",
            r".*\b(?:supports?|add(?:s|ed)?)\b",
        ),
    ),
)

#: Not what follows reverts that a title is about instead of doing them: "Reverts are remembered".
NO_NOUN = r"(?!\s+(?:is|are|was|were|may|must|should|could|will|have|has|had)\b)"
REVERT = opening(r"(?:revert|back ?out|roll ?back)\w*\b" + NO_NOUN)
RELAND = opening(r"re-?land\w*\b" + NO_NOUN, r"re-?appl(?:y|ies|ied|ying)\b", r"revert (?:of )?\W?revert\w*")
#: What says so wherever it stands: titles are about relanding, too.
RELANDED = re.compile(r"[(\[]re-?land\w*[)\]]|\b(?:second (?:try|attempt)|try again|re-?introduc\w*)\b", re.IGNORECASE)
MENTIONS_REVERT = words(
    "revert(?:s|ed|ing)?", "roll(?:ed|ing)?[ -]?back", "back(?:ed|ing)?[ -]?out", r"re-?land\w*", r"re-?appl\w+"
)
SECURITY = words(
    r"security[]:]? (?:fix|issue|bug|patch|update|hole|flaw|advisory)", r"(?<=\[)security(?=\])", r"vulnerabilit\w+",
    "xss", "csrf", "ssrf", "rce", "(?:sql|command|code|shell|header) injection", "path traversal",
    "privilege escalation", "auth(?:entication|orization)? bypass",
    r"(?:leak|expos)\w* (?:of )?(?:\w+ )?(?:secret|token|credential|password)s?",
)  # fmt: skip
ADVISORY = words(r"CVE-\d{4}-\d{4,7}", "GHSA(?:-[0-9a-z]{4}){3}", r"RUSTSEC-\d{4}-\d{4}")

#: A title with one of these mends something, also without the prefix `fix:`.
MEND = words(
    r"fix\w*", r"bug\w*", r"hot ?fix\w*", r"prevent\w*", r"avoid\w*", r"resolv\w*", r"correct\w*", r"repair\w*",
    "workaround",
)  # fmt: skip

#: What a fix is a fix of -> code, the first that matches. The words say what people saw, not what was edited.
DAMAGE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("fixes-data", words("data ?loss", r"los(?:t|es?|ing) (?:\w+ )?data", r"corrupt\w*", "wip(?:es?|ed|ing) out")),
    (
        "fixes-concurrency",
        words(
            "dead-?locks?", "live-?locks?", "hangs?", "hung", "hanging", "stuck", "races?", "race conditions?",
            r"thread[- ]safe\w*", "starvation",
        ),
    ),
    (
        "fixes-crash",
        words(
            r"crash\w*", "segfaults?", "seg ?faults?", "sigsegv", "panics?", "ooms?", "out[- ]of[- ]memory",
            "core dumps?",
            "abort(?:s|ed)?", "leak(?:s|ed|ing|age)?", "use[- ]after[- ]free", "double free", "illegal memory access",
            "(?:stack|buffer|heap|integer) overflow", "out[- ]of[- ]bounds", "infinite (?:loop|recursion)",
            "null pointer", "nullptr", "npe", "unhandled exceptions?",
        ),
    ),
    (
        "fixes-results",
        words(
            "nans?", r"(?:wrong|incorrect|bad|garbage|invalid|inaccurate) (?:\w+ ){0,2}"
            "(?:results?|outputs?|values?|answers?|responses?|data|calculations?|computations?)",
            r"(?:duplicated?|missing|lost|dropped|truncated) (?:\w+ )?"
            "(?:data|results?|outputs?|rows?|records?|events?|messages?|entries|responses?|requests?|payments?)",
            "accuracy (?:issue|drop|bug|regression)", r"miscompil\w*", r"mis-?calculat\w*", "garbled", "mojibake",
            "unicode", "escap(?:es?|ed|ing)", r"double[- ](?:encod|escap|count|charg)\w*", "regressions?",
            "silent(?:ly)?", "off[- ]by[- ]one",
        ),
    ),
)  # fmt: skip

#: What else a title claims about product code -> code.
CLAIMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "says-default",
        words(
            "(?:by|as|the) default", r"defaults?\b.{0,20}\bto", "default values?",
            r"(?:change|set|switch|update|bump|lower|raise|flip)\w* (?:the )?(?:\w+ )?defaults?",
            "automatically (?:enable|disable|use|turn)", "auto-(?:enable|disable)", r"make .{0,40}\bdefault",
        ),
    ),
    ("deprecates", words(r"deprecat\w*")),
    (
        "says-removal",
        opening(
            r"(?:\w+ )?(?:remove|drop|delete|kill|sunset)[sd]?\b(?!.{0,20}\b"
            r"(?:unused|dead|redundant|unnecessary|obsolete|stale|comments?|logs?|warnings?|duplicate)\b)"
        ),
    ),
    (
        "says-concurrency",
        words(
            "races?", r"dead-?lock\w*", r"async\w*", "locks?", "locking", "mutex", "threads?", "threading",
            r"multi-?thread\w*", r"atomic\w*", r"concurren\w*", r"paralleli[sz]\w*",
        ),
    ),
    # Not as part of a flag's name (`--enable-x`).
    ("rolls-out", words("(?<!-)enabl(?:es?|ed|ing)(?!-)", "switch(?:es|ed)?", "roll ?out", "turn on", "always")),
    ("changes-behaviour", opening(r"(?:use|make|change|allow|ensure|replace|migrate|rewrite)s?\b")),
)  # fmt: skip
