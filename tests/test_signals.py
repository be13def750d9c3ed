"""Signals: what is seen in titles, paths and changed lines, and where."""

import pytest

from analysis.change import Change, FileChange
from analysis.facts import facts_of
from analysis.points import POINTS
from analysis.signals import signals_of


def file(path, removed="", added="", status="modified"):
    """A file whose one hunk replaces these lines, at line 1."""
    old, new = removed.splitlines(), added.splitlines()
    patch = "\n".join(
        [f"@@ -1,{len(old)} +1,{len(new)} @@", *(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    )
    return FileChange(path, status, len(new), len(old), patch)


def signals(*files, title="Wednesday", body="", bot=False):
    change = Change(title, body, "someone", files, bot=bot)
    return {signal.code: signal for signal in signals_of(facts_of(change))}


PRODUCT = file("src/app.py", "a = b()", "a = c()")
TEST = file("tests/test_app.py", "x = y()", "x = z()")


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ('Revert "Add a thing"', "reverts"),
        ('Reland "Add a thing"', "relands"),
        ('Revert "Revert "Add a thing""', "relands"),
        ("feat(ops): reland fast copies", "relands"),
        ("refactor: improve resolution (reland)", "relands"),
        ('Revert "Reland "Add a thing""', "reverts"),
        ("fix: crash on empty input", "fixes-crash"),
        ("Fix memory leak in pool", "fixes-crash"),
        ("Fix data loss after restart", "fixes-data"),
        ("Prevent index corruption", "fixes-data"),
        ("fix NaN in loss", "fixes-results"),
        ("Fix wrong results of the join", "fixes-results"),
        ("Fix deadlock on shutdown", "fixes-concurrency"),
        ("fix: request hangs for ever", "fixes-concurrency"),
        ("Fix the label of a button", "fixes-bug"),
        ("Fix CVE-2024-12345 in the parser", "says-security"),
        ("[Security] escape names", "says-security"),
        ("feat!: new format", "says-breaking"),
        ("Use the new engine by default", "says-default"),
        ("Deprecate the old engine", "deprecates"),
        ("Remove the old engine", "says-removal"),
        ("perf: scan faster", "says-performance"),
        ("Add an engine", "adds-feature"),
        ("Enable the new engine", "rolls-out"),
        ("Make the engine strict", "changes-behaviour"),
        ("Async loading of pages", "says-concurrency"),
        ("Refactor the engine", "says-refactor"),
        ("[2/3] engine", "part-of-series"),
    ],
)
def test_titles_of_product_changes(title, code):
    seen = signals(PRODUCT, title=title)
    assert code in seen
    assert seen[code].evidence[0].quote == title


@pytest.mark.parametrize(
    "title",
    [
        "A bench of ratings; relands weigh more",
        "allow 'Reland' as a title's prefix",
        "Reverts are remembered for longer",
        "Relands should weigh more",
    ],
)
def test_titles_about_reverting_and_relanding_do_neither(title):
    assert not signals(PRODUCT, title=title).keys() & {"reverts", "relands"}


@pytest.mark.parametrize(
    "title",
    ["Fix crash in test", "Revert the flaky test", "fix: data loss in fixture", "Enable by default", "feat!: x"],
)
def test_titles_of_test_changes_claim_nothing(title):
    assert set(signals(TEST, title=title)) == {"only-tests"}


def test_a_workflow_may_need_a_security_fix():
    workflow = file(".github/workflows/ci.yml", "a", "b")
    assert "says-security" in signals(workflow, title="ci: fix code injection by branch names")
    assert "fixes-crash" not in signals(workflow, title="ci: fix crash")


def test_a_bots_release_notes_are_not_its_own_claim():
    notes = "Release notes: fixes CVE-2024-12345"
    manifest = file("requirements.txt", "left-pad==1.0.0", "left-pad==1.0.1")
    assert "says-security" not in signals(manifest, title="Bump left-pad from 1.0.0 to 1.0.1", body=notes, bot=True)
    assert "says-security" in signals(PRODUCT, title="Close a hole", body="This is CVE-2024-12345.")


@pytest.mark.parametrize(
    ("title", "code", "line"),
    [
        ("docs: fix a typo", "says-cosmetic", "if admin: drop()"),
        ("refactor: tidy up", "says-refactor", '@app.get("/v1/x")'),
    ],
)
def test_a_title_lowers_nothing_against_its_diff(title, code, line):
    assert code in signals(PRODUCT, title=title)
    assert code not in signals(
        file("src/app.py", line, line.replace("/v1/x", "/v2/x").replace("admin", "root")), title=title
    )


