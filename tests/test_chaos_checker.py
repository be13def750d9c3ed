"""The fault suite's checker: a whole state passes, and each way in which a state can be wrong is named."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ghapp.demo.sample import SampleCommit, make_repository
from tests.chaos.checker import check
from tests.chaos.plan import plan
from tests.chaos.points import POINTS, Points, Request
from tests.chaos.read import CARD, Facts, Seen, leaks, page_in
from tests.chaos.relay import FATES, Relay
from tests.chaos.scale import Scale
from tests.chaos.schedule import schedule

NOW = datetime(2026, 1, 8, 12, tzinfo=UTC)
DAYS = ("2026-01-05", "2026-01-06", "2026-01-07")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    path = tmp_path_factory.mktemp("checker") / "r.git"
    return path, make_repository(path, [SampleCommit(f"c{n}", {"a": f"{n}\n"}) for n in range(10)])


def text(day, base, head, names, page=0, struck=()):
    """A page as the product writes it, cut down to what the checker reads."""
    ends = f" base={base} head={head} zone=UTC" if page == 0 else ""
    rows = [
        f"| 10:0{n} | Ann \\| Bob | [`{name[:7]}`](http://x/a/b/commit/{name}) "
        + (f"~~c~~ (gone) {page}" if name in struck else "[c](#x)")
        + " | low | low |"
        for n, name in reversed(list(enumerate(names)))
    ]
    count = len([name for name in names if name not in struck])
    says = f"`{base[:7]}`…`{head[:7]}`: {count} commits, {count} listed, {count} analysed, 0 pending"
    return f"<!-- ghapp:digest:v1 repository=1 day={day} page={page}{ends} -->\n{says}\n" + "\n".join(rows)


def issue(number, body, state="closed", reason="completed"):
    shown = {"number": number, "state": state, "state_reason": reason, "body": body}
    return shown, page_in(body, number)


@pytest.fixture
def facts(clone):
    """Three days of three commits each, two of them on a second page; one open pull request with its card."""
    path, names = clone
    seen = Seen(1, "acme/one", names[9], names[0], path)
    for number, day in enumerate(DAYS):
        part = names[1 + 3 * number : 4 + 3 * number]
        first = part[:1] if number == 1 else part
        body = text(day, names[3 * number], part[-1], first).replace("1 commits, 1 listed", "3 commits, 3 listed")
        seen.issues.append(issue(number + 1, body))
        if number == 1:
            seen.pages.append(page_in(text(day, "", "", part[1:], page=1), number + 1, 77))
    seen.pulls = [{"number": 9, "draft": False, "head": {"sha": names[4]}}]
    seen.cards = {9: [names[4]]}
    return Facts([seen], NOW)


def kinds(facts):
    return {difference.split(": ")[1] for difference in check(facts).differences}


def test_a_whole_state_passes(facts):
    verdict = check(facts)
    assert verdict.differences == []
    assert (verdict.figures["commits"], verdict.figures["digests"], verdict.figures["cards"]) == (9, 3, 1)


def replace_in_issue(facts, number, old, new):
    shown, _ = facts.repositories[0].issues[number]
    facts.repositories[0].issues[number] = issue(number + 1, shown["body"].replace(old, new), shown["state"])


def without_row(facts, names):
    body = facts.repositories[0].issues[0][0]["body"]
    row = next(line for line in body.splitlines() if names[2] in line)
    replace_in_issue(facts, 0, row + "\n", "")


def with_row_twice(facts, names):
    body = facts.repositories[0].issues[0][0]["body"]
    row = next(line for line in body.splitlines() if names[2] in line)
    replace_in_issue(facts, 0, row, row + "\n" + row)


def on_another_day(facts, names):
    body = facts.repositories[0].issues[0][0]["body"]
    row = next(line for line in body.splitlines() if names[2] in line)
    without_row(facts, names)
    other = facts.repositories[0].issues[2][0]["body"]
    facts.repositories[0].issues[2] = issue(3, other + "\n" + row)


def foreign_row(facts, names):
    replace_in_issue(facts, 2, f"commit/{names[8]}", "commit/" + "f" * 40)


def struck_row(facts, names):
    replace_in_issue(facts, 0, f"commit/{names[2]}) [c]", f"commit/{names[2]}) ~~c~~ [c]")


def another_order(facts, names):
    replace_in_issue(facts, 0, names[1], "1" * 40)
    replace_in_issue(facts, 0, names[2], names[1])
    replace_in_issue(facts, 0, "1" * 40, names[2])


WRONGS = {
    "a row is missing": (without_row, {"missing", "misplaced", "claims"}),
    "a row is there twice": (with_row_twice, {"doubled", "out of order", "claims"}),
    "a row is struck": (struck_row, {"missing", "misplaced", "claims"}),
    "a row stands on another day": (on_another_day, {"misplaced", "claims"}),
    "a row names a foreign commit": (foreign_row, {"not on the branch", "missing", "misplaced"}),
    "the order is another one": (another_order, {"out of order"}),
    "a base is not the head before": (
        lambda facts, names: replace_in_issue(facts, 1, f"base={names[3]}", f"base={names[2]}"),
        {"torn", "misplaced"},
    ),
    "the last head is not the branch's": (
        lambda facts, names: setattr(facts.repositories[0], "head_sha", names[8]),
        {"torn", "not on the branch"},
    ),
    "a digest is missing": (lambda facts, _: facts.repositories[0].issues.pop(1), {"missing", "torn", "orphans"}),
    "a second issue is open": (
        lambda facts, _: facts.repositories[0].issues.append(issue(5, facts.repositories[0].issues[0][0]["body"])),
        {"doubled"},
    ),
    "a further page is gone": (
        lambda facts, _: facts.repositories[0].pages.clear(),
        {"missing", "misplaced", "claims"},
    ),
    "a further page is there twice": (
        lambda facts, _: facts.repositories[0].pages.append(facts.repositories[0].pages[0]),
        {"orphans"},
    ),
    "a text of ours is neither": (lambda facts, _: facts.repositories[0].strays.append("issue #8"), {"orphans"}),
    "a day that is over is open": (
        lambda facts, _: facts.repositories[0].issues[0][0].update(state="open"),
        {"days not closed"},
    ),
    "today is closed": (
        lambda facts, _: setattr(facts, "now", datetime(2026, 1, 7, 12, tzinfo=UTC)),
        {"closed too early"},
    ),
    "there are two cards": (
        lambda facts, names: facts.repositories[0].cards[9].append(names[4]),
        {"doubled", "cards of another head"},
    ),
    "there is no card": (lambda facts, _: facts.repositories[0].cards.clear(), {"without a card"}),
    "a card names another head": (
        lambda facts, names: facts.repositories[0].cards.update({9: [names[1]]}),
        {"cards of another head"},
    ),
    "pending is claimed": (lambda facts, _: replace_in_issue(facts, 0, "0 pending", "1 pending"), {"claims"}),
    "a key is left": (lambda facts, _: setattr(facts, "unfinished", {"card:1:9": -5.0}), {"stuck"}),
    "a log tells a secret": (lambda facts, _: setattr(facts, "leaks", ["web.log: a token"]), {"secrets"}),
}


@pytest.mark.parametrize("wrong", WRONGS)
def test_what_is_wrong_is_named(facts, clone, wrong):
    change, expected = WRONGS[wrong]
    change(facts, clone[1])
    assert kinds(facts) == expected


def test_a_duplicate_that_was_closed_is_excused_only_when_an_answer_was_lost(facts):
    body = facts.repositories[0].issues[0][0]["body"]
    facts.repositories[0].issues.append(issue(5, body, "closed", "not_planned"))
    assert kinds(facts) == {"doubled"}
    facts.in_doubt = {1: 1}
    assert check(facts).figures["issues closed as duplicates"] == 1
    assert kinds(facts) == set()
    facts.repositories[0].issues.append(issue(6, body, "closed", "not_planned"))
    assert kinds(facts) == {"doubled"}


def test_the_checker_imports_nothing_of_what_it_judges():
    asked = "import sys, tests.chaos.checker; print(*sys.modules, sep='\\n')"
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", asked], cwd=root, capture_output=True, text=True, check=True)
    assert {name.split(".")[0] for name in done.stdout.split()} & {"ghapp", "analysis"} == set()


def test_marks_are_read_as_the_product_writes_them():
    from ghapp.digest_page import page_marker
    from ghapp.render import card_marker

    assert CARD.match(card_marker(7, 12) + f"head={'a' * 40} -->")[3] == "a" * 40
    ends = f"base={'b' * 40} head={'c' * 40} zone=Asia/Shanghai -->"
    page = page_in(page_marker(7, "2026-01-05", 0) + ends, 1)
    assert (page.day, page.base_sha, page.head_sha, page.zone) == ("2026-01-05", "b" * 40, "c" * 40, "Asia/Shanghai")
    assert page_in(page_marker(7, "2026-01-05", 3) + "-->", 1, 5).page == 3


def test_secrets_in_logs_are_found(tmp_path):
    for name, line in {"a": "all is well", "b": "the secret is hush", "c": "token ghs_0123456789abcdef"}.items():
        (tmp_path / f"{name}.log").write_text(line)
    assert leaks(sorted(tmp_path.glob("*.log")), ["hush", ""]) == ["b.log: secrets [0]", "c.log: a token"]


def test_a_plan_and_its_mishaps_follow_from_the_seed_alone():
    one, other = (plan(Scale(7), NOW) for _ in range(2))
    assert one == other
    assert plan(Scale(8), NOW) != one
    assert schedule(Scale(7)) == schedule(Scale(7)) != schedule(Scale(8))


def test_a_full_run_has_all_that_was_promised():
    scale = Scale(1)
    made = plan(scale, NOW)
    acts = [act for one in made for act in one.acts]
    kinds_of_landing = {act.kind for act in acts if act.landed}
    assert len(made) == 20
    assert len({one.full_name.split("/")[0] for one in made}) >= 2
    assert sum(act.landed > 0 for act in acts) >= 1000
    assert sum(act.path == "/_pull" for act in acts) >= 200
    assert kinds_of_landing == {"push", "push of many", "force push", "squash", "merge", "rebase"}
    assert max(act.landed for act in acts) >= 60
    assert {mishap.kind for mishap in schedule(scale)} >= {"FLUSHALL", "kill Redis", "time-out", "kill web", "401"}
    assert all(one.acts == sorted(one.acts, key=lambda act: act.at) for one in made)


def test_fates_of_deliveries_have_their_shares_and_follow_from_their_content(monkeypatch):
    relay = Relay(3, [])
    try:
        relay.stormy = True
        headers = {"X-GitHub-Event": "push"}
        raw = [b'{"after": "%d"}' % number for number in range(2000)]
        fates = [relay._fate(headers | {"X-GitHub-Delivery": f"a{n}"}, one)[0] for n, one in enumerate(raw)]
        assert fates == [relay._fate(headers | {"X-GitHub-Delivery": f"b{n}"}, one)[0] for n, one in enumerate(raw)]
        assert relay._fate(headers | {"X-GitHub-Delivery": "a0"}, raw[0])[0] == "asked for again"
        assert all(abs(fates.count(fate) / 2000 - share) < 0.02 for fate, share in FATES.items())
    finally:
        relay.close()


def test_each_point_is_used_on_its_requests_alone():
    points = Points(5, 1)
    points.active = True
    page = b'{"body":"<!-- ghapp:digest:v1 repository=1 day=2026-01-05 page=2 -->"}'
    asked = {
        "between two pages": Request("PATCH", "/repositories/1/issues/comments/7", page),
        "before a create": Request("POST", "/repositories/1/issues", b"{}"),
        "after a change, before its answer is stored": Request("PATCH", "/repositories/1/issues/7", b"{}"),
        "holding a lease": Request("GET", "/repositories/1", b""),
    }
    for name, request in asked.items():
        used = {point[0] for point in (points.chosen(request) for _ in range(100)) if point}
        assert name in used
        assert all(POINTS[other][0](request) for other in used)
    assert points.chosen(Request("POST", "/app/installations/1/access_tokens", b"")) is None
