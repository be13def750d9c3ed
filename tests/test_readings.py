"""Readings of a branch while GitHub's answers lag, branches are switched, and keys were given up: nothing is missed."""

import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from ghapp import keys
from ghapp.demo.sample import SampleCommit, add_commits
from ghapp.digests import write_digest
from ghapp.github import MissingError
from ghapp.jobqueue import PostponedError
from ghapp.landings import read_landings
from ghapp.publish import CLOSING
from ghapp.repair import repair_installation
from ghapp.rollover import finish_day
from ghapp.waiting import waiting
from ghapp.work import Work
from tests.client import GitHubSide

COMPARE, COMMITS = "GET /repos/{}/compare/{}", "GET /repos/{}/commits"


class Branches:
    """One repository whose landings are read job by job."""

    def __init__(self, side, store, jobs):
        self.side, self.store, self.jobs = side, store, jobs
        made = [SampleCommit(f"Work {n}", {"a.py": f"a = {n}\n"}) for n in range(12)]
        self.served = side.serve("read", made)
        self.id, self.names = self.served.id, self.served.names
        self.push(3)
        store.put_met(side.installation, time.time() - 900)

    def push(self, position, branch="main"):
        name = self.names[position] if isinstance(position, int) else position
        body = {"repository": self.served.full_name, "branch": branch, "head_sha": name, "deliver": False}
        self.side.control("/_push", **body)

    def switch(self, branch):
        body = {"repository": self.served.full_name, "action": "edited", "default_branch": branch, "deliver": False}
        self.side.control("/_repository", **body)

    def run(self, feature, key, *names, hints=()):
        """Work one key, and forget what else is due; why it was put back, "" when it was not."""
        self.jobs.connection.delete(keys.LINES, *self.jobs.connection.scan_iter(match=f"{keys.LINE}*"))
        self.jobs.connection.delete(f"{keys.DUE}{key}")
        self.jobs.mark(key, self.side.installation)
        for hint in hints:
            self.jobs.mark(key, self.side.installation, hint=hint)
        postponed = ""
        with self.jobs.taken() as lease:
            assert lease.key == key
            try:
                feature(Work(lease, self.side.settings, self.jobs, self.store, self.side.client, None), *names)
            except PostponedError as error:
                postponed = str(error)
        return postponed

    def read(self, **hint):
        return self.run(read_landings, f"landing:{self.id}", self.id, hints=[hint] if hint else ())

    def listed(self):
        """Day -> positions of the commits that its digest lists."""
        digests = [self.store.digest(self.id, day) for day in self.store.days(self.id)]
        return {one.day: [self.names.index(e.commit_sha) for e in one.listed] for one in digests if one}

    def post(self, day, base, head, state="open", pending=""):
        """The issue of a day's digest, as it stood on GitHub before Redis was emptied; its number."""
        begin = f"<!-- ghapp:digest:v1 repository={self.id} day={day} "
        ends = f"base={self.names[base]} head={self.names[head]} zone=UTC{pending}"
        body = {"title": "Digest", "labels": ["ghapp-digest"], "body": f"{begin}page=0 {ends} -->\n{CLOSING}"}
        client, path = self.side.client, f"/repositories/{self.id}/issues"
        number = client.write("POST", path, body, 201)["number"]
        client.write("PATCH", f"{path}/{number}", {"state": state}, 200)
        return number

    def digest(self, day):
        return self.store.digest(self.id, day)

    def positions(self):
        return [position for listed in self.listed().values() for position in listed]

    def due(self):
        names = (key.decode().removeprefix(keys.DUE) for key in self.jobs.connection.scan_iter(f"{keys.DUE}*"))
        return {name.split(":")[0] for name in names if f":{self.id}" in name}


@pytest.fixture
def branches(redis_url, store, jobs, tmp_path):
    with GitHubSide(redis_url, tmp_path) as side:
        made = Branches(side, store, jobs)
        made.read()
        yield made


