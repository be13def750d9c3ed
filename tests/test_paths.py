"""Roles of paths, in many languages."""

import time

import pytest

from analysis.paths import Role, path_area, path_role


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("src/app/main.py", Role.PRODUCT),
        ("cmd/server/main.go", Role.PRODUCT),
        ("lib/latest.rb", Role.PRODUCT),
        ("src/contest/runner.rs", Role.PRODUCT),
        ("kernels/scan.cu", Role.PRODUCT),
        ("tests/test_app.py", Role.TEST),
        ("src/app/test_app.py", Role.TEST),
        ("pkg/server/server_test.go", Role.TEST),
        ("web/src/Button.test.tsx", Role.TEST),
        ("src/test/java/org/acme/AppTest.java", Role.TEST),
        ("core/src/AppTests.kt", Role.TEST),
        ("gateway/e2e_test/conftest.py", Role.TEST),
        ("spec/models/user_spec.rb", Role.TEST),
        ("docs/guide.md", Role.DOCS),
        ("README", Role.DOCS),
        ("CHANGELOG.md", Role.DOCS),
        ("docs/conf.py", Role.DOCS),
        ("docs-site/pages/a.jsx", Role.DOCS),
        (".github/workflows/ci.yml", Role.CI),
        (".gitlab-ci.yml", Role.CI),
        ("gocd/templates/deploy.jsonnet", Role.CI),
        ("gocd/README.md", Role.DOCS),
        ("mkdocs.yml", Role.DOCS),
        ("pkg/api/types.go", Role.API),
        ("service/history/api/get_history.go", Role.PRODUCT),
        ("Jenkinsfile", Role.CI),
        ("scripts/ci/run.sh", Role.CI),
        (".pre-commit-config.yaml", Role.CI),
        ("Dockerfile", Role.BUILD),
        ("docker/rocm.Dockerfile", Role.BUILD),
        ("CMakeLists.txt", Role.BUILD),
        ("Makefile", Role.BUILD),
        ("BUILD.bazel", Role.BUILD),
        ("web/webpack.config.js", Role.BUILD),
        ("pyproject.toml", Role.MANIFEST),
        ("requirements-dev.txt", Role.MANIFEST),
        ("web/package.json", Role.MANIFEST),
        ("go.mod", Role.MANIFEST),
        ("Cargo.toml", Role.MANIFEST),
        ("pom.xml", Role.MANIFEST),
        ("package-lock.json", Role.LOCK),
        ("go.sum", Role.LOCK),
        ("crates/a/Cargo.lock", Role.LOCK),
        ("uv.lock", Role.LOCK),
        ("api/v1/user_pb2.py", Role.GENERATED),
        ("web/dist/app.min.js", Role.GENERATED),
        ("src/__snapshots__/a.snap", Role.GENERATED),
        ("vendor/github.com/x/y.go", Role.VENDORED),
        ("third_party/zlib/inflate.c", Role.VENDORED),
        ("node_modules/a/index.js", Role.VENDORED),
        ("db/migrations/0001_users.py", Role.MIGRATION),
        ("schema.sql", Role.MIGRATION),
        ("proto/user.proto", Role.API),
        ("include/acme/acme.h", Role.API),
        ("openapi.yaml", Role.API),
        ("types/index.d.ts", Role.API),
        ("config/production.yaml", Role.CONFIG),
        ("settings.toml", Role.CONFIG),
        ("examples/hello.py", Role.EXAMPLE),
        ("notebooks/demo.ipynb", Role.EXAMPLE),
        ("benchmarks/bench_sort.py", Role.TOOLING),
        ("src/bench_serving.py", Role.TOOLING),
        ("scripts/release.sh", Role.TOOLING),
        (".gitignore", Role.TOOLING),
        (".vscode/settings.json", Role.TOOLING),
        (".github/dependabot.yml", Role.CI),
        (".github/CODEOWNERS", Role.CI),
        (".github/CONTRIBUTING.md", Role.DOCS),
        (".github/ISSUE_TEMPLATE/bug.yml", Role.DOCS),
        ("", Role.PRODUCT),
        ("неизвестно/файл", Role.PRODUCT),
    ],
)
def test_a_path_tells_what_a_file_is_for(path, role):
    assert path_role(path) is role


def test_case_does_not_matter():
    assert path_role("Docs/README.MD") is Role.DOCS


def test_a_path_made_to_be_slow_is_not():
    began = time.perf_counter()
    for number in range(50):
        path_role("include/" * 500 + f"requirements-{number}-" * 50)
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("path", "area"), [("a.py", "/"), ("src/a.py", "src"), ("src/app/a.py", "src/app"), ("src/app/x/a.py", "src/app")]
)
def test_an_area_is_the_top_two_directories(path, area):
    assert path_area(path) == area
