"""GitHub's limits, met by the real processes: one installation is stopped and no other, nothing is lost or doubled."""

import time

import pytest

from ghapp import keys, redis_server
from ghapp.demo.sample import SampleCommit
from tests.installation import System, commits

pytestmark = pytest.mark.system

COMMENTS = "POST /repos/{}/issues/{}/comments"
SECONDARY = {"message": "You have exceeded a secondary rate limit and have been temporarily blocked."}


@pytest.fixture(scope="module")
def system():
    # One worker alone: if it slept, or went on asking, nobody else would be served.
    with System(GHAPP_WORKERS="1", GHAPP_RENDER_DELAY="2") as made:
        made.redis = redis_server.connect(f"unix://{made.folder}/redis/redis.sock")
        yield made
        made.redis.close()


def installation_of(project):
    return project.system.world.installation_of(project.there).installation_id


def limited_for(project):
    """For how many seconds more the installation of a project is limited; negative: it is not."""
    system = project.system
    ends = system.redis.zscore(keys.LIMITED, installation_of(project)) or 0
    seconds, micros = system.redis.time()
    return ends - seconds - micros / 1e6


def asked_of(project):
    """What was asked of GitHub for one installation since the requests were reset, tokens included."""
    number, repository = installation_of(project), project.there.repository_id
    places = (f"/app/installations/{number}/", f"/repositories/{repository}/", f"/repos/{project.full_name}/")
    log = project.system.requests()["log"]
    return [one for one in log if one["installation_id"] == number or f"{one['path']}/".startswith(places)]


def wait_for_refusal(project, status=403):
    return project.system.wait(lambda: [one for one in asked_of(project) if one["status"] == status])


def rest_until(project, seconds):
    """Until its installation is limited for so many seconds more, and no longer."""
    while limited_for(project) > seconds:
        time.sleep(0.05)


def test_a_limited_installation_rests_while_another_is_served_by_the_same_worker(system):
    limited = system.repository("limited", commits(6), 1)
    other = system.repository("other", commits(6), 1, owner="beta")
    system.reset_requests()
    system.control("/_faults", route=COMMENTS, status=403, headers={"retry-after": "25"})
    # Their heads are not landed by what is pushed below.
    limited.pull(1, 4)
    wait_for_refusal(limited)
    system.reset_requests()
    limited.push(3)
    limited.pull(3, 5)
    other.pull(1, 4)
    other.push(3)
    system.wait(lambda: other.comments() and set(other.listed()) == set(other.expected(1, 3)), 24)
    # Else nothing was shown: the other one was served while the first still had to wait.
    assert limited_for(limited) > 0
    rest_until(limited, 0.3)
    assert asked_of(limited) == []
    assert limited.comments() == limited.digests() == []
    assert system.redis.llen("rq:queue:ghapp") == 0
    system.wait(lambda: len(limited.comments()) == 2 and set(limited.listed()) == set(limited.expected(1, 3)))
    assert len(limited.digests()) == 1


def long_day(count):
    """Commits whose digest has more than one page."""
    made = [SampleCommit("Begin", {"README.md": "# Begin\n"})]
    for number in range(1, count):
        title = f"Fix crash {number} when " + f"the pool of part {number} is empty and " * 6
        files = {f"src/{'deep/' * 8}module_{n}.py": f"def part_{number}():\n    return {number}\n" for n in range(6)}
        made.append(SampleCommit(title, files))
    return made


def test_a_secondary_limit_between_two_pages_of_a_digest(system):
    project = system.repository("pages", long_day(80), 1)
    system.reset_requests()
    system.control("/_faults", route=COMMENTS, status=403, headers={"retry-after": "6"}, body=SECONDARY)
    project.push(79)
    # The issue is there and its first comment is not.
    system.wait(project.digests, 60)
    wait_for_refusal(project)
    system.reset_requests()
    rest_until(project, 0.3)
    assert asked_of(project) == []
    assert project.comments() == []
    expected = sorted(project.expected(1, 79))
    system.wait(lambda: project.comments() and sorted(project.listed()) == expected, 60)
    first_lines = [one.body.splitlines()[0] for one in project.comments()]
    assert len(first_lines) == len(set(first_lines))
    assert len(project.digests()) == 1


def test_the_primary_limit_is_waited_for_until_its_reset(system):
    project = system.repository("hour", commits(4), 1, owner="gamma")
    system.reset_requests()
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 5)}
    system.control("/_faults", route="GET /repos/{}/pulls/{}", status=403, headers=headers)
    project.pull(1, 2)
    wait_for_refusal(project)
    system.reset_requests()
    assert 0 < limited_for(project) <= 6
    rest_until(project, 0.3)
    assert asked_of(project) == []
    system.wait(project.comments)


def test_each_write_has_a_slot_also_one_that_is_refused():
    with System() as system:
        system.control("/_faults", route=COMMENTS, status=403, headers={"retry-after": "1"})
        project = system.repository("slots", commits(5), 1)
        system.reset_requests()
        project.pull(1, 4)
        project.push(3)
        system.wait(lambda: project.comments() and set(project.listed()) == set(project.expected(1, 3)))
        with redis_server.connect(f"unix://{system.folder}/redis/redis.sock") as connection:
            system.wait(lambda: connection.zcard(keys.LEASES) == 0)
            assert connection.zcard(keys.slots(installation_of(project))) == system.requests()["writes"] >= 4
