"""The whole assessment of typical and hostile changes."""

import json
import re
import time
import tomllib
from importlib.resources import files
from string import Formatter

import pytest
from pydantic import TypeAdapter

from analysis.assess import ACT_FIRST, assess
from analysis.change import Change, FileChange
from analysis.points import POINTS
from analysis.raising import MODEL_CODES
from analysis.rating import MAX_EVIDENCE, MAX_REASONS, QUOTE_LIMIT, TYPES, Assessment


def file(path, removed="", added="", status="modified"):
    """A file whose one hunk replaces these lines, at line 1."""
    old, new = removed.splitlines(), added.splitlines()
    patch = "\n".join(
        [f"@@ -1,{len(old)} +1,{len(new)} @@", *(f"-{line}" for line in old), *(f"+{line}" for line in new)]
    )
    return FileChange(path, status, len(new), len(old), patch)


def change(title, *changed, body="", bot=False):
    return Change(title, body, "someone", changed, bot=bot)


def many(count, form="value_{n} = compute({n})"):
    return "\n".join(form.format(n=n) for n in range(count))


FIX = file("src/store.py", "    return a", "    if a is None:\n        return b\n    return a")


def levels(assessment):
    return assessment.importance.level, assessment.risk.level


def test_a_small_fix_of_corruption_is_important_and_safe():
    result = assess(change("Fix corrupted output when the buffer is full", FIX, file("tests/test_store.py", added="x")))
    assert levels(result) == ("high", "low")
    assert result.types == ("bug fix",)
    assert result.act_first == "fixes-data"


def test_a_refactoring_of_tests_is_neither():
    result = assess(
        change("refactor: fix crash in test fixtures", file("tests/a.py", many(2000), many(1500, "x{n}()")))
    )
    assert levels(result) == ("low", "low")
    assert result.types == ("test",)
    assert result.act_first is None


def test_deleting_two_thousand_lines_of_tests_is_not_important():
    result = assess(
        change("Remove old tests", file("tests/test_a.py", many(2000, "def test_{n}(): ..."), status="removed"))
    )
    assert result.importance.level == "low"
    assert "removes-tests" in {reason.code for reason in result.risk.reasons}


def test_rewriting_ci_is_unimportant_and_may_be_risky():
    result = assess(
        change("ci: rewrite everything", *(file(f".github/workflows/{n}.yml", added=many(300)) for n in range(9)))
    )
    assert result.importance.level == "low"
    assert result.risk.points > 0
    assert result.types == ("ci",)


@pytest.mark.parametrize("title", ["fix: a thing", "feat: a thing", "perf: a thing", "Add a thing", "Fix the thing"])
def test_prefix_and_size_alone_are_never_of_high_importance(title):
    result = assess(change(title, *(file(f"src/a{n}/x.py", added=many(500)) for n in range(12))))
    assert result.importance.level == "medium"


@pytest.mark.parametrize(
    "path", ["tests/test_a.py", ".github/workflows/ci.yml", "docs/a.md", "README.md", "e2e/a.spec.ts"]
)
@pytest.mark.parametrize(
    "title", ["Fix crash and data loss", "feat!: breaking", "Revert it", "Enable by default", "Fix deadlock", "perf: x"]
)
def test_nothing_behind_the_scenes_is_of_high_importance(path, title):
    assert assess(change(title, file(path, many(900), many(800, "if a{n} == b: lock()")))).importance.level != "high"


@pytest.mark.parametrize("bot", [False, True])
@pytest.mark.parametrize(
    "title", ['Revert "Add a thing" (#12)', "revert: feat: a thing", "Back out the thing", "Reland the thing"]
)
def test_a_revert_of_product_code_is_at_least_medium_in_both(title, bot):
    result = assess(change(title, FIX, bot=bot))
    assert "low" not in levels(result)
    assert result.act_first


def test_a_removed_flag_is_acted_on_first():
    result = assess(change("Tidy the options", file("src/cli.py", '    parser.add_argument("--fast")', "    pass")))
    assert result.act_first == "removes-flag"
    assert result.importance.level != "low"
    assert "breaking change" in result.types


@pytest.mark.parametrize(
    ("title", "changed", "types"),
    [
        (
            "Bump a from 1.0 to 2.0",
            [file("go.mod", "a.io/x v1.0.0", "a.io/x v2.0.0"), file("go.sum", "a", "b")],
            ("dependencies",),
        ),
        ("fix!: x", [FIX], ("breaking change", "bug fix")),
        ("Fix XSS in names", [FIX], ("security", "bug fix")),
        ("Docs", [file("README.md", added="x")], ("docs",)),
        ("Wednesday", [FIX], ("feature",)),
        ("Wednesday", [], ("chore",)),
    ],
)
def test_types(title, changed, types):
    result = assess(change(title, *changed))
    assert [kind for kind in result.types if kind in types] == list(types)
    assert set(result.types) <= set(TYPES)