def test_a_comparison_that_is_not_shown_yet_is_no_new_history(branches):
    branches.push(4)
    branches.side.control("/_faults", route=COMPARE, status=404)
    branches.read()
    assert branches.positions() == [4]
    branches.push(5)
    branches.side.control("/_faults", route=COMPARE, status=404, times=2)
    assert "contradict" in branches.read()
    assert branches.positions() == [4]
    assert branches.read() == ""
    assert branches.positions() == [4, 5]


def test_a_head_that_is_not_shown_does_not_count_as_read(branches):
    branches.push(5)
    branches.side.control("/_faults", route=COMMITS, status=404)
    seen = branches.store.pushed_at(branches.id)
    with pytest.raises(MissingError, match="main is not shown"):
        branches.read()
    assert branches.store.pushed_at(branches.id) == seen
    branches.read()
    assert branches.positions() == [4, 5]


def test_a_switch_loses_neither_what_landed_before_it_nor_what_landed_after(branches):
    made = [SampleCommit(f"Next {n}", {"b.py": f"b = {n}\n"}) for n in range(3)]
    branches.names += add_commits(branches.served.clone.path, made, "next-history", branches.names[2])
    before, first, second = range(12, 15)
    branches.push(before, "next")
    branches.push(5)
    branches.store.put_met(branches.side.installation, time.time() + 5)
    branches.switch("next")
    branches.push(first, "next")
    branches.push(second, "next")
    branches.read(before=branches.names[before], after=branches.names[first], branch="next")
    assert branches.positions() == [4, 5, first, second]
    assert branches.store.branch(branches.id).name == "next"
    (day,) = branches.listed()
    assert ("switched", "main") in branches.store.digest(branches.id, day).notes


def test_a_switch_that_nobody_told_of_begins_where_the_branch_was_at_the_last_look(branches):
    branches.push(3, "develop")
    # GitHub tells of pushes to the second.
    time.sleep(1.1)
    branches.store.put_met(branches.side.installation, time.time())
    branches.switch("develop")
    branches.push(4, "develop")
    branches.push(6, "develop")
    branches.read()
    assert branches.positions() == [4, 5, 6]


def test_a_repository_whose_first_deliveries_were_lost_begins_before_them(branches):
    branches.store.connection.delete(keys.branch(branches.id))
    branches.push(5)
    branches.push(8)
    # The repair that finds it says when everything was looked at before.
    branches.store.put_met(branches.side.installation, time.time() + 5)
    branches.read(lost=str(time.time() - 900))
    assert branches.positions()[-5:] == [4, 5, 6, 7, 8]


def test_what_was_given_up_while_the_app_was_suspended_is_due_again(branches):
    branches.push(5)
    branches.read()
    assert {"entry", "render", "rollover"} <= branches.due()
    branches.jobs.connection.delete(*branches.jobs.connection.scan_iter(match=f"{keys.DUE}*"))
    assert branches.due() == set()
    branches.run(repair_installation, f"repair:{branches.side.installation}")
    assert {"entry", "render", "rollover"} <= branches.due()


def test_a_day_is_not_closed_before_the_branch_was_read_after_its_end(branches):
    branches.push(5)
    branches.read()
    (day,) = branches.listed()
    # The day was long ago: its digest is moved there.
    old = "2026-01-05"
    connection = branches.store.connection
    for kind in (keys.digest, keys.entries):
        connection.rename(kind(branches.id, day), kind(branches.id, old))
    connection.delete(keys.days(branches.id))
    connection.zadd(keys.days(branches.id), {old: 1})
    connection.delete(keys.read_at(branches.id))
    for _ in range(2):
        assert "last landings" in branches.run(finish_day, f"rollover:{branches.id}:{old}", branches.id, old)
    assert not branches.store.rollover(branches.id, old).is_closed


def test_days_before_a_first_digest_that_redis_forgot(branches):
    branches.push(5)
    branches.read()
    (today,) = branches.listed()
    branches.post(today, 3, 5)
    connection = branches.store.connection
    connection.delete(keys.digest(branches.id, today), keys.entries(branches.id, today))
    since = datetime.fromtimestamp(0, UTC).date().isoformat()
    branches.read(since=since)
    assert sorted(branches.positions()) == [0, 1, 2, 3]
    assert today not in branches.listed()


OLD, NEWER = "2026-01-05", "2026-01-06"