def test_a_second_attempt_at_ci_says_so():
    found = signals(file(".github/workflows/a.yml", added="a: 1"), title="ci: Split (take 2)", body="It was reverted.")
    assert found["mentions-revert"].values == {"what": "reverted"}


def test_a_revert_names_its_commit():
    seen = signals(PRODUCT, title='Revert "x"', body="This reverts commit 0123456789abcdef0123456789abcdef01234567.")
    assert seen["reverts"].values == {"what": "012345678"}
    assert signals(PRODUCT, title='Revert "Add a thing (#11)" (#12)')["reverts"].values == {"what": "Add a thing (#11)"}


@pytest.mark.parametrize(
    ("path", "line", "name"),
    [
        ("a.py", '    parser.add_argument("--fast", default=1)', "--fast"),
        ("a.py", '@click.option("-f", "--fast", is_flag=True)', "--fast"),
        ("a.go", '	cmd.Flags().BoolVar(&o.fast, "fast", false, "go fast")', "--fast"),
        ("a.go", '	fast := flag.Bool("fast", false, "go fast")', "--fast"),
        ("a.rs", '    #[arg(long = "fast")]', "--fast"),
        ("a.rs", '        .arg(Arg::new("fast").long("fast"))', "--fast"),
        ("a.ts", "  .option('-f, --fast', 'go fast')", "--fast"),
    ],
)
def test_command_line_flags(path, line, name):
    assert signals(file(path, line))["removes-flag"].values == {"name": name, "n": 1}
    added = signals(file(path, added=line))["adds-flag"]
    assert (added.values["name"], added.evidence[0].path, added.evidence[0].line) == (name, path, 1)


def test_a_flag_declared_over_two_lines():
    assert signals(file("a.py", 'parser.add_argument(\n    "--fast",\n'))["removes-flag"].values["name"] == "--fast"
    assert (
        signals(file("a.rs", "#[arg(short, long)]\npub go_fast: bool,"))["removes-flag"].values["name"] == "--go-fast"
    )


def test_a_flag_that_is_passed_to_a_program_is_not_declared():
    assert "adds-flag" not in signals(file("a.py", added='run(["git", "--no-pager", "log"])'))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", 'x = os.environ["MY_FLAG"]'),
        ("a.py", 'x = os.environ.get("MY_FLAG", "1")'),
        ("a.py", 'x = get_bool_env_var("MY_FLAG")'),
        ("a.go", 'x := os.Getenv("MY_FLAG")'),
        ("a.js", "const x = process.env.MY_FLAG"),
        ("a.rs", 'let x = std::env::var("MY_FLAG");'),
        ("a.rb", "x = ENV['MY_FLAG']"),
        ("a.c", 'char *x = getenv("MY_FLAG");'),
    ],
)
def test_environment_variables(path, line):
    assert signals(file(path, line))["removes-variable"].values == {"name": "MY_FLAG", "n": 1}
    assert signals(file(path, added=line))["adds-variable"].values == {"name": "MY_FLAG", "n": 1}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.py", '@app.get("/v1/users")'),
        ("a.py", '@bp.route("/v1/users", methods=["POST"])'),
        ("a.js", "router.post('/v1/users', handler)"),
        ("a.go", 'mux.HandleFunc("/v1/users", h)'),
        ("a.rs", '    .route("/v1/users", get(list))'),
        ("a.java", '@GetMapping("/v1/users")'),
    ],
)
def test_endpoints(path, line):
    assert signals(file(path, line))["removes-endpoint"].values["name"] == "/v1/users"
    assert signals(file(path, added=line))["adds-endpoint"].values["name"] == "/v1/users"


@pytest.mark.parametrize(
    ("path", "line", "name"),
    [
        ("config/app.yaml", "  pool_size: 4", "pool_size"),
        ("app.toml", 'mode = "a"', "mode"),
        ("a.json", '"mode": 1,', "mode"),
    ],
)
def test_configuration_keys(path, line, name):
    assert signals(file(path, line))["removes-key"].values["name"] == name
    assert signals(file(path, added=line))["adds-key"].values["name"] == name


