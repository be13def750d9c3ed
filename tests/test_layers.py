"""The import table of the house: one door per package, and nothing above the receiver's line imports below it."""

import ast
import subprocess
import sys
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent

#: Package -> the modules (patterns) that may import it. A package that is not here may not be imported at all.
DOORS = {
    "click": (
        "ghapp.cli",
        "ghapp.judging",
        "ghapp.cli_*",
        "ghapp.doctor.check",
        "ghapp.local",
        "ghapp.local_log",
        "ghapp.calibrate",
        "ghapp.rate",
        "ghapp.run",
        "ghapp.demo.*",
    ),
    "cryptography": ("ghapp.demo.*",),
    "detect_secrets": ("ghapp.secrets_scan",),
    "flask": (
        "ghapp.admin.pages",
        "ghapp.page_headers",
        "ghapp.pages",
        "ghapp.setup.*",
        "ghapp.web",
        "ghapp.wsgi",
        "ghapp.demo.*",
    ),
    # The probe asks for the doctor, who needs what the first makes exceptions of.
    "githubkit": ("ghapp.github", "ghapp.github_probe", "ghapp.refusals", "ghapp.signing"),
    "githubkit_schemas": ("ghapp.demo.bodies",),
    "httpx": ("ghapp.github", "ghapp.github_probe", "ghapp.setup.app_api", "ghapp.signing", "ghapp.demo.*"),
    # openai's own HTTP client: its errors escape from it.
    "httpx2": ("ghapp.llm",),
    "jinja2": ("ghapp.render", "ghapp.markdown", "ghapp.demo.*"),
    "jwt": ("ghapp.github_probe", "ghapp.setup.app_api", "ghapp.demo.*"),
    "markdown_it": ("ghapp.markdown",),
    "markupsafe": ("ghapp.markdown",),
    "mdit_py_plugins": ("ghapp.markdown",),
    "nh3": ("ghapp.markdown",),
    "openai": ("ghapp.llm",),
    "pydantic": (
        "analysis.answer",
        "ghapp.card_state",
        "ghapp.config",
        "ghapp.labels",
        "ghapp.report_json",
        "ghapp.shelf",
        "ghapp.store",
        "ghapp.demo.bodies",
    ),
    "redis": (
        "ghapp.calibration_store",
        "ghapp.card_state",
        "ghapp.judging",
        "ghapp.clock",
        "ghapp.doctor.*",
        "ghapp.github",
        "ghapp.jobqueue",
        "ghapp.pace",
        "ghapp.past_store",
        "ghapp.presence",
        "ghapp.redis_server",
        "ghapp.admin.*",
        "ghapp.repair_state",
        "ghapp.roll",
        "ghapp.roster",
        "ghapp.seen",
        "ghapp.shelf",
        "ghapp.cli_repair",
        "ghapp.slots",
        "ghapp.store",
        "ghapp.setup.session",
        "ghapp.tally",
        "ghapp.web",
        "ghapp.demo.*",
    ),
    "rq": ("ghapp.clock", "ghapp.jobqueue", "ghapp.presence", "ghapp.worker"),
    "tokenizers": ("ghapp.tokenizer",),
    "unidiff": ("analysis.hunks", "analysis.patch"),
    "werkzeug": ("ghapp.setup.site", "ghapp.wsgi", "ghapp.demo.*"),
    "yaml": ("ghapp.config", "ghapp.manifest"),
}

