"""What happens to a digest between two steps of a job: force pushes, lost answers, put-off pages, an emptied Redis."""

import threading
from dataclasses import replace

import pytest
from githubkit.exception import RequestError

from ghapp import keys
from ghapp.cards import update_card
from ghapp.demo.sample import SampleCommit
from ghapp.digest import Branch, Digest, Entry
from ghapp.digest_page import page_marker
from ghapp.digests import assess_entry, write_digest
from ghapp.github import Installation, RefusedError
from ghapp.jobqueue import PostponedError
from ghapp.neutral import SPLIT
from ghapp.publish import CLOSING, LAG_SECONDS
from ghapp.slots import AT_CLOSING
from ghapp.store import Step
from ghapp.work import Work
from tests.client import GitHubSide

MONDAY, TUESDAY = "2026-01-05", "2026-01-06"
ISSUES, COMMENTS = "POST /repos/{}/issues", "POST /repos/{}/issues/{}/comments"
HISTORY = [
    SampleCommit("Begin", {"app.py": "a = 1\n"}),
    SampleCommit("Keep rows (#11)", {"app.py": "a = 2\n"}),
    SampleCommit("Keep columns (#12)", {"app.py": "a = 3\n"}),
]


class Digests:
    """One repository with digests, and the jobs that write them."""

    def __init__(self, side, store, jobs):
        self.side, self.store, self.jobs = side, store, jobs
        self.served = side.serve("raced", HISTORY)
        self.id = self.served.id
        self.settings = replace(side.settings, render_interval=0)

    def land(self, day, *names):
        """Entries of commits with these names; those of the repository by their positions."""
        names = [self.served.names[one] if isinstance(one, int) else one for one in names]
        entries = tuple(Entry(name, at, 1000 + at, f"Title {at}", "Ann") for at, name in enumerate(names))
        before = self.store.branch(self.id)
        digest = Digest(self.id, day, before.cursor if before else None, names[-1], entries)
        step = Step(before, Branch("main", names[-1], 1000, day), (digest,))
        assert self.store.advance(self.id, step, lambda _: None)

    def take_off(self, *positions):
        """A force push takes commits off."""
        before = self.store.branch(self.id)
        left = frozenset(self.served.names[one] for one in positions)
        step = Step(before, replace(before, cursor=self.served.names[0]), (), left=left, left_to=self.served.names[0])
        assert self.store.advance(self.id, step, lambda _: None)

    def run(self, feature, key, *names, client=None):
        """Work one key; the seconds after which that is to be repeated, None: it is not."""
        again = None
        # One that is to be repeated later would not be taken now.
        self.jobs.connection.delete(keys.LINES, *self.jobs.connection.scan_iter(match=f"{keys.LINE}*"))
        self.jobs.mark(key, self.side.installation)
        with self.jobs.taken() as lease:
            assert lease.key == key
            try:
                feature(Work(lease, self.settings, self.jobs, self.store, client or self.side.client, None), *names)
            except PostponedError as error:
                again = error.seconds
                raise
        return again

    def render(self, day, client=None):
        """Write a digest, as `run` does."""
        self.jobs.connection.delete(keys.DUE + f"render:{self.id}:{day}")
        return self.run(write_digest, f"render:{self.id}:{day}", self.id, day, client=client)

    def slot(self, day):
        return self.store.page(self.id, day, 0)

    def issues(self):
        return [one.latest for one in self.served.there.issues.values() if not one.latest.deleted]

    def post(self, day):
        """An issue of ours that we know nothing of, as a create makes it that was given up."""
        body = f"{page_marker(self.id, day, 0)}base=- head={'a' * 40} zone=UTC -->\n{CLOSING}"
        asked = {"title": "Digest", "body": body, "labels": ["ghapp-digest"]}
        return self.side.client.write("POST", f"/repositories/{self.id}/issues", asked, 201)["number"]

    def cards(self):
        return [one.latest for one in self.served.there.comments.values() if not one.latest.deleted]

    def is_due(self, day):
        return bool(self.jobs.connection.exists(f"{keys.DUE}render:{self.id}:{day}"))


@pytest.fixture
def digests(redis_url, store, jobs, tmp_path):
    with GitHubSide(redis_url, tmp_path) as side:
        yield Digests(side, store, jobs)


def test_a_force_push_while_a_commit_is_assessed_is_not_undone(digests):
    digests.land(MONDAY, 0, 1)
    name = digests.served.names[1]
    digests.side.control("/_faults", route="GET /repos/{}/commits/{}", delay=1.5)
    asked = digests.side.client.requests
    key = f"entry:{digests.id}:{MONDAY}:{name}"
    job = threading.Thread(target=digests.run, args=(assess_entry, key, digests.id, MONDAY, name))
    job.start()
    while digests.side.client.requests == asked:
        assert job.is_alive()
    digests.take_off(1)
    job.join()
    entry = digests.store.entry(digests.id, MONDAY, name)
    assert (entry.left, entry.files, entry.added) == (True, 1, 1)
    assert entry.assessment


def test_an_assessment_of_what_expired_meanwhile_leaves_nothing_behind(digests):
    digests.land(MONDAY, 0)
    entry = digests.store.entry(digests.id, MONDAY, digests.served.names[0])
    digests.store.connection.delete(keys.entries(digests.id, MONDAY))
    digests.store.put_entry(digests.id, MONDAY, replace(entry, files=1))
    assert not digests.store.connection.exists(keys.entries(digests.id, MONDAY))


def created_in_doubt(digests):
    """Monday's issue, made after a create that got no answer and that no list showed."""
    digests.land(MONDAY, 0, 1)
    digests.side.control("/_faults", route=ISSUES, reset=True)
    with pytest.raises(RequestError):
        digests.render(MONDAY)
    digests.slot(MONDAY).intend(digests.store.now() - LAG_SECONDS)
    assert digests.render(MONDAY) == pytest.approx(LAG_SECONDS, abs=1)
    (issue,) = digests.issues()
    return issue.number


