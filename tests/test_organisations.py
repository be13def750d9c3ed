"""Several organisations on one server: what is one's appears nowhere in another's, whatever befalls one of them."""

import re
import time

import httpx
import pytest

from analysis.assess import assess
from analysis.change import Change, FileChange
from ghapp.asking import Asker
from ghapp.demo.sample import SampleCommit
from ghapp.jobqueue import JobQueue
from ghapp.redis_server import connect
from ghapp.settings_model import ModelSettings
from ghapp.shelf import Shelf
from ghapp.subject import Subject
from ghapp.waiting import waiting
from tests.installation import System
from tests.model_server import ModelServer

pytestmark = pytest.mark.system

OWNERS = ("acme", "umbrella", "initech", "stranger")
TOKEN = "0123456789-0123456789"
#: A log line of a key: whose it is, by the repository and by the installation that it names.
WORKED = re.compile(r" (?:card|landing|render|entry|rollover|pulls|command):(\d+)\S* of installation (\d+): ")


def of(owner, count=9):
    """Commits whose every text names their owner."""
    made = [SampleCommit(f"Begin {owner}", {f"src/{owner}.py": "VALUE = 0\n"}, author=f"{owner} author")]
    for n in range(1, count):
        files = {f"src/{owner}.py": f"VALUE = {n}  # {owner}\n"}
        made.append(SampleCommit(f"Fix crash {n} of {owner}", files, author=f"{owner} author"))
    return made


class Organisations:
    """The system with a repository of each owner; everything that is seen of requests is kept."""

    def __init__(self, system):
        self.system, self.rows, self.ids = system, [], {owner: set() for owner in OWNERS}
        self.projects = {owner: system.repository(f"{owner}-tool", of(owner), 1, owner) for owner in OWNERS}
        self.redis = connect(f"unix://{next(system.folder.glob('redis/*.sock'))}")
        self.meet()

    def meet(self):
        for one in self.system.world.installations.values():
            self.ids[one.account].add(one.installation_id)

    def id(self, owner):
        return next(n for n, one in self.system.world.installations.items() if one.account == owner)

    def land(self, position, owners=OWNERS):
        for owner in owners:
            self.projects[owner].push(position)

    def are_whole(self, position, owners):
        self.system.wait(lambda: all(self.projects[owner].is_whole(1, position) for owner in owners), 120)

    def install(self, owner, action, **more):
        self.system.control("/_install", account=owner, action=action, **more)
        self.meet()

    def admin(self):
        url = f"http://127.0.0.1:{self.system.port}/admin.json"
        return self.system.client.get(url, headers={"Authorization": f"Bearer {TOKEN}"}).json()

    def row(self, owner):
        return next((row for row in self.admin()["installations"] if row["known"]["account"] == owner), None)

    def state(self, owner):
        row = self.row(owner)
        return row and row["known"]["state"]

    def requests(self):
        """Every request so far: none of them may be lost between two looks."""
        seen = self.system.requests()
        assert seen["total"] <= 1000
        self.system.reset_requests()
        self.rows += seen["log"]
        return self.rows

    def texts(self, owner):
        there = self.projects[owner].there
        issues = [f"{one.latest.title}\n{one.latest.body}" for one in there.issues.values()]
        return issues + [one.latest.body for one in there.comments.values()]


@pytest.fixture(scope="module")
def organisations():
    environ = {
        "GHAPP_ALLOWED_ACCOUNTS": "acme, Umbrella,INITECH",
        "GHAPP_REPAIR_INTERVAL": "4",
        "GHAPP_RENDER_INTERVAL": "2",
        "ADMIN_TOKEN": TOKEN,
    }
    with System(**environ) as system:
        yield Organisations(system)


def named(text):
    """The owners that a text names."""
    return {owner for owner in OWNERS if owner in text}


def content(redis, name):
    """Everything in a key, as text."""
    read = {
        b"string": redis.get,
        b"hash": lambda key: [*redis.hgetall(key).items()],
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
    }
    kind = redis.type(name)
    return str(read[kind](name)) if kind in read else ""


# The tests below are one story: each goes on where the one before it ended.


def test_those_who_are_allowed_get_cards_and_digests_and_a_stranger_nothing(organisations):
    one = organisations
    one.land(3)
    for owner in OWNERS:
        one.projects[owner].pull(3, 8)
    one.are_whole(3, OWNERS[:3])
    one.system.wait(lambda: all(one.projects[owner].comments() for owner in OWNERS[:3]))
    one.projects["stranger"].push(4, deliver=False)
    # What did not come through the receiver is refused by the worker, also while it knows nothing of the account.
    one.redis.delete(f"ghapp:installation:{one.id('stranger')}")
    jobs = JobQueue(one.redis)
    jobs.mark(f"landing:{one.projects['stranger'].there.repository_id}", one.id("stranger"))
    one.system.wait(lambda: not any(str(one.id("stranger")) in line for line in lines(one.redis)))
    one.system.wait(lambda: one.state("stranger") == "refused")
    assert (one.projects["stranger"].digests(), one.projects["stranger"].comments()) == ([], [])
    stranger = one.id("stranger")
    asked = [row for row in one.requests() if row["installation_id"] == stranger or f"/{stranger}/" in row["path"]]
    assert asked == []
    assert one.row("stranger")["known"]["ignored"] >= 1


