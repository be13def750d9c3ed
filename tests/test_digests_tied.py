"""Reverts and mends across days, with the real processes and a calendar that runs faster than the clock."""

import pytest

from ghapp.demo.sample import SampleCommit, add_commits
from ghapp.neutral import SPLIT
from tests.test_rollover import Days, digests

pytestmark = pytest.mark.system

MONDAY, TUESDAY = "2026-03-02", "2026-03-03"
MADE = [
    SampleCommit("Begin", {"app.py": "a = 1\n"}),
    SampleCommit("Keep rows (#11)", {"app.py": "a = 2\n"}),
    SampleCommit("Count columns (#12)", {"columns.py": "b = 1\n"}),
    SampleCommit('Revert "Keep rows" (#21)\n\nReverts acme/tied#11', {"app.py": "a = 1\n"}),
    SampleCommit("Mend the sums (#22)\n\nFollow-up to #12, which broke them", {"columns.py": "b = 2\n"}),
]


def body(project, day):
    found = digests(project).get(day)
    return found[0].body if found else ""


def test_both_days_say_what_was_reverted_and_mended_and_a_force_push_unsays_it():
    with Days(f"{MONDAY}T20:00") as system:
        project = system.repository("tied", MADE)
        project.push(2)
        system.wait(lambda: project.is_whole(0, 2))
        assert list(digests(project)) == [MONDAY]
        system.stop()
        system.set_calendar(f"{TUESDAY}T10:00")
        system.start()
        project.push(4)
        system.wait(lambda: f"↩ reverts #{SPLIT}11" in body(project, TUESDAY), 60)
        system.wait(lambda: f"#{SPLIT}12" in body(project, TUESDAY))
        system.wait(lambda: f"↩ reverted by #{SPLIT}21" in body(project, MONDAY))
        system.wait(lambda: f"followed up by #{SPLIT}22" in body(project, MONDAY))
        # Nothing else writes it again then.
        system.wait(lambda: digests(project)[MONDAY][0].state == "closed", 60)
        made = [SampleCommit("Begin the day anew", {"new.py": "NEW = 1\n"})]
        (new,) = add_commits(project.clone.path, made, "again", project.names[2])
        project.push_name(new)
        system.wait(lambda: f"#{SPLIT}21" not in body(project, MONDAY))
        system.wait(lambda: f"#{SPLIT}22" not in body(project, MONDAY))
        system.wait(lambda: new in project.listed())
        assert list(digests(project)) == [MONDAY, TUESDAY]