def pass_time(digests):
    slot = digests.slot(MONDAY)
    slot.publish(slot.id, slot.written, doubtful=digests.store.now() - 60)


def states(digests):
    return {issue.number: (issue.state, issue.state_reason) for issue in digests.issues()}


def test_of_a_create_that_lands_late_nothing_is_left(digests):
    number = created_in_doubt(digests)
    late = digests.post(MONDAY)
    # Not before it is time.
    assert digests.render(MONDAY) is not None
    assert states(digests)[late][0] == "open"
    pass_time(digests)
    assert digests.render(MONDAY) is None
    assert states(digests) == {number: ("open", None), late: ("closed", "not_planned")}
    assert digests.slot(MONDAY).doubtful == AT_CLOSING


def test_once_more_when_the_day_is_closed(digests):
    number = created_in_doubt(digests)
    pass_time(digests)
    assert digests.render(MONDAY) is None
    late = digests.post(MONDAY)
    assert digests.render(MONDAY) is None
    assert states(digests)[late][0] == "open"
    digests.store.put_rollover(digests.id, MONDAY, "closed")
    assert digests.render(MONDAY) is None
    assert states(digests) == {number: ("closed", "completed"), late: ("closed", "not_planned")}
    assert digests.slot(MONDAY).doubtful is None


def test_a_day_is_not_closed_before_the_second_look(digests):
    number = created_in_doubt(digests)
    digests.store.put_rollover(digests.id, MONDAY, "closed")
    assert digests.render(MONDAY) is not None
    assert states(digests) == {number: ("open", None)}


def test_the_older_one_is_taken_over_with_the_text(digests):
    older = digests.post(MONDAY)
    digests.land(MONDAY, 0, 1)
    newer = digests.post(MONDAY)
    digests.slot(MONDAY).publish(newer, "", doubtful=digests.store.now() - 60)
    assert digests.render(MONDAY) is None
    assert states(digests) == {older: ("open", None), newer: ("closed", "not_planned")}
    assert "Title 1" in digests.issues()[0].body
    assert digests.slot(MONDAY).id == older


def test_the_other_digest_is_linked_though_a_later_page_is_put_off(digests):
    digests.land(MONDAY, 0)
    digests.render(MONDAY)
    digests.land(TUESDAY, *(f"{n:040x}" for n in range(60)))
    digests.side.control("/_faults", route=COMMENTS, status=500)
    with pytest.raises(RefusedError):
        digests.render(TUESDAY)
    assert digests.is_due(MONDAY)
    digests.render(MONDAY)
    monday, tuesday = digests.issues()
    assert f"{TUESDAY} (#{SPLIT}{tuesday.number}) →" in monday.body
    assert f"← {MONDAY} (#{SPLIT}{monday.number})" in tuesday.body


def test_what_is_linked_already_is_not_written_again(digests):
    for day, position in ((MONDAY, 0), (TUESDAY, 1)):
        digests.land(day, position)
        digests.render(day)
    digests.render(MONDAY)
    digests.render(TUESDAY)
    assert not digests.is_due(MONDAY)


def test_a_closed_day_that_redis_forgot_is_linked_with_the_next(digests):
    digests.land(MONDAY, 0)
    digests.render(MONDAY)
    digests.store.connection.flushall()
    digests.land(TUESDAY, 1)
    digests.side.requests()
    digests.render(TUESDAY)
    monday, tuesday = digests.issues()
    assert f"← {MONDAY} (#{SPLIT}{monday.number})" in tuesday.body
    # Before it is written first, and never again.
    digests.side.requests()
    digests.land(TUESDAY, 2)
    digests.render(TUESDAY)
    assert "GET /repos/{}/issues" not in digests.side.requests()


def test_a_dry_run_leaves_the_closing_to_be_done(digests):
    digests.land(MONDAY, 0)
    digests.render(MONDAY)
    digests.store.put_rollover(digests.id, MONDAY, "closed")
    settings = replace(digests.settings, dry_run=True)
    with Installation(settings, settings.credentials, digests.side.connection, digests.side.installation) as dry:
        digests.render(MONDAY, client=dry)
    assert not digests.store.rollover(digests.id, MONDAY).is_written
    assert digests.issues()[0].state == "open"
    digests.render(MONDAY)
    assert digests.issues()[0].state == "closed"


@pytest.mark.parametrize("closed", [False, True])
def test_a_second_card_that_lands_late_is_deleted(digests, closed):
    ends = {"base_sha": digests.served.names[0], "head_sha": digests.served.names[1]}
    number = digests.side.control("/_pull", repository=digests.served.full_name, **ends)["number"]
    work = (update_card, f"card:{digests.id}:{number}", digests.id, number)
    digests.side.control("/_faults", route=COMMENTS, reset=True)
    with pytest.raises(RequestError):
        digests.run(*work)
    slot = digests.store.card(digests.id, number)
    slot.intend(digests.store.now() - LAG_SECONDS)
    assert digests.run(*work) == pytest.approx(LAG_SECONDS, abs=1)
    (card,) = digests.cards()
    path = f"/repositories/{digests.id}/issues/{number}/comments"
    digests.side.client.write("POST", path, {"body": card.body}, 201)
    slot.publish(card.comment_id, "", doubtful=digests.store.now() - 60)
    if closed:
        changes = {"state": "closed"}
        digests.side.control("/_edit", repository=digests.served.full_name, number=number, changes=changes)
    assert digests.run(*work) is None
    assert [one.comment_id for one in digests.cards()] == [card.comment_id]
