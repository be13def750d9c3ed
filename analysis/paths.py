"""Path roles: what a file is for, told by its path alone, in any language."""

import re
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What a file is for; one role per file, the first match in `ROLE_TABLE`."""

    VENDORED = "vendored"
    LOCK = "lock"
    GENERATED = "generated"
    CI = "ci"
    TEST = "test"
    EXAMPLE = "example"
    DOCS = "docs"
    TOOLING = "tooling"
    MANIFEST = "manifest"
    BUILD = "build"
    MIGRATION = "migration"
    API = "api"
    CONFIG = "config"
    PRODUCT = "product"


#: Roles whose files run (or are called) where the product is used.
PRODUCT_ROLES = frozenset({Role.PRODUCT, Role.API, Role.MIGRATION})

#: Roles whose lines nobody writes by hand; they count for nothing in the size of a change.
UNWRITTEN_ROLES = frozenset({Role.VENDORED, Role.LOCK, Role.GENERATED})


def _below(*directories: str) -> str:
    return rf"(?:^|/)(?:{'|'.join(directories)})/"


def _named(*names: str) -> str:
    return rf"(?:^|/)(?:{'|'.join(names)})$"


def _ending(*suffixes: str) -> str:
    return rf"(?:{'|'.join(suffixes)})$"


#: One entry per role, in order of precedence; each expression is searched in the lower-cased path.
ROLE_TABLE: dict[Role, tuple[str, ...]] = {
    Role.VENDORED: (
        _below(
            "_?vendor(?:ed)?",
            "third[_-]?party",
            "3rd[_-]?party",
            "node_modules",
            "external_libs",
            "bower_components",
        ),
    ),
    Role.LOCK: (
        _named(
            r"package-lock\.json",
            r"npm-shrinkwrap\.json",
            r"pnpm-lock\.ya?ml",
            r"bun\.lockb?",
            r"go(?:\.work)?\.sum",
        ),
        _named(r"(?:yarn|cargo|poetry|uv|pdm|gemfile|composer|mix|podfile|flake|pubspec|packages|deno|pipfile)\.lock"),
        _named(r"packages\.lock\.json", r"package\.resolved", r"\.terraform\.lock\.hcl", r"gradle\.lockfile"),
        _named(r"module\.bazel\.lock", r"[\w.-]*requirements[\w.-]*\.lock"),
    ),
    Role.GENERATED: (
        _below("__generated__", "_?generated", "autogen", "dist", "__snapshots__", "__pycache__"),
        _ending(r"_pb2(?:_grpc)?\.pyi?", r"\.pb\.(?:go|cc|h)", r"\.g\.dart", r"\.freezed\.dart", r"\.designer\.cs"),
        _ending(r"\.min\.(?:js|css)", r"\.(?:js|css)\.map", r"\.snap", r"[._]generated\.\w+", r"/zz_generated[\w.]*"),
    ),
    Role.CI: (
        r"^\.(?:circleci|buildkite|gitlab|ci|azure-pipelines|tekton|drone|teamcity)/|^gocd/(?!.*\.md$)",
        _named(r"\.gitlab-ci[\w.-]*\.ya?ml", r"\.travis\.yml", r"jenkinsfile[\w.-]*", r"azure-pipelines[\w.-]*\.ya?ml"),
        _named(r"\.drone\.ya?ml", r"\.cirrus\.yml", r"appveyor\.ya?ml", r"cloudbuild[\w.-]*\.ya?ml"),
        _named(r"\.pre-commit-config\.yaml", r"\.?codecov\.ya?ml", r"bitbucket-pipelines\.yml"),
        _below(r"\.?ci", "cicd"),
        # Whatever else steers the project on GitHub; its templates for people are documentation.
        r"^\.github/(?!issue_template|pull_request_template)(?!.*\.md$)",
    ),
    Role.TEST: (
        _below("tests?", "testing", "__tests__", "__mocks__", "specs?", "e2e", "[a-z0-9]+[_-]tests?", "test[_-]?data"),
        _below("fixtures", "unit_?tests?", "mocks?", "cypress", "src/(?:androidtest|integrationtest)"),
        _named(r"test_[^/]*", r"(?:conftest|testutils?|tests?)\.\w+"),
        _ending(r"[_.-](?:tests?|spec|unittest|e2e)\.\w+", r"\.stories\.\w+"),
        _ending(r"[a-z0-9]tests?\.(?:java|kt|scala|cs|swift|groovy)"),
    ),
    Role.EXAMPLE: (
        _below("examples?", "samples?", "demos?", "tutorials?", "cookbook", "playground", "notebooks?"),
        _ending(r"\.ipynb"),
    ),
    Role.DOCS: (
        _below(
            r"docs?(?:[_-]\w+)?",
            "documentation",
            "website",
            "manual",
            "rfcs?",
            "adr",
            r"changes\.d",
            "newsfragments",
            r"\.changeset",
        ),
        r"^\.github/(?:issue_template|pull_request_template|.*\.md$)",
        _ending(r"\.(?:md|mdx|rst|adoc|asciidoc|tex)"),
        _named(r"(?:readme|changelog|changes|history|news|licen[cs]e|copying|notice|authors|contributors)(?:\.\w+)?"),
        _named(r"mkdocs[\w.-]*\.ya?ml", r"\.readthedocs\.ya?ml"),
        _named(r"(?:contributing|maintainers|codeowners|security|code_of_conduct|citation)(?:\.(?:txt|html|cff))?"),
    ),
    Role.TOOLING: (
        _below(
            "bench",
            "benches",
            "benchmarks?",
            "benchmarking",
            "scripts?",
            "dev[_-]?tools?",
            "hack",
            "contrib",
            "profiling",
        ),
        _named(r"(?:bench|benchmark|profile)_[^/]*\.\w+", r"(?:[^/]*[_-])?(?:bench|benchmark)\.\w+"),
        r"^\.[^/]+/",
        _named(r"\.(?:editorconfig|[a-z]+ignore|gitattributes|prettierrc|eslintrc|flake8|pylintrc|mailmap)[\w.-]*"),
        _named(r"\.(?:clang-format|clang-tidy|rubocop)[\w.-]*"),
        _named(r"\.?(?:eslint|prettier|jest|vitest|karma|ruff|mypy|tox|noxfile|pytest|golangci)[\w.-]*"),
    ),
    Role.MANIFEST: (
        _named(
            r"pyproject[\w.-]*\.toml",
            r"setup\.(?:py|cfg)",
            "pipfile",
            r"environment\.ya?ml",
            r"constraints[\w.-]*\.txt",
        ),
        _named(r"[\w.-]*requirements[\w.-]*\.(?:txt|in)", r"requirements/[^/]+\.(?:txt|in)"),
        _named(
            r"package\.json",
            r"pnpm-workspace\.yaml",
            r"go\.(?:mod|work)",
            r"cargo\.toml",
            "gemfile",
            r"[\w.-]+\.gemspec",
        ),
        _named(
            r"composer\.json",
            r"mix\.exs",
            "podfile",
            r"pubspec\.yaml",
            r"package\.swift",
            r"pom\.xml",
            r"vcpkg\.json",
        ),
        _named(r"build\.gradle(?:\.kts)?", r"libs\.versions\.toml", r"[\w.-]+\.csproj", r"directory\.packages\.props"),
        _named(r"conanfile\.\w+", r"build\.sbt", r"deps\.edn", r"module\.bazel"),
    ),
    Role.BUILD: (
        _named(
            r"[\w.-]*dockerfile[\w.-]*",
            "containerfile",
            r"(?:docker-)?compose[\w.-]*\.ya?ml",
            r"(?:gnu)?makefile[\w.-]*",
        ),
        _named(r"cmakelists\.txt", "justfile", "rakefile", r"meson\.build", r"meson_options\.txt", r"configure\.ac"),
        _named("build", "workspace", r"build\.rs", "procfile", "vagrantfile", r"manifest\.in"),
        _ending(r"\.(?:cmake|mk|bzl|bazel|gradle|nix|gni?|bat|ps1|props|targets|dockerfile)"),
        _below("docker", "dockerfiles", "cmake", "packaging", "bazel", "gradle"),
        _named(
            r"(?:webpack|rollup|vite|babel|tsconfig|turbo|nx|gulpfile|gruntfile|esbuild)[\w.-]*\.(?:[cm]?js|ts|json)"
        ),
    ),
    Role.MIGRATION: (
        _below("migrations?", "migrate", "alembic", "flyway", "liquibase"),
        _named(r"schema\.(?:rb|prisma)"),
        _ending(r"\.sql"),
    ),
    Role.API: (
        _ending(r"\.(?:proto|graphqls?|thrift|avsc|wsdl|fbs|capnp)", r"\.d\.ts"),
        _named(r"(?:openapi|swagger)[\w.-]*\.(?:json|ya?ml)"),
        _named(r"include/.*\.(?:h|hh|hpp|hxx)", r"public[_-]?api/[^/]+"),
        # Deeper down a directory of that name holds what is behind an interface.
        r"^(?:[^/]+/)?api/[^/]+$",
    ),
    Role.CONFIG: (
        _ending(
            r"\.(?:ya?ml|toml|ini|cfg|conf|properties|env|json5?|hcl|tf|tfvars|plist)(?:\.(?:example|sample|template|dist))?"
        ),
    ),
}

#: Characters of a path that are looked at: longer ones are made to be slow, not to be read.
_LIMIT = 400

_ROLES = tuple((role, re.compile("|".join(expressions))) for role, expressions in ROLE_TABLE.items())


@lru_cache(maxsize=16384)
def path_role(path: str) -> Role:
    """The role of the file at `path` (`/`-separated, any case, its last 400 characters are looked at)."""
    lowered = path[-_LIMIT:].lower()
    return next((role for role, pattern in _ROLES if pattern.search(lowered)), Role.PRODUCT)


def path_area(path: str) -> str:
    """The area that a file belongs to: its top two directories, or `/` for a file at the top."""
    directories = path.split("/")[:-1]
    return "/".join(directories[:2]) or "/"
