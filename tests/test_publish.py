import itertools
from dataclasses import replace

import pytest
from githubkit.exception import RequestError

from ghapp import keys
from ghapp.demo.sample import SampleCommit
from ghapp.github import Installation
from ghapp.jobqueue import PostponedError
from ghapp.publish import CLOSING, LAG_SECONDS, Comments, Issue, added_by_people, publish
from ghapp.store import Store
from tests.client import GitHubSide

MARKER = "<!-- ghapp:card:v1 repository=1 number=1 "
NUMBERS = itertools.count()


def text(said):
    return f"{MARKER}head=abc -->\n{said}\n{CLOSING}"


@pytest.fixture(scope="module")
def side(redis_url, tmp_path_factory):
    with GitHubSide(redis_url, tmp_path_factory.mktemp("served")) as made:
        yield made


class Published:
    """One thing to publish, in a repository of its own, with what stands on GitHub of it."""

    def __init__(self, side, place):
        self.side, self.store = side, Store(side.connection)
        made = [SampleCommit("Begin", {"a": "1\n"}), SampleCommit("Work", {"a": "2\n"})]
        self.served = side.serve(f"published-{next(NUMBERS)}", made)
        ends = {"base_sha": self.served.names[0], "head_sha": self.served.names[1]}
        self.number = side.control("/_pull", repository=self.served.full_name, **ends)["number"]
        self.place = place(self, side.client)
        side.writes()

    def slot(self):
        return self.store.card(self.served.id, self.number)

    def __call__(self, said, client=None):
        return publish(self.store, self.slot(), client or self.side.client, self.place, text(said))

    def comments(self):
        shown = (versions.latest for versions in self.served.there.comments.values())
        return [one for one in shown if not one.deleted]

    def issues(self):
        shown = (versions.latest for versions in self.served.there.issues.values())
        return [one for one in shown if one.pull is None and not one.deleted]


def comment_on(published, client):
    return Comments(client, published.served.id, published.number, MARKER)


def issue_in(published, client):
    return Issue(client, published.served.id, MARKER, "Daily digest", "ghapp-digest")


@pytest.fixture
def comment(side):
    return Published(side, comment_on)


@pytest.fixture
def issue(side):
    return Published(side, issue_in)


def test_a_comment_is_created_once_and_edited_in_place(comment, side):
    number = comment("one")
    assert (comment.comments()[0].body, side.writes()) == (text("one"), 1)
    before = side.client.requests
    assert comment("one") == number
    assert side.client.requests == before
    assert comment("two") == number
    assert (len(comment.comments()), comment.comments()[0].body, side.writes()) == (1, text("two"), 1)


def test_an_issue_is_created_once_and_edited_in_place(issue, side):
    number = issue("one")
    assert issue("two") == number
    (made,) = issue.issues()
    assert (made.number, made.title, made.body, made.labels) == (number, "Daily digest", text("two"), ("ghapp-digest",))
    assert side.writes() == 2


def test_what_redis_forgot_is_found_again_and_not_written_when_it_is_right(comment, side):
    number = comment("one")
    comment.slot().forget()
    side.writes()
    assert comment("one") == number
    assert side.writes() == 0


def test_after_a_lost_answer_it_waits_looks_and_creates_nothing(comment, side):
    side.control("/_faults", route="POST /repos/{}/issues/{}/comments", lose=True)
    with pytest.raises(RequestError):
        comment("one")
    assert len(comment.comments()) == 1
    with pytest.raises(PostponedError):
        comment("one")
    comment.slot().intend(comment.store.now() - LAG_SECONDS)
    assert comment("one") == comment.comments()[0].comment_id
    assert len(comment.comments()) == 1


def test_a_create_that_never_arrived_is_sent_again(comment, side):
    side.control("/_faults", route="POST /repos/{}/issues/{}/comments", reset=True)
    with pytest.raises(RequestError):
        comment("one")
    assert comment.comments() == []
    comment.slot().intend(comment.store.now() - LAG_SECONDS)
    comment("one")
    assert len(comment.comments()) == 1


COMMENTS = "POST /repos/{}/issues/{}/comments"


def fail_to_create(comment, side, **fault):
    side.control("/_faults", route=COMMENTS, reset=True, **fault)
    with pytest.raises(RequestError):
        comment("one")


def test_the_lag_begins_when_the_request_has_failed(comment, side):
    begun = comment.store.now()
    fail_to_create(comment, side, delay=1.5)
    assert comment.slot().intent >= begun + 1.5


def test_what_is_created_after_a_lost_answer_is_doubtful(comment, side):
    fail_to_create(comment, side)
    comment.slot().intend(comment.store.now() - LAG_SECONDS)
    comment("one")
    made = comment.store.now()
    assert comment.slot().doubtful == pytest.approx(made, abs=1)
    comment("two")
    assert comment.slot().doubtful == pytest.approx(made, abs=1)


def test_a_limit_between_the_two_creates_changes_nothing_about_that(comment, side):
    fail_to_create(comment, side)
    comment.slot().intend(comment.store.now() - LAG_SECONDS)
    side.control("/_faults", route=COMMENTS, status=403, headers={"retry-after": "1"})
    with pytest.raises(PostponedError):
        comment("one")
    # The limit is over.
    side.connection.delete(keys.LIMITED)
    comment("one")
    assert comment.slot().doubtful


