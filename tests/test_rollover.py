"""The end of a day, with the real processes and a calendar that runs faster than the clock."""

import re
import time
from datetime import UTC, datetime

import pytest

from ghapp.demo.sample import SampleCommit, add_commits
from ghapp.neutral import SPLIT
from ghapp.redis_server import connect
from tests.installation import ROW, System, commits

pytestmark = pytest.mark.system

RANGE = re.compile(r"day=(\S+) page=0 base=(\S+) head=(\S+) zone=")
#: A day of the calendar is two minutes of the clock.
SPEED = 720


class Days(System):
    """A system whose calendar begins at a given time; `set_calendar` before it is started again."""

    def __init__(self, start, **environ):
        super().__init__(**environ)
        self.set_calendar(start)

    def set_calendar(self, start):
        begins = datetime.fromisoformat(start).replace(tzinfo=UTC)
        self.environ["GHAPP_CALENDAR"] = self.world.set_calendar(SPEED, begins)

    def now(self):
        return self.world.now().isoformat()


def digests(project):
    """Day -> (issue, base, head, listed) of each digest."""
    found = {}
    for issue in project.digests():
        day, base, head = RANGE.search(issue.body).groups()
        assert day not in found
        found[day] = (issue, base, head, ROW.findall(issue.body))
    return dict(sorted(found.items()))


def tiles(project, start):
    """Whether each digest begins where the one before it ends, and all list what git says."""
    base = project.names[start]
    for _, begin, head, listed in digests(project).values():
        if begin != base or sorted(listed) != sorted(project.clone.first_parents(begin, head)):
            return False
        base = head
    return True


def test_a_finished_day_is_closed_and_linked_and_a_force_push_reaches_back():
    with Days("2026-03-01T21:40") as system:
        project = system.repository("two-days", commits(8), 1)
        project.push(3)
        system.wait(lambda: project.is_whole(1, 3))
        assert list(digests(project)) == ["2026-03-01"]
        system.wait(lambda: project.digests()[0].state == "closed", 60)
        project.push(5)
        system.wait(lambda: "2026-03-02" in digests(project))
        first, second = (found[0] for found in digests(project).values())
        system.wait(lambda: f"2026-03-02 (#{SPLIT}{second.number}) →" in digests(project)["2026-03-01"][0].body)
        assert f"← 2026-03-01 (#{SPLIT}{first.number})" in digests(project)["2026-03-02"][0].body
        assert tiles(project, 1)
        made = [SampleCommit("Begin the end anew", {"new.py": "NEW = 1\n"})]
        (new,) = add_commits(project.clone.path, made, "again", project.names[2])
        project.push_name(new)
        system.wait(lambda: new in project.listed())
        system.wait(lambda: digests(project)["2026-03-01"][2] == project.names[2])
        assert digests(project)["2026-03-02"][1:3] == (project.names[2], new)
        assert digests(project)["2026-03-01"][0].body.count("~~") == 2
        assert project.digests()[0].state == "closed"


def test_days_on_which_nothing_ran_get_their_digests_and_empty_days_none():
    with Days("2026-03-01T20:00", GHAPP_REPAIR_INTERVAL="5") as system:
        project = system.repository("away", commits(10), 1)
        project.push(2)
        system.wait(lambda: project.is_whole(1, 2))
        system.stop()
        for day, position in (("2026-03-03T08:00", 4), ("2026-03-06T09:00", 5), ("2026-03-20T10:00", 7)):
            system.set_calendar(day)
            project.push(position, deliver="lost" if position == 5 else False)
        system.set_calendar("2026-03-21T11:00")
        system.start()
        days = ["2026-03-01", "2026-03-03", "2026-03-06", "2026-03-20"]
        system.wait(lambda: list(digests(project)) == days, 60)
        assert tiles(project, 1)
        system.wait(lambda: all(issue.state == "closed" for issue in project.digests()), 60)
        assert [len(found[3]) for found in digests(project).values()] == [1, 2, 1, 2]


def test_redis_emptied_before_a_day_was_closed():
    with Days("2026-03-01T20:00") as system:
        project = system.repository("emptied", commits(8), 1)
        project.push(3)
        system.wait(lambda: project.is_whole(1, 3))
        system.stop()
        system.set_calendar("2026-03-02T10:00")
        system.start()
        connect(f"unix://{next(system.folder.glob('redis/*.sock'))}").flushall()
        project.push(6)
        system.wait(lambda: list(digests(project)) == ["2026-03-01", "2026-03-02"] and tiles(project, 1))
        system.wait(lambda: digests(project)["2026-03-01"][0].state == "closed", 60)
        assert tiles(project, 1)
        time.sleep(1)
        assert len(project.digests()) == 2