def lines(redis):
    """The lines in which something waits."""
    return [name.decode() for name in redis.zrange("ghapp:lines", 0, -1) if redis.zcard(b"ghapp:line:" + name)]


def test_catch_up_names_the_stranger_and_looks_at_nothing_of_it(organisations):
    done = organisations.system.command("catch-up", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "stranger: no access, not in GHAPP_ALLOWED_ACCOUNTS" in done.stdout
    assert "stranger-tool" not in done.stdout


def test_one_is_suspended_and_the_others_go_on(organisations):
    one, umbrella = organisations, organisations.id("umbrella")
    one.install("umbrella", "suspend")
    one.system.wait(lambda: one.state("umbrella") == "suspended")
    assert one.redis.keys(f"ghapp:token:{umbrella}:*") == []
    one.requests()
    one.rows.clear()
    one.land(4)
    one.are_whole(4, ("acme", "initech"))
    JobQueue(one.redis).mark(f"landing:{one.projects['umbrella'].there.repository_id}", umbrella)
    time.sleep(2)
    # It waits, and nothing was asked of GitHub for it: not even a token.
    assert any(name.endswith(f":{umbrella}") for name in lines(one.redis))
    assert not [row for row in one.requests() if row["installation_id"] == umbrella or f"/{umbrella}/" in row["path"]]
    assert one.projects["umbrella"].listed() == one.projects["umbrella"].expected(1, 3)


def test_it_is_unsuspended_and_catches_up(organisations):
    one = organisations
    one.install("umbrella", "unsuspend")
    one.are_whole(4, ("umbrella",))
    assert (one.state("umbrella"), len(one.projects["umbrella"].digests())) == ("active", 1)


def test_a_suspension_that_is_told_late_stops_nothing_for_long(organisations):
    one, umbrella = organisations, organisations.id("umbrella")
    payload = {"action": "suspend", "installation": {"id": umbrella, "account": {"login": "umbrella"}}}
    one.system.control("/_deliver", event="installation", payload=payload)
    one.land(5, ("umbrella",))
    one.are_whole(5, ("umbrella",))
    assert not one.redis.sismember("ghapp:stopped", umbrella)


def test_one_is_uninstalled_and_forgotten_and_goes_on_when_it_is_installed_again(organisations):
    one, old = organisations, organisations.id("initech")
    project, repository = one.projects["initech"], one.projects["initech"].there.repository_id
    assert one.redis.ttl(f"ghapp:branch:{repository}") == -1
    one.install("initech", "deleted")
    one.system.wait(lambda: one.state("initech") is None)
    of_it = [key.decode() for key in one.redis.keys("ghapp:*") if re.search(rf":{old}(:|$)", key.decode())]
    assert of_it == []
    assert not one.redis.sismember("ghapp:installations", old)
    assert not one.redis.sismember("ghapp:stopped", old)
    assert not [key for key in waiting(JobQueue(one.redis)) if str(repository) in key.split(":")]
    # What resumes is kept, for a time.
    assert 0 < one.redis.ttl(f"ghapp:branch:{repository}") <= 30 * 24 * 3600
    project.push(5, deliver=False)
    one.land(5, ("acme",))
    one.are_whole(5, ("acme",))
    one.install("initech", "created")
    one.are_whole(5, ("initech",))
    assert one.id("initech") != old
    assert len(project.digests()) == 1
    assert one.redis.ttl(f"ghapp:branch:{repository}") == -1


def test_a_repository_that_is_deleted_or_moved_away_is_forgotten_in_time(organisations):
    one = organisations
    gone = one.system.repository("acme-gone", of("acme", 5), 1)
    moved = one.system.repository("acme-moved", of("acme", 5), 1)
    for project in (gone, moved):
        project.push(3)
    one.system.wait(lambda: gone.is_whole(1, 3) and moved.is_whole(1, 3))
    one.system.control("/_repository", repository=gone.full_name, action="deleted")
    one.system.control("/_repository", repository=moved.full_name, action="transferred", full_name="nobody/acme-moved")
    for project in (gone, moved):
        name = f"ghapp:branch:{project.there.repository_id}"
        one.system.wait(lambda name=name: 0 < one.redis.ttl(name) <= 30 * 24 * 3600)
        kept = list(one.redis.scan_iter(match=f"ghapp:*:{project.there.repository_id}*"))
        endless = [
            key for key in kept if one.redis.ttl(key) == -1 and not key.startswith((b"ghapp:due", b"ghapp:hints"))
        ]
        assert endless == []


def test_nothing_of_one_is_anywhere_in_another(organisations):
    one = organisations
    for owner in OWNERS:
        assert all(named(text) <= {owner} for text in one.texts(owner))
    owner_of = {project.there.repository_id: owner for owner, project in one.projects.items()}
    for line in one.system.logged().splitlines():
        assert len(named(line)) <= 1, line
        found = WORKED.search(line)
        if found and int(found[1]) in owner_of:
            assert int(found[2]) in one.ids[owner_of[int(found[1])]], line
    assert WORKED.search(one.system.logged())
    assert belonging(one, one.requests(), owner_of) > 20


def belonging(one, rows, owner_of):
    """How many requests name a repository; each is made with a token of its owner's installation."""
    count = 0
    for row in rows:
        by_id = re.match(r"/repositories/(\d+)", row["path"])
        by_name = re.match(r"/repos/([^/]+)/", row["path"])
        owner = owner_of.get(int(by_id[1])) if by_id else by_name and by_name[1]
        if owner in one.ids and row["installation_id"] is not None:
            count += 1
            assert row["installation_id"] in one.ids[owner], row
    return count


def test_a_key_that_names_one_holds_nothing_of_another(organisations):
    one = organisations
    owner_of = {str(project.there.repository_id): owner for owner, project in one.projects.items()}
    owner_of |= {str(number): owner for owner, numbers in one.ids.items() for number in numbers}
    seen = set()
    for key in one.redis.scan_iter(match="ghapp:*"):
        parts = key.decode().split(":")[1:]
        owners = {owner_of[part] for part in parts if part in owner_of} if parts[0] != "token" else set()
        held = named(content(one.redis, key))
        if owners:
            assert len(owners) == 1, key
            assert held <= owners, key
            seen |= {parts[0]} if held else set()
    assert {"entries", "repository", "installation"} <= seen


def test_an_answer_of_a_model_is_shown_in_the_repository_that_it_was_made_for_alone(connection):
    change = Change("Fix crash", "", "me", (FileChange("a.py", "modified", 1, 1, "@@ -1 +1 @@\n-A = 1\n+A = 2"),))
    answer = {"types": ["bug fix"], "summary": "Sets a value.", "findings": [], "risk": None, "importance": None}
    with ModelServer(answer) as server:
        asker = Asker(ModelSettings(server.url, server.key, server.model), Shelf(connection))

        def status(repository, installation, title="Fix crash"):
            made = Change(title, "", "me", change.files)
            subject = Subject(repository, installation, "en")
            return asker.judged(made, assess(made), subject, may_ask=True)[1].status

        assert status(1, 5) == "used"
        # A squash of it has another title, and inherits the answer.
        assert status(1, 5, "Fix crash (#12)") == "cached"
        # Another organisation does not, nor a public repository beside a private one.
        assert [status(2, 6), status(3, 5)] == ["used", "used"]
        assert server.calls == 3


def test_a_public_app_without_a_list_of_accounts_is_warned_of():
    with System(GHAPP_REPAIR_INTERVAL="2") as system:
        for owner in ("acme", "umbrella"):
            system.repository(f"{owner}-tool", of(owner, 3), 1, owner)
        system.wait(lambda: "GHAPP_ALLOWED_ACCOUNTS" in system.logged())
        with pytest.raises(httpx.HTTPStatusError):
            system.client.get(f"http://127.0.0.1:{system.port}/admin").raise_for_status()


def test_an_installation_that_github_does_not_show_yet_is_asked_for_again():
    with System(GHAPP_REPAIR_INTERVAL="0", ADMIN_TOKEN=TOKEN) as system:
        project = system.repository("late", of("acme", 4), 1)
        number = next(iter(system.world.installations))
        system.control("/_install", account="acme", action="suspend")
        redis = connect(f"unix://{next(system.folder.glob('redis/*.sock'))}")
        system.wait(lambda: redis.hget(f"ghapp:installation:{number}", "state") == b"suspended")
        payload = {"action": "unsuspend", "installation": {"id": number, "account": {"login": "acme"}}}
        system.control("/_deliver", event="installation", payload=payload)
        system.wait(lambda: "does not show yet" in system.logged())
        assert redis.sismember("ghapp:stopped", number)
        project.push(3, deliver=False)
        system.control("/_install", account="acme", action="unsuspend", deliver=False)
        system.wait(lambda: project.is_whole(1, 3))