def test_what_is_created_without_a_fault_is_not_doubtful(comment, side):
    side.control("/_faults", route=COMMENTS, status=403, headers={"retry-after": "1"})
    with pytest.raises(PostponedError):
        comment("one")
    side.connection.delete(keys.LIMITED)
    comment("one")
    assert comment.slot().doubtful is None


def test_of_two_comments_the_older_stays(comment, side):
    path = f"/repositories/{comment.served.id}/issues/{comment.number}/comments"
    ids = [side.client.write("POST", path, {"body": text(said)}, 201)["id"] for said in ("one", "two", "three")]
    assert comment("four") == ids[0]
    assert [(one.comment_id, one.body) for one in comment.comments()] == [(ids[0], text("four"))]


def test_of_two_issues_the_lower_number_stays_and_the_other_is_closed(issue, side):
    asked = {"title": "Daily digest", "body": text("one"), "labels": ["ghapp-digest"]}
    path = f"/repositories/{issue.served.id}/issues"
    numbers = [side.client.write("POST", path, asked, 201)["number"] for _ in range(2)]
    assert issue("two") == numbers[0]
    assert [(one.number, one.state) for one in issue.issues()] == [(numbers[0], "open"), (numbers[1], "closed")]
    assert issue.issues()[1].body == text("one")


def test_a_marker_that_a_person_wrote_is_not_adopted(comment, side):
    said = {"repository": comment.served.full_name, "number": comment.number, "body": text("forged")}
    forged = side.control("/_comment", **said)["comment_id"]
    number = comment("one")
    assert number != forged
    assert [one.body for one in comment.comments()] == [text("forged"), text("one")]


def test_a_marker_that_is_not_the_first_line_is_not_adopted(comment, side):
    path = f"/repositories/{comment.served.id}/issues/{comment.number}/comments"
    other = side.client.write("POST", path, {"body": "About " + text("x")}, 201)["id"]
    assert comment("one") != other


def test_what_people_wrote_below_is_kept_with_whatever_line_ends(comment, side):
    number = comment("one")
    edited = (text("one, edited") + "\n\n- [x] seen\n").replace("\n", "\r\n")
    changes = {"repository": comment.served.full_name, "comment_id": number, "changes": {"body": edited}}
    side.control("/_edit", **changes)
    comment("two")
    assert comment.comments()[0].body == text("two") + "\n\n- [x] seen\n"
    side.writes()
    comment("three")
    assert comment.comments()[0].body == text("three") + "\n\n- [x] seen\n"
    assert side.writes() == 1


def test_what_people_wrote_does_not_grow_with_each_write(comment, side):
    number = publish(comment.store, comment.slot(), side.client, comment.place, text("one") + "\n")
    changes = {"body": text("one") + "\n\nseen"}
    side.control("/_edit", repository=comment.served.full_name, comment_id=number, changes=changes)
    for said in ("two", "three", "four"):
        publish(comment.store, comment.slot(), side.client, comment.place, text(said) + "\n")
    assert comment.comments()[0].body == text("four") + "\n\nseen"
    comment.slot().forget()
    side.writes()
    publish(comment.store, comment.slot(), side.client, comment.place, text("four") + "\n")
    assert side.writes() == 0


def test_much_that_people_wrote_cannot_stop_us(comment, side):
    number = comment("x" * 60_000)
    changes = {"body": text("x" * 60_000) + "y" * 5_000}
    side.control("/_edit", repository=comment.served.full_name, comment_id=number, changes=changes)
    comment("z" * 64_000)
    assert comment.comments()[0].body.startswith(text("z" * 64_000) + "yyy")


def test_text_without_our_closing_marker_is_restored():
    assert added_by_people("all of it is gone") == ""
    assert added_by_people(text("x")) == ""
    assert added_by_people(text("x") + "y" + CLOSING) == "y" + CLOSING


@pytest.mark.parametrize("place", [comment_on, issue_in])
def test_what_people_deleted_is_made_again(side, place):
    published = Published(side, place)
    number = published("one")
    name = "comment_id" if place is comment_on else "number"
    side.control("/_edit", repository=published.served.full_name, **{name: number}, changes={"deleted": True})
    assert published("one") == number
    # It may only be too new to be shown, so that the list is waited for before another one is made.
    for _ in range(2):
        with pytest.raises(PostponedError):
            published("two")
    published.slot().intend(published.store.now() - 60)
    assert published("two") != number
    shown = published.comments() if place is comment_on else published.issues()
    assert [one.body for one in shown] == [text("two")]


def test_a_dry_run_creates_nothing_and_changes_nothing(comment, side):
    settings = replace(side.settings, dry_run=True)
    with Installation(settings, settings.credentials, side.connection, side.installation) as dry:
        place = replace(comment.place, github=dry)
        assert publish(comment.store, comment.slot(), dry, place, text("one")) == 0
        number = comment("one")
        assert publish(comment.store, comment.slot(), dry, place, text("two")) == number
    assert [one.body for one in comment.comments()] == [text("one")]
    assert comment("two") == number
    assert comment.comments()[0].body == text("two")