def emptied(branches):
    """Redis knows nothing of the repository."""
    branches.jobs.connection.delete(*branches.jobs.connection.scan_iter(match="ghapp:*"))


def test_a_range_that_is_read_twice_is_counted_once(branches):
    branches.push(5)
    branches.post(NEWER, 3, 5)
    emptied(branches)
    assert "read first" in branches.run(finish_day, f"rollover:{branches.id}:{NEWER}", branches.id, NEWER)
    assert branches.due() == {"landing"}
    for _ in range(2):
        branches.read()
        branches.run(finish_day, f"rollover:{branches.id}:{NEWER}", branches.id, NEWER)
    assert [(one.count, len(one.listed)) for one in (branches.digest(NEWER),)] == [(2, 2)]


def test_a_force_push_strikes_entries_of_a_closed_day_that_redis_forgot(branches):
    branches.post(OLD, 3, 6, "closed")
    branches.post(NEWER, 6, 8)
    branches.push(8)
    emptied(branches)
    branches.read()
    assert branches.listed() == {NEWER: [7, 8]}
    branches.push(5)
    branches.read(before=branches.names[8], after=branches.names[5], branch="main")
    assert branches.listed() == {OLD: [4, 5], NEWER: []}
    old, newer = branches.digest(OLD), branches.digest(NEWER)
    assert [entry.left for entry in old.entries] == [False, False, True]
    assert old.head_sha == newer.base_sha == newer.head_sha == branches.names[5]
    assert {"render", "entry"} <= branches.due()