def test_scope_is_where_most_product_lines_differ():
    result = assess(
        change(
            "x",
            file("lib/b/c/d.py", added=many(9)),
            file("lib/a/x.py", added=many(20)),
            file("tests/x/t.py", added=many(99)),
        )
    )
    assert result.scope == ("lib/a", "lib/b")
    assert assess(change("x", file("tests/x/t.py", added="x"))).scope == ("tests/x",)


def test_the_same_change_gives_the_same_json_and_survives_it():
    adapter = TypeAdapter(Assessment)
    one = change("fix!: data loss", FIX, file("go.mod", "a.io/x v1.0.0", "a.io/x v2.0.0"), body="CVE-2024-1234")
    written = adapter.dump_json(assess(one))
    assert written == adapter.dump_json(assess(one))
    assert adapter.validate_json(written) == assess(one)


def test_ratings_show_what_they_add_up_to():
    text = many(900, "if a{n} == b: os.environ['KEY_{n}']; eval(x); lock()")
    result = assess(
        change("feat!: Enable async locks by default (1/2)", *(file(f"a{n}/api/x.py", text) for n in range(9)))
    )
    for rating in (result.importance, result.risk):
        assert rating.points == sum(reason.points for reason in rating.reasons)
        assert 0 < len(rating.reasons) <= MAX_REASONS
        assert all(len(reason.evidence) <= MAX_EVIDENCE for reason in rating.reasons)


@pytest.mark.parametrize(
    "hostile",
    [
        change(""),
        change("", body="x" * 60_000),
        change("\x00\u202e\ud83d[[[((", FileChange("\ufffd\n`|`", "modified", 1, 1, "@@ -1 +1 @@\n-\u2028\n+\x1b[31m")),
        change("x", *(FileChange(f"src/{n}.py", "added", 9, 0, None) for n in range(3000))),
        change("x", file("src/a.py", "", "x=" * 500_000), body="BREAKING CHANGE" * 4000),
        change("x", file("src/a.py", "", many(5000, "env" * 90 + "{n}"))),
        change("x", file("src/a.py", "", many(5000, "select " * 40 + "{n}"))),
        change("x", file("src/a.py", many(5000, "max_a=1, " * 35), many(5000, "max_a=2, " * 35))),
        change("x", file("src/a.py", many(5000, "x = '" * 60), many(5000, 'f("' * 90))),
        change("x", file("package.json", "", many(5000, "a" * 290 + "{n}"))),
        change("x", file("a/" * 2000 + "include/b", "", "x")),
        change("re" * 200_000, FileChange("src/a.bin", "changed", 0, 0)),
    ],
)
def test_hostile_changes_are_assessed_quickly(hostile):
    began = time.process_time()
    result = assess(hostile)
    assert time.process_time() - began < 4
    for rating in (result.importance, result.risk):
        for reason in rating.reasons:
            assert all(len(place.quote) <= QUOTE_LIMIT and place.quote.isprintable() for place in reason.evidence)
    json.dumps(TypeAdapter(Assessment).dump_python(result), ensure_ascii=True)


def test_reasons_to_act_first_and_codes_are_known():
    assert set(ACT_FIRST) <= set(POINTS)
    assert all(re.fullmatch("[a-z-]+", code) for code in POINTS)


def catalog(language):
    return tomllib.loads((files("templates") / "text" / language / "signals.toml").read_text(encoding="utf-8"))


def placeholders(phrase):
    texts = phrase if isinstance(phrase, dict) else {"": phrase}
    return {form: {name for _, name, _, _ in Formatter().parse(text) if name} for form, text in texts.items()}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_type_and_code_has_a_text(language):
    texts = catalog(language)
    assert list(texts["types"]) == list(TYPES)
    assert set(texts["reasons"]) == {*POINTS, *MODEL_CODES}
    assert all(set(text) == {"one", "other"} for text in texts["reasons"].values() if isinstance(text, dict))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_reason_fills_its_sentence(language):
    text = many(900, "if a{n} == b: os.environ['KEY_{n}']; eval(x); lock()")
    changed = [file(f"a{n}/api/x.py", text, 'p.add_argument("--fast")') for n in range(5)]
    unreadable = FileChange("b/c.py", "modified", 9, 9, None)
    result = assess(change("feat!: Enable async locks by default (1/2)", *changed, unreadable, FIX, bot=True))
    for reason in (*result.importance.reasons, *result.risk.reasons):
        text = catalog(language)["reasons"][reason.code]
        if isinstance(text, dict):
            text = text["one" if reason.values["n"] == 1 else "other"]
        assert "{" not in text.format(**reason.values)


def test_languages_agree_on_placeholders():
    english, chinese = catalog("en")["reasons"], catalog("zh-CN")["reasons"]
    assert {code: placeholders(text) for code, text in english.items()} == {
        code: placeholders(text) for code, text in chinese.items()
    }