def test_comments_declare_nothing():
    assert set(signals(file("a.py", '# parser.add_argument("--fast")\n# x = os.environ["MY_FLAG"]'))) == {
        "changes-product"
    }


def test_what_moves_is_neither_removed_nor_added():
    line = 'parser.add_argument("--fast")\nx = os.environ["MY_FLAG"]\n@app.get("/v1/users")\nlock = threading.Lock()'
    seen = signals(file("src/a.py", line), file("src/b.py", added=line))
    assert set(seen) == {"changes-product"}


def test_what_moves_and_is_indented_is_not_counted_as_size():
    body = "\n".join(f"value_{n} = compute({n})" for n in range(400))
    moved = "\n".join(f"    {line}" for line in body.splitlines())
    assert not {"size-medium", "size-large", "size-huge"} & set(
        signals(file("src/a.py", body), file("src/b.py", added=moved))
    )


@pytest.mark.parametrize(
    ("path", "old", "new", "code", "values"),
    [
        ("a.py", "RETRY_LIMIT = 3", "RETRY_LIMIT = 5", "changes-limit", ("RETRY_LIMIT", "3", "5")),
        (
            "a.py",
            "    timeout: float = 30.0",
            "    timeout: float = 3.0",
            "changes-limit",
            ("timeout", "30.0", "3.0"),
        ),
        ("a.py", "    mode: str = 'a'", "    mode: str = 'b'", "changes-default", ("mode", "'a'", "'b'")),
        ("a.py", "MODE = True", "MODE = False", "changes-default", ("MODE", "True", "False")),
        ("a.go", "const DefaultMode = 1", "const DefaultMode = 2", "changes-default", ("DefaultMode", "1", "2")),
        ("a.py", 'add("--xy", default=1)', 'add("--xy", default=2)', "changes-default", ("--xy (default)", "1", "2")),
        ("a.py", "    send(x, timeout=30)", "    send(x, timeout=60)", "changes-limit", ("timeout", "30", "60")),
        (
            "a.ts",
            "  const opts = { maxRetries: 3 };",
            "  const opts = { maxRetries: 9 };",
            "changes-limit",
            ("maxRetries", "3", "9"),
        ),
        ("a.yaml", "  default_mode: 1", "  default_mode: 2", "changes-default", ("default_mode", "1", "2")),
    ],
)
def test_values_that_change(path, old, new, code, values):
    assert tuple(signals(file(path, old, new))[code].values.values()) == values


def test_values_of_local_variables_are_not_defaults():
    assert not {"changes-default", "changes-limit"} & set(signals(file("a.py", "    x = 1", "    x = 2")))


@pytest.mark.parametrize(
    ("path", "line", "code"),
    [
        ("a.py", "with threading.Lock():", "edits-concurrency"),
        ("a.go", "	mu := sync.Mutex{}", "edits-concurrency"),
        ("a.rs", "let n = AtomicU64::new(0);", "edits-concurrency"),
        ("a.rs", "unsafe { ptr.read() }", "edits-memory"),
        ("a.c", "memcpy(a, b, n);", "edits-memory"),
        ("a.py", "data = pickle.loads(raw)", "adds-danger"),
        ("a.py", "data = yaml.load(raw)", "adds-danger"),
        ("a.py", "run(command, shell=True)", "adds-danger"),
        ("a.js", "eval(text)", "adds-danger"),
        ("a.py", "get(url, verify=False)", "disables-verification"),
        ("a.go", "	tls.Config{InsecureSkipVerify: true}", "disables-verification"),
        (".github/workflows/x.yml", "  run: curl -k https://x", "disables-verification"),
        ("a.py", "if user.permissions:", "edits-security"),
        ("a.py", 'q = "SELECT a FROM b"', "edits-query"),
        ("a.py", "if a == b:", "edits-logic"),
        ("a.py", "@deprecated", "deprecates"),
        ("src/auth/login.py", "x", "edits-sensitive-file"),
    ],
)
def test_what_new_lines_are_about(path, line, code):
    assert code in signals(file(path, added=line))


@pytest.mark.parametrize(
    "line", ["# lock the door", "// eval(text)", " * unsafe { }", "data = yaml.load(raw, SafeLoader)"]
)
def test_comments_and_safe_forms_are_not_about_anything(line):
    assert set(signals(file("a.py", added=line))) == {"changes-product"}