def merged(branches, first, second):
    """A merge of two commits, with the files of the first."""
    git = ["git", f"--git-dir={branches.served.clone.path}", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    made = [*git, "commit-tree", f"{first}^{{tree}}", "-p", first, "-p", second, "-m", "Merge a branch"]
    return subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()


def test_a_force_push_that_merges_a_branch_begun_on_what_left(branches):
    branches.push(8)
    branches.read()
    other = add_commits(
        branches.served.clone.path, [SampleCommit("Anew", {"b.py": "b = 1\n"})], "anew", branches.names[5]
    )
    branches.names += [*other, merged(branches, other[0], branches.names[7])]
    branches.push(13)
    branches.read()
    # As git has the branch along first parents: what comes back with the merge's other side is the merge's.
    assert branches.positions() == [*range(4, 6), 12, 13]
    (digest,) = (branches.digest(day) for day in branches.store.days(branches.id))
    assert {branches.names.index(entry.commit_sha) for entry in digest.entries if entry.left} == {6, 7, 8}


@pytest.mark.parametrize("is_known", [True, False])
def test_a_force_push_takes_off_what_then_comes_back_by_a_merge(branches, is_known):
    today, before = ((datetime.now(UTC) - timedelta(days=days)).date().isoformat() for days in (0, 1))
    branches.post(before, 3, 6, "closed")
    branches.post(today, 6, 7)
    branches.push(7)
    emptied(branches)
    if is_known:
        branches.read()
        assert branches.listed() == {today: [7]}
    (other,) = add_commits(
        branches.served.clone.path, [SampleCommit("Anew", {"b.py": "b = 1\n"})], "anew", branches.names[4]
    )
    branches.names += [other, merged(branches, other, branches.names[7])]
    branches.push(12)
    branches.push(13)
    branches.read()
    # As git has the branch along first parents, and as it would be had it been read in between.
    assert branches.listed() == {before: [4], today: [12, 13]}
    assert branches.digest(before).head_sha == branches.digest(today).base_sha == branches.names[4]


def test_a_force_push_of_which_an_emptied_redis_knows_nothing(branches):
    branches.post(OLD, 3, 6, "closed")
    branches.post(NEWER, 6, 8)
    branches.push(8)
    emptied(branches)
    branches.push(5)
    branches.read()
    old = branches.digest(OLD)
    assert branches.listed() == {OLD: [4, 5]}
    assert [entry.left for entry in old.entries] == [False, False, True]
    assert (old.count, old.head_sha) == (2, branches.names[5])


def test_a_day_that_is_made_again_after_a_force_push_took_its_end(branches):
    branches.post(OLD, 3, 6)
    branches.post(NEWER, 4, 5)
    branches.push(5)
    emptied(branches)
    branches.read()
    branches.run(finish_day, f"rollover:{branches.id}:{OLD}", branches.id, OLD)
    old = branches.digest(OLD)
    assert [(branches.names.index(entry.commit_sha), entry.left) for entry in old.entries] == [
        (4, False),
        (5, True),
        (6, True),
    ]
    assert (old.count, old.head_sha) == (1, branches.names[4])
    assert branches.listed() == {OLD: [4], NEWER: [5]}


def test_a_closed_day_that_lost_its_end_before_its_page_said_so(branches):
    branches.post(OLD, 3, 6, "closed")
    branches.post(NEWER, 4, 5)
    branches.push(5)
    emptied(branches)
    branches.read()
    assert "rollover" in branches.due()
    assert "made again" in branches.run(finish_day, f"rollover:{branches.id}:{OLD}", branches.id, OLD)
    assert branches.listed() == {OLD: [4], NEWER: [5]}


def test_a_closed_day_whose_end_was_replaced_before_its_page_said_so(branches):
    (other,) = add_commits(
        branches.served.clone.path, [SampleCommit("Anew", {"b.py": "b = 1\n"})], "anew", branches.names[4]
    )
    branches.names.append(other)
    branches.post(OLD, 3, 6, "closed")
    branches.post(NEWER, 12, 12)
    branches.push(12)
    emptied(branches)
    branches.read()
    assert "rollover" in branches.due()
    branches.run(finish_day, f"rollover:{branches.id}:{OLD}", branches.id, OLD)
    old = branches.digest(OLD)
    found = [(branches.names.index(entry.commit_sha), entry.left) for entry in old.entries]
    assert found == [(4, False), (5, True), (6, True), (12, False)]
    assert (old.count, old.base_sha, old.head_sha) == (2, branches.names[3], other)


def test_two_days_that_lost_commits_before_their_pages_said_so(branches):
    before, third = "2026-01-04", "2026-01-07"
    branches.post(before, 3, 6, "closed")
    branches.post(OLD, 6, 8, "closed")
    branches.post(third, 4, 5)
    branches.push(5)
    emptied(branches)
    branches.read()
    for day in (OLD, before):
        assert f"rollover:{branches.id}:{day}" in waiting(branches.jobs)
        assert "made again" in branches.run(finish_day, f"rollover:{branches.id}:{day}", branches.id, day)
    assert branches.listed() == {before: [4], OLD: [], third: [5]}
    assert branches.digest(before).head_sha == branches.digest(OLD).base_sha == branches.names[4]


def test_a_closed_day_before_a_switch_of_the_branch_is_whole(branches):
    made = [SampleCommit(f"Next {n}", {"b.py": f"b = {n}\n"}) for n in range(2)]
    branches.names += add_commits(branches.served.clone.path, made, "next-history", branches.names[4])
    branches.post(OLD, 3, 6, "closed")
    branches.post(NEWER, 12, 13, pending=" switched")
    branches.push(13)
    emptied(branches)
    branches.read()
    assert f"rollover:{branches.id}:{OLD}" not in waiting(branches.jobs)
    assert branches.listed() == {NEWER: [13]}
    assert branches.digest(NEWER).notes == (("another", ""),)


def test_redis_that_is_emptied_while_a_day_is_made_again(branches):
    branches.post(OLD, 3, 4)
    branches.post(NEWER, 4, 5)
    branches.push(5)
    emptied(branches)
    branches.read()
    branches.side.control("/_faults", route=COMPARE, delay=2)
    # A force push that comes now is known to nobody once the branch is forgotten.
    emptying = threading.Timer(1.0, emptied, [branches])
    emptying.start()
    branches.run(finish_day, f"rollover:{branches.id}:{OLD}", branches.id, OLD)
    emptying.join()
    assert branches.digest(OLD) is None


def test_a_reading_that_redis_forgot_is_asked_for_again_by_the_day_that_waits_for_it(branches):
    branches.push(5)
    branches.read()
    (day,) = branches.listed()
    connection = branches.store.connection
    for kind in (keys.digest, keys.entries):
        connection.rename(kind(branches.id, day), kind(branches.id, OLD))
    connection.delete(keys.read_at(branches.id))
    branches.store.put_rollover(branches.id, OLD, "landed")
    assert "last landings" in branches.run(finish_day, f"rollover:{branches.id}:{OLD}", branches.id, OLD)
    assert "landing" in branches.due()


def test_a_newest_day_of_which_nothing_is_left(branches):
    branches.post(NEWER, 5, 7)
    branches.push(7)
    emptied(branches)
    branches.push(4)
    branches.read()
    assert "rollover" in branches.due()
    branches.run(finish_day, f"rollover:{branches.id}:{NEWER}", branches.id, NEWER)
    found = branches.digest(NEWER)
    assert [(branches.names.index(entry.commit_sha), entry.left) for entry in found.entries] == [(6, True), (7, True)]
    assert (found.count, found.base_sha, found.head_sha) == (0, branches.names[4], branches.names[4])


@pytest.mark.parametrize(("pending", "again"), [(" pending=2", [4, 5]), ("", [])])
def test_a_day_that_was_closed_with_analyses_pending_is_made_again(branches, pending, again):
    branches.post(OLD, 3, 5, "closed", pending)
    branches.post(NEWER, 5, 6)
    branches.push(6)
    emptied(branches)
    branches.read()
    assert "rollover" in branches.due()
    branches.run(finish_day, f"rollover:{branches.id}:{OLD}", branches.id, OLD)
    assert branches.listed().get(OLD, []) == again


def test_a_day_of_which_all_has_left_is_closed_all_the_same(branches):
    branches.post(OLD, 3, 3)
    branches.post(NEWER, 3, 5)
    branches.push(5)
    emptied(branches)
    branches.read()
    name = f"rollover:{branches.id}:{OLD}"
    assert "made again" in branches.run(finish_day, name, branches.id, OLD)
    branches.run(finish_day, name, branches.id, OLD)
    branches.read()
    assert branches.run(finish_day, name, branches.id, OLD) == ""
    assert branches.run(write_digest, f"render:{branches.id}:{OLD}", branches.id, OLD) == ""
    found = branches.side.client.get(f"/repositories/{branches.id}/issues", params={"state": "closed"})
    assert [f"day={OLD} page=0" in issue["body"] for issue in found] == [True]


def test_redis_that_is_emptied_again_before_the_cursor_is_moved(branches):
    branches.post(OLD, 3, 5)
    branches.post(NEWER, 5, 6)
    branches.push(7)
    emptied(branches)
    branches.side.control("/_faults", route=COMPARE, delay=2)
    # The digests were found, and what is new is read.
    emptying = threading.Timer(1.0, emptied, [branches])
    emptying.start()
    branches.read()
    emptying.join()
    assert branches.store.branch(branches.id).cursor == branches.names[7]
    assert f"rollover:{branches.id}:{OLD}" in waiting(branches.jobs)


def test_a_page_that_was_there_before_redis_was_emptied_does_not_keep_its_rows(branches):
    number = branches.post(NEWER, 3, 4)
    begin = f"<!-- ghapp:digest:v1 repository={branches.id} day={NEWER} "
    row = f"| 10:00:00 | Ann | [`{branches.names[4][:7]}`](x/commit/{branches.names[4]}) Title | | |"
    path = f"/repositories/{branches.id}/issues/{number}/comments"
    for page in (1, 2):
        branches.side.client.write("POST", path, {"body": f"{begin}page={page} -->\n{row}\n{CLOSING}\nMine."}, 201)
    branches.push(4)
    emptied(branches)
    branches.read()
    branches.run(write_digest, f"render:{branches.id}:{NEWER}", branches.id, NEWER)
    shown = [one.latest.body for one in branches.served.there.comments.values()]
    assert [branches.names[4] in body for body in shown] == [False, False]
    assert all(body.startswith(begin) and body.endswith("Mine.") for body in shown)
    issues = [one.latest.body for one in branches.served.there.issues.values() if one.latest.pull is None]
    assert [body.count(f"/commit/{branches.names[4]}") > 0 for body in issues] == [True]
