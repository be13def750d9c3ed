"""The rules for product files as regular expressions of POSIX, for commands that add up lines of many commits."""

from analysis.paths import ROLE_TABLE, Role

#: These are told from product files first, whatever else a path says; then, before configuration, those that are kept.
_FIRST = (
    Role.VENDORED,
    Role.LOCK,
    Role.GENERATED,
    Role.CI,
    Role.TEST,
    Role.EXAMPLE,
    Role.DOCS,
    Role.TOOLING,
    Role.MANIFEST,
    Role.BUILD,
)
_KEPT = (Role.MIGRATION, Role.API)
_CLASSES = {"w": "A-Za-z0-9_", "d": "0-9", "s": " \t"}


def role_expressions() -> tuple[str, str, str]:
    """Expressions for lower-case paths: of what is no product file, of what is one all the same, of configuration."""
    return tuple(
        "|".join(posix(one) for role in roles for one in ROLE_TABLE[role]) for roles in (_FIRST, _KEPT, (Role.CONFIG,))
    )  # type: ignore[return-value]


def posix(expression: str) -> str:
    """An expression of the table as POSIX writes it; what must not follow is left out (another role's rule has it)."""
    made: list[str] = []
    inside, at = False, 0
    while at < len(expression):
        if expression.startswith("(?!", at):
            at = _closed(expression, at)
            continue
        if expression.startswith("(?:", at):
            made.append("(")
            at += 3
            continue
        char = expression[at]
        if char == "\\":
            at += 1
            made.append(_escaped(expression[at], inside=inside))
        else:
            inside = char == "[" or (inside and char != "]")
            made.append(char)
        at += 1
    return "".join(made)


def _escaped(char: str, *, inside: bool) -> str:
    found = _CLASSES.get(char, char)
    return found if inside else f"[{found}]"


def _closed(expression: str, at: int) -> int:
    """Where the group that opens at `at` has ended."""
    depth = 0
    for end in range(at, len(expression)):
        depth += (expression[end] == "(") - (expression[end] == ")")
        if not depth:
            return end + 1
    return len(expression)