@pytest.mark.parametrize(
    ("path", "line", "code"),
    [
        ("a.go", 'return fmt.Sprintf("%s", x)', "edits-memory"),
        ("a.java", "import java.util.concurrent.Executor;", "edits-concurrency"),
        ("a.go", 'log("for a non-existing or complete operation")', "edits-logic"),
        ("A.java", "LockSupport.unpark(waiter); // nothing if null", "edits-logic"),
        ("a.rs", "POOL.install(|| {", "edits-logic"),
        ("a.rs", "let f = move || g(x);", "edits-logic"),
        ("deploy.sh", "&& k8s-deploy", "edits-logic"),
        ("a.py", "include = jit_env.CUBIN_DIR / path", "adds-variable"),
    ],
)
def test_what_only_looks_like_it_is_no_reason(path, line, code):
    assert code not in signals(file(path, added=line))


@pytest.mark.parametrize(
    ("path", "line"),
    [("a.rs", "if a || b {"), ("a.rs", "    a || b"), ("a.sh", "if [ -e x ]; then"), ("a.py", 'if x == "or":')],
)
def test_decisions_are_seen(path, line):
    assert "edits-logic" in signals(file(path, added=line))


def test_removing_a_danger_is_none():
    assert "adds-danger" not in signals(file("a.py", "data = pickle.loads(raw)"))


def test_error_handling_that_is_gone():
    seen = signals(file("a.py", "try:\n    go()\nexcept ValueError:\n    raise Broken\n", "go()"))
    assert seen["removes-handling"].values == {"n": 2}
    assert seen["removes-handling"].evidence[0].line == 3


def test_public_names_that_are_gone():
    old = "\n".join(f"def name_{n}(): ..." for n in range(6))
    assert signals(file("src/a.py", old))["removes-names"].values["n"] == 6
    assert "removes-names" not in signals(file("src/a.py", old.replace("def ", "def _")))
    assert "removes-names" not in signals(file("src/a.py", old), file("src/b.py", added=old.replace("()", "(x)")))
    assert signals(file("include/a.h", "int scan(int a);"))["removes-api-names"].values["name"] == "scan"


def test_tests_that_are_gone_or_skipped():
    seen = signals(file("tests/test_a.py", "def test_a():\n    pass", "@pytest.mark.skip\ndef test_b():\n    pass"))
    assert "removes-tests" not in seen, "renamed"
    assert seen["skips-tests"].values == {"n": 1}
    gone = signals(file("pkg/a_test.go", "func TestOne(t *testing.T) {\nfunc TestTwo(t *testing.T) {"))
    assert gone["removes-tests"].values == {"n": 2}


def test_product_code_without_tests():
    lines = "\n".join(f"value_{n} = compute({n})" for n in range(50))
    assert "no-tests" in signals(file("src/a.py", added=lines))
    assert "no-tests" not in signals(file("src/a.py", added=lines), TEST)


@pytest.mark.parametrize(
    ("path", "old", "new", "code", "values"),
    [
        ("requirements.txt", "a-b==1.2.3", "a-b==1.3.0", "bumps-dependency", ("a-b", "1.2.3", "1.3.0")),
        ("requirements.txt", "a-b>=1.2.3", "a-b>=2.0.0", "bumps-major", ("a-b", "1.2.3", "2.0.0")),
        ("pyproject.toml", '    "a-b==0.1.2",', '    "a-b==0.2.0",', "bumps-major", ("a-b", "0.1.2", "0.2.0")),
        ("package.json", '"@x/y": "^4.0.1",', '"@x/y": "^4.1.0",', "bumps-dependency", ("@x/y", "4.0.1", "4.1.0")),
        ("Cargo.toml", 's = { version = "1.0" }', 's = { version = "2.0" }', "bumps-major", ("s", "1.0", "2.0")),
        (
            "go.mod",
            "	github.com/a/b v1.2.0",
            "	github.com/a/b v1.3.0",
            "bumps-dependency",
            ("github.com/a/b", "1.2.0", "1.3.0"),
        ),
        ("Gemfile", "gem 'rack', '~> 2.0'", "gem 'rack', '~> 3.0'", "bumps-major", ("rack", "2.0", "3.0")),
        ("Dockerfile", "FROM node:18.1", "FROM node:20.2", "bumps-major", ("node", "18.1", "20.2")),
        ("Dockerfile", 'ENV X_TAG="v1.2.1"', 'ENV X_TAG="v1.2.2"', "bumps-dependency", ("X_TAG", "1.2.1", "1.2.2")),
    ],
)
def test_dependencies_that_move(path, old, new, code, values):
    seen = signals(file(path, old, new))
    assert tuple(seen[code].values.values())[:3] == values
    assert seen[code].evidence[0].path == path


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("chore(deps): bump a/b from 1.2.3 to 1.2.4 in /web", "bumps-dependency"),
        ("Bump left-pad from 1.2.3 to 2.0.0", "bumps-major"),
        ("build(deps): update a requirement from ^1.2 to ^2.0", "bumps-major"),
        ("Update the lock file versions", "updates-dependencies"),
    ],
)
def test_a_title_says_what_a_lock_file_hides(title, code):
    assert signals(file("web/yarn.lock", "a", "b"), title=title)[code].evidence


