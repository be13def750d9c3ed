"""The same commit gets the same points from the worker, by way of GitHub, as from `ghapp rate` on a clone."""

import csv

import pytest

from ghapp import redis_server
from ghapp.demo.sample import SampleCommit
from ghapp.past_store import PastStore
from ghapp.store import Store
from tests.installation import HISTORY, System

pytestmark = pytest.mark.system

#: Commits before those that land; with fewer a history says little.
BEFORE, LANDED = 230, 14


def made():
    """Commits by several people, on files that some of them break and mend."""
    found = [SampleCommit("Begin", {"README.md": "# Begin\n"})]
    for number in range(1, BEFORE + LANDED):
        touched = {f"src/area_{number % 5}/part_{number % 23}.py": f"def run():\n    return {number}\n"}
        title = f"Add part {number} (#{number})"
        if number % 11 == 3:
            title = f"Fix crash in part {number % 23} (#{number})"
        if number % 13 == 5:
            title = f'Revert "{found[-1].message}" (#{number})'
            touched = dict(found[-1].files)
        found.append(SampleCommit(title, touched, author=f"Author {number % 7}"))
    return found


def points(assessment):
    return assessment.importance.points, assessment.risk.points


def test_entries_have_the_points_that_rate_gives(tmp_path):
    with System(**HISTORY) as system:
        project = system.repository("same", made(), BEFORE - 1)
        # One at a time, several at once, and while a history is not there yet.
        for head in (BEFORE, BEFORE + 1, BEFORE + 8, BEFORE + LANDED - 1):
            project.push(head)
            if head > BEFORE:
                system.wait(lambda head=head: project.is_whole(BEFORE - 1, head))
        connection = redis_server.connect(f"unix://{system.folder}/redis/redis.sock")
        store, number = Store(connection), project.there.repository_id
        entries = [entry for day in store.days(number) for entry in store.digest(number, day).listed]
        assert len(entries) == LANDED
        assert len(PastStore(connection).newest(number).missing) == 0
        rated = system.command("rate", str(project.clone.path), "--csv", str(tmp_path / "rated.csv"))
        assert rated.returncode == 0, rated.stderr
        with (tmp_path / "rated.csv").open() as file:
            rows = {row["sha"]: row for row in csv.DictReader(file)}
        wanted = {
            e.commit_sha: (int(rows[e.commit_sha]["importance_points"]), int(rows[e.commit_sha]["risk_points"]))
            for e in entries
        }
        assert {e.commit_sha: points(e.assessment) for e in entries} == wanted
        assert {e.assessment.history for e in entries} == {"used"}
        reads = system.requests()["by_route"]["GET /repos/{}/commits/{}"]
        assert reads <= LANDED
