"""Who a message names: none of it goes to a model, and what is no person stays."""

import time

import pytest

from analysis.people import without_people


@pytest.mark.parametrize(
    "line",
    [
        "Co-authored-by: Ida <ida@example.org>",
        "* Co-authored-by: Ida <ida@example.org>",
        "  - Signed-off-by: Ida",
        "Suggested-By : Hal",
        "Cc: Gina <gina@example.org>",
        "CC: @gina, @hal",
        "Reported by: Bob",
        "Thanks: Bob and Gina",
        "Reviewers: bob, gina",
        "Brainstormed-by: bob",
        "Reported by Bob <bob@example.org>",
        "Suggested by Bob Smith.",
        "Thanks to Alice <alice@example.org>",
        "Thanks to Alice Smith, Bob and @gina!",
        "cc @gina",
    ],
)
def test_a_line_that_names_people_is_taken_out(line):
    assert without_people(f"Wait longer.\n\n{line}\nMore of it.").split() == ["Wait", "longer.", "More", "of", "it."]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Thanks to Alice Smith <alice@example.org> for the hint", "Thanks to [person] for the hint"),
        ("mail alice.b+x@mail.example.org, please", "mail [address], please"),
        ("fix: crash (by @carol)", "fix: crash (by [person])"),
        ("as @carol-1 and @dependabot[bot] said.", "as [person] and [person] said."),
        ("@carol: see `mail(bob@example.org)`", "[person]: see `mail([address])`"),
        ("Merge pull request #7 from carol/fix-it", "Merge pull request #7 from [person]/fix-it"),
        ("感谢：王伟 <wang@example.org> 的报告", "感谢：[person] 的报告"),
        ("seen by carol <carol@example.org>", "seen by [person]"),
    ],
)
def test_people_in_a_text_are_replaced(text, left):
    assert without_people(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "feat: read `@property` and `@carol`",
        "```\n@cache\ndef f(): ...\n```",
        "Update @types/node and @app.route('/x') and the @cache(3) mark",
        "clone git@github.com:acme/tool.git",
        "Pin tool@1.2.3 and user@host",
        "Caused by: a lock that nobody freed",
        "Fixed by using a lock",
        "Superseded-by: #12",
        "Sorted by: size",
        "Thanks to the cache, reads are faster",
        "x = a @ b",
    ],
)
def test_what_is_no_person_stays(text):
    assert without_people(text) == text


def test_hostile_text_takes_no_time():
    started = time.process_time()
    for text in ("a" * 60_000, "A " * 30_000, "@" * 60_000, "a@" * 30_000, "a." * 30_000, "`" * 60_000, "- " * 30_000):
        without_people(text + "!")
        without_people(f"Thanks to {text}")
        without_people(f"x {text}<")
        without_people("\n".join([text[:200]] * 300))
    assert time.process_time() - started < 4
