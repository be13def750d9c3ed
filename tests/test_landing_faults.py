"""Landings that nobody told of, and branches that people rewrite: with the real processes, nothing is missing."""

import re
import time

import pytest

from ghapp.demo.sample import SampleCommit, add_commits
from ghapp.redis_server import connect
from tests.installation import System, commits

pytestmark = pytest.mark.system

RANGE = re.compile(r"base=(\S+) head=(\S+) zone=")
STRUCK = re.compile(r"^\| [^|]+ \|.*~~", re.MULTILINE)


@pytest.fixture(scope="module")
def system():
    with System() as made:
        yield made


def flush(system):
    connect(f"unix://{next(system.folder.glob('redis/*.sock'))}").flushall()


def ranges(project):
    """The range of each digest by its day, as the markers say it."""
    found = sorted(project.digests(), key=lambda digest: digest.title)
    return [RANGE.search(digest.body).groups() for digest in found]


def test_a_first_digest_begins_at_the_installation_whatever_was_lost(system):
    project = system.repository("first-lost", commits(6), 1)
    project.push(2, deliver=False)
    project.push(3, deliver="lost")
    project.push(5)
    system.wait(lambda: project.is_whole(1, 5))


def test_redis_emptied_before_the_first_digest_was_written(system):
    with System(GHAPP_RENDER_DELAY="600") as own:
        project = own.repository("flushed", commits(5), 1)
        project.push(3)
        own.wait(lambda: "entry:" in own.logged())
        own.stop()
        own.environ["GHAPP_RENDER_DELAY"] = "0.3"
        own.start()
        flush(own)
        assert project.digests() == []
        project.push(4)
        own.wait(lambda: project.is_whole(1, 4))


def test_a_force_push_after_which_github_has_thrown_the_last_commit_away(system):
    project = system.repository("collected", commits(5), 1)
    project.push(4)
    system.wait(lambda: project.is_whole(1, 4))
    path = project.clone.path
    (new,) = add_commits(path, [SampleCommit("Another end", {"new.py": "NEW = 1\n"})], "again", project.names[2])
    project.names.append(new)
    gone = project.names[3:5]
    system.control("/_push", repository=project.full_name, branch="main", head_sha=new)
    system.control("/_collect", repository=project.full_name, commits=gone)
    system.wait(lambda: new in project.listed())
    system.wait(lambda: sorted(project.listed()) == sorted([*gone, project.names[2], new]))
    assert len(STRUCK.findall(project.digests()[0].body)) == 2
    assert ranges(project) == [(project.names[1], new)]


def test_a_branch_that_was_merged_into_another_one_and_then_became_it(system):
    """The old head becomes the second parent of the new one: its commits stay, and each is listed once."""
    project = system.repository("foxtrot", commits(4), 1)
    project.push(3)
    system.wait(lambda: project.is_whole(1, 3))
    beside = [SampleCommit("Work beside", {"beside.py": "A = 1\n"})]
    (own,) = add_commits(project.clone.path, beside, "beside", project.names[1])
    merge = project.merge_of(own, project.names[3])
    project.push_name(merge)
    system.wait(lambda: sorted(project.listed()) == sorted([*project.names[2:4], own, merge]))
    assert ranges(project) == [(project.names[1], merge)]


def test_an_issue_that_people_delete_is_made_again_once(system):
    project = system.repository("deleted", commits(6), 1)
    for position in (2, 3):
        project.push(position)
        system.wait(lambda to=position: project.is_whole(1, to))
        (number,) = [n for n, issue in project.there.issues.items() if not issue.latest.deleted]
        system.control("/_issue", repository=project.full_name, number=number, action="deleted")
    project.push(4)
    system.wait(lambda: "deleted twice" in system.logged())
    assert all(issue.latest.deleted for issue in project.there.issues.values())
    assert len(project.there.issues) == 2


def test_an_issue_that_people_move_is_made_again_here_and_left_alone_there(system):
    project, other = system.repository("moved-from", commits(5), 1), system.repository("moved-to", commits(2), 1)
    project.push(2)
    system.wait(lambda: project.is_whole(1, 2))
    body = {"repository": project.full_name, "number": project.digests()[0].number, "action": "transferred"}
    number = system.control("/_issue", to=other.full_name, **body)["number"]
    before = other.there.issues[number].latest.body
    project.push(4)
    system.wait(lambda: project.is_whole(1, 4))
    assert other.there.issues[number].latest.body == before


def test_another_default_branch_is_said_by_a_digest(system):
    project = system.repository("switched", commits(6), 1)
    project.push(2)
    system.wait(lambda: project.is_whole(1, 2))
    (side,) = add_commits(project.clone.path, [SampleCommit("Side", {"s.py": "S = 1\n"})], "next", project.names[0])
    system.control("/_push", repository=project.full_name, branch="next", head_sha=side)
    system.control("/_repository", repository=project.full_name, action="edited", default_branch="next")
    system.wait(lambda: "default branch" in project.digests()[0].body)
    (last,) = add_commits(project.clone.path, [SampleCommit("Last", {"s.py": "S = 2\n"})], "next", side)
    system.control("/_push", repository=project.full_name, branch="next", head_sha=last)
    system.wait(lambda: project.listed() == [last, project.names[2]])
    time.sleep(1)
    assert len(project.digests()) == 1
