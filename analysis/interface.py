"""Interfaces: names that a line of code offers to the outside (flags, variables, endpoints, public symbols)."""

import re
from collections.abc import Iterable, Iterator

from analysis.patch import Line

_FLAG_DECLARED = re.compile(r"\b(?:add_argument|add_option|addOption|option|Option|flag|DEFINE_\w{1,20})\(")
_FLAG_QUOTED = re.compile(r"""["'`](?:-\w,?[ ]?)?(--[a-z0-9][\w-]{1,60})""")
_SHORT_FORM = re.compile(r"""["']-\w["'],$""")
_FLAG_GO = re.compile(
    r"""
    \b(?:[Ff]lags?(?:\(\)|Set)?|fs)\.
    (?:\w{1,20}Var\w{0,4}\(&?[\w.]{1,60},\s*|(?:Bool|String|Int|Int64|Uint|Float64|Duration)(?:Slice|Array)?P?\()
    "([a-z][\w-]{1,60})"
    """,
    re.VERBOSE,
)
_FLAG_CLAP = re.compile(r'\blong\s*(?:=\s*|\()"([a-z0-9][\w-]{1,60})"')
_CLAP_BARE = re.compile(r"#\[(?:arg|clap|structopt)\([^\]]*\blong\b(?!\s*[=(])")
_CLAP_FIELD = re.compile(r"(?:pub\s+)?([a-z]\w{1,60})\s*:")
_VARIABLE = re.compile(
    r"""
    (?:\b\w{0,30}[eE]nv(?:iron)?\w{0,30}|\bENV)(?:(?:\.|::)\w{1,20})?   # os.environ.get, getenv, env::var, process.env
    # An attribute of something else that is called so (`my_env.NAME`) is none.
    (?:(?<=\benv)\.|(?!\.)\W{1,4})([A-Z][A-Z0-9]{0,60}_[A-Z0-9_]{1,60}|[A-Z]{4,60})\b(?!\s\w)
    """,
    re.VERBOSE,
)
_ENDPOINT = re.compile(
    r"""
    (?:[.@\[])(?:get|post|put|patch|delete|route|api_route|websocket|handlefunc|handle
        |(?:get|post|put|patch|delete|request)mapping|http(?:get|post|put|patch|delete))
    \(\s*["'`](?:(?:get|post|put|patch|delete)\s)?(/[\w{}<>:$./*-]{1,100})["'`]
    """,
    re.VERBOSE | re.IGNORECASE,
)

_PYTHON = re.compile(r"^(?: {4})?(?:async +)?(?:def|class) +([A-Za-z]\w*)")
_RUST = re.compile(r"^\s*pub +(?:(?:async|unsafe|const) +)*(?:fn|struct|enum|trait|type|const|static|mod) +(\w+)")
_GO = re.compile(r"^(?:func +(?:\([^)]{0,80}\) *)?|type +)([A-Z]\w*)")
_SCRIPT = re.compile(
    r"^\s*export +(?:(?:default|declare|abstract|async) +)*(?:function\*?|class|interface|type|enum|const|let) +(\w+)"
)
_JAVA = re.compile(r"^\s*public +(?:[\w<>\[\],?]+ +){0,5}(\w+) *(?:\(|\{|$|extends|implements|:)")
_NATIVE = re.compile(
    r"^(?:class|struct|enum(?: class)?) +(?:\w+_API +)?(\w+) *(?:[{:]|$)"
    r"|^(?!return|else|typedef)(?:[\w:<>*&]+ +){1,4}[*&]*(\w+)\([^;=]*[,)] *(?:const *)?[;{]?$"
)
_RUBY = re.compile(r"^\s*(?:def +(?:self\.)?|class +|module +)([A-Za-z]\w*[?!]?)")

#: File extension -> what a public name looks like there; underscored and unexported names are private.
_PUBLIC = {
    **dict.fromkeys(("py", "pyi"), _PYTHON),
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "vue"), _SCRIPT),
    **dict.fromkeys(("java", "kt", "cs", "scala", "php"), _JAVA),
    **dict.fromkeys(("h", "hh", "hpp"), _NATIVE),
    "rs": _RUST,
    "go": _GO,
    "rb": _RUBY,
}


def flags(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    """Command line flags that these lines declare, as `--name`."""
    for line in lines:
        if "--" in line.text and (_FLAG_DECLARED.search(line.text) or _opens_declaration(line.before)):
            for match in _FLAG_QUOTED.finditer(line.text):
                yield match[1], line
        elif match := _FLAG_GO.search(line.text) or _FLAG_CLAP.search(line.text):
            yield f"--{match[1]}", line
        elif _CLAP_BARE.search(line.before) and (match := _CLAP_FIELD.match(line.text.strip())):
            yield f"--{match[1].replace('_', '-')}", line


def variables(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    """Environment variables that these lines read or set."""
    for line in lines:
        if "env" in line.text or "Env" in line.text or "ENV" in line.text:
            for match in _VARIABLE.finditer(line.text):
                yield match[1], line


def endpoints(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    """Paths of HTTP endpoints that these lines register."""
    for line in lines:
        if "/" in line.text and (match := _ENDPOINT.search(line.text)):
            yield match[1], line


def public_names(lines: Iterable[Line]) -> Iterator[tuple[str, Line]]:
    """Functions, classes and types that these lines define and that other code may use."""
    for line in lines:
        pattern = _PUBLIC.get(line.path.rpartition(".")[2])
        if pattern and (match := pattern.search(line.text)):
            yield match[1] or match[match.lastindex or 1], line


def _opens_declaration(before: str) -> bool:
    """The line before opens a declaration that the formatter broke after its bracket (or names its short form)."""
    return before.endswith(("(", ",")) and bool(_FLAG_DECLARED.search(before) or _SHORT_FORM.match(before))