#: What the receiver is made of. Nothing here may import anything of ours that is not here.
RECEIVER = {
    "ghapp",
    "ghapp.admin",
    "ghapp.admin.door",
    "ghapp.admin.overview",
    "ghapp.admin.pages",
    "ghapp.page_headers",
    "ghapp.children",
    "ghapp.stopping",
    "ghapp.delivery",
    "ghapp.events",
    "ghapp.folders",
    "ghapp.garbage",
    "ghapp.jobqueue",
    "ghapp.keys",
    "ghapp.logs",
    "ghapp.pages",
    "ghapp.processes",
    "ghapp.redis_process",
    "ghapp.redis_server",
    "ghapp.roll",
    "ghapp.scripts",
    "ghapp.settings",
    "ghapp.calendar",
    "ghapp.settings_credentials",
    "ghapp.settings_model",
    "ghapp.settings_reader",
    "ghapp.stored",
    "ghapp.web",
    "ghapp.wsgi",
}
FEATURES = {
    "ghapp.cards",
    "ghapp.commands",
    "ghapp.digests",
    "ghapp.landings",
    "ghapp.repair",
    "ghapp.rollover",
    "ghapp.seeding",
    "ghapp.standing",
}
#: Modules that only compute: the same values in, the same value out.
PURE = {
    "ghapp.delivery",
    "ghapp.digest",
    "ghapp.events",
    "ghapp.limits",
    "ghapp.model_note",
    "ghapp.neutral",
    "ghapp.phrases",
    "ghapp.settings",
    "ghapp.calendar",
    "ghapp.settings_credentials",
    "ghapp.settings_model",
    "ghapp.settings_reader",
    "ghapp.setup.addresses",
    "ghapp.setup.reasons",
    "ghapp.web_links",
}


def modules():
    """Every module of ours by name, with its file."""
    files = [file for package in ("ghapp", "analysis") for file in (HOUSE / package).rglob("*.py")]
    names = [".".join(file.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__") for file in files]
    return dict(zip(names, files, strict=True))


def imports_of(file):
    """Dotted names that a file imports, wherever in it: `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.fixture(scope="module")
def graph():
    """Module -> the modules of ours that it imports (a package by itself only where nothing of it is named)."""
    known = modules()
    found = {name: {other for other in imports_of(file) if other in known} for name, file in known.items()}
    return {
        name: {other for other in others if not any(one.startswith(other + ".") for one in others)}
        for name, others in found.items()
    }


def third_party():
    """(package, module that imports it) for everything that is neither ours nor Python's."""
    ours = {"ghapp", "analysis"} | sys.stdlib_module_names
    for name, file in modules().items():
        for package in {imported.partition(".")[0] for imported in imports_of(file)} - ours:
            yield package, name


def test_each_package_is_imported_at_its_doors_alone():
    strangers = [
        f"{name} imports {package}"
        for package, name in third_party()
        if not any(fnmatchcase(name, door) for door in DOORS.get(package, ()))
    ]
    assert strangers == []


def test_no_package_of_the_table_is_there_for_nothing():
    assert set(DOORS) - {package for package, _ in third_party()} == set()


def test_the_analysis_imports_nothing_of_the_product(graph):
    outside = {name: {one for one in graph[name] if not one.startswith("analysis")} for name in graph}
    assert {name: found for name, found in outside.items() if name.startswith("analysis") and found} == {}


def test_nothing_of_the_receiver_imports_what_a_worker_is_made_of(graph):
    assert set().union(*(graph[name] for name in RECEIVER)) <= RECEIVER


def test_features_are_called_by_jobs_alone(graph):
    callers = {name for name, others in graph.items() if others & FEATURES} - FEATURES
    assert callers == {"ghapp.jobs"}


def test_nothing_but_the_command_line_imports_the_demonstration(graph):
    callers = {name for name, others in graph.items() if any(one.startswith("ghapp.demo") for one in others)}
    assert {name for name in callers if not name.startswith("ghapp.demo")} <= {"ghapp.cli"}


def test_nothing_but_its_entry_imports_the_command_line(graph):
    assert {name for name, others in graph.items() if "ghapp.cli" in others} == {"ghapp.__main__"}


def test_what_only_computes_imports_only_that(graph):
    for name in PURE:
        assert {one for one in graph[name] if one.startswith("ghapp.")} <= PURE


def test_no_module_imports_itself_through_others(graph):
    TopologicalSorter(graph).prepare()


def test_the_running_receiver_has_loaded_nothing_else():
    asked = "import sys, ghapp.wsgi; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    forbidden = {"githubkit", "githubkit_schemas", "openai", "analysis", "pydantic", "yaml", "httpx"}
    assert loaded & forbidden == set()
    assert {name for name in loaded if name.split(".")[0] == "ghapp"} <= RECEIVER