def test_several_dependencies_are_one_reason_named_by_the_largest_step():
    seen = signals(file("requirements.txt", "a==1.0\nb==1.0", "a==1.1\nb==2.0"))
    assert seen["bumps-major"].values == {"name": "b", "old": "1.0", "new": "2.0", "n": 2}
    assert "bumps-dependency" not in seen


def test_dependencies_that_come_and_go():
    seen = signals(file("requirements.txt", "old==1.0", "new==2.0"))
    assert (seen["removes-dependency"].values["name"], seen["adds-dependency"].values["name"]) == ("old", "new")


def test_the_projects_own_version_is_no_dependency():
    assert not {"bumps-dependency", "bumps-major"} & set(
        signals(file("pyproject.toml", 'version = "1.0"', 'version = "2.0"'))
    )


def test_roles_are_told():
    seen = signals(
        PRODUCT,
        file("db/migrations/1.py", added="x"),
        file("a.proto", added="x"),
        file(".github/workflows/ci.yml", added="x"),
    )
    assert {"changes-product", "edits-migration", "edits-api", "edits-ci"} <= set(seen)
    assert "edits-publishing" in signals(file(".github/workflows/r.yml", added="      id-token: write"))


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["README.md"], "only-docs"),
        (["tests/a.py", "README.md"], "only-tests"),
        (["benchmarks/a.py", "examples/b.py", "tests/c.py"], "only-tooling"),
        (["config/a.yaml"], "no-code"),
        (["go.sum"], "no-code"),
    ],
)
def test_changes_behind_the_scenes(paths, code):
    assert code in signals(*(file(path, added="text") for path in paths))


def test_files_without_text_are_counted_and_sized_by_their_numbers():
    big = FileChange("src/a.py", "modified", 900, 10, None)
    cut = FileChange("src/b.py", "modified", 3, 0, "@@ -1,9 +1,9 @@\n one\n+cut")
    seen = signals(big, cut)
    assert seen["unreadable"].values == {"n": 2}
    assert seen["size-huge"].values["lines"] == 913


def test_lock_files_binaries_and_renames_are_not_called_unreadable():
    rename = FileChange("src/b.py", "renamed", 0, 0, None, "src/a.py")
    seen = signals(PRODUCT, file("go.sum", "a", "b"), FileChange("logo.png", "modified", 0, 0), rename)
    assert "unreadable" not in seen


def test_a_fix_is_wide_when_it_decides_differently_in_several_of_many_files():
    plain = [file(f"src/{n}.py", added="a = b()") for n in range(4)]
    deciding = [file(f"src/if_{n}.py", added=f"if a{n}:\n    b()") for n in range(2)]
    assert "wide-fix" in signals(*plain, *deciding, title="fix: labels")
    assert "wide-fix" not in signals(*plain, *plain[:1], deciding[0], title="fix: labels")
    assert "wide-fix" not in signals(*plain, *deciding, title="feat: labels")


def test_size_leaves_out_what_people_did_not_write():
    text = "\n".join(f"value_{n} = compute({n})" for n in range(2000))
    paths = ("tests/test_a.py", "docs/a.md", "go.sum", "vendor/a.go", "a_pb2.py")
    assert not {"size-medium", "size-large", "size-huge"} & set(
        signals(PRODUCT, *(file(path, added=text) for path in paths))
    )


def test_every_signal_has_points():
    assert set(signals(PRODUCT, TEST, title="fix!: x")) <= set(POINTS)
