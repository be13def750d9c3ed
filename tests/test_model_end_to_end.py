"""The model's part, with the real processes: one call for a change over its whole life, whatever goes wrong."""

import json
import re
import time
from datetime import UTC, datetime

import pytest

from ghapp.demo.sample import SampleCommit
from tests import model_faults
from tests.installation import System, commits
from tests.model_server import ModelServer
from tests.model_wire import Reply

pytestmark = pytest.mark.system

SUMMARY = "Keeps the worker from stopping when a part is missing."


def answer(request):
    """A good answer, with every field that the request's schema asks for."""
    schema = request.body["response_format"]["json_schema"]["schema"]
    path = re.search(r"^=== (\S+)", request.text, re.MULTILINE)[1]
    finding = {
        "text": "A caller that relies on the old value stops.",
        "severity": "medium",
        "path": path,
        "line_start": 1,
        "line_end": 1,
        "falsifier": "No caller reads it.",
    }
    whole = {
        "types": ["bug fix"],
        "summary": SUMMARY,
        "scope": ["parts"],
        "insight": None,
        "findings": [finding],
        "advice": [],
        "importance": None,
        "risk": None,
    }
    return {name: whole[name] for name in schema["properties"]}


@pytest.fixture(scope="module")
def server():
    with ModelServer(answer) as made:
        yield made


@pytest.fixture(scope="module")
def system(server):
    environ = {
        "OPENAI_BASE_URL": server.url,
        "OPENAI_API_KEY": server.key,
        "OPENAI_MODEL": server.model,
        "GHAPP_MODEL_RETRY": "1",
        "GHAPP_WORKERS": "3",
    }
    with System(**environ) as made:
        yield made


def calls_about(server, text):
    return [request for request in server.requests if text in request.text]


def has(project, text):
    return any(text in comment.body for comment in project.comments())


def test_a_pull_request_of_ten_files_costs_one_call_and_its_landing_none(system, server):
    made = [
        SampleCommit("Begin", {"README.md": "# Begin\n"}),
        SampleCommit("Lay the ground", {f"src/part_{n}.py": "VALUE = 0\n" for n in range(10)}),
        SampleCommit(
            "Fix crash of ten parts (#1)",
            {f"src/part_{n}.py": "".join(f"value_{line} = {line} + offset\n" for line in range(30)) for n in range(10)},
        ),
    ]
    project = system.repository("ten-files", made, 1)
    number = project.pull(1, 2, title="Fix crash of ten parts")
    system.wait(lambda: has(project, SUMMARY))
    (asked,) = calls_about(server, "Fix crash of ten parts")
    assert asked.prompt_tokens <= 8000
    project.merge(number, 2)
    system.wait(lambda: project.is_whole(1, 2) and SUMMARY in project.digests()[0].body)
    assert len(calls_about(server, "Fix crash of ten parts")) == 1
    assert len([comment for comment in project.comments() if "ghapp:card" in comment.body]) == 1


def test_five_pushes_in_five_minutes_cost_at_most_two_calls_and_leave_one_card(system, server):
    project = system.repository("pushes", commits(9), 1)
    number = project.pull(1, 2, title="Push again and again")
    system.wait(lambda: has(project, SUMMARY))
    for position in range(3, 8):
        body = {"repository": project.full_name, "number": number, "head_sha": project.names[position]}
        system.control("/_pull/update", **body)
        system.wait(lambda name=project.names[position][:7]: has(project, name))
    time.sleep(1)
    assert len(calls_about(server, "Push again and again")) <= 2
    assert len(project.comments()) == 1


def test_landings_without_a_pull_request_are_read_too(system, server):
    project = system.repository("direct", commits(5), 1)
    project.push(4)
    system.wait(lambda: project.is_whole(1, 4) and project.digests()[0].body.count(SUMMARY) == 3, 60)


FAULTS = {
    "unauthorized": model_faults.status(401),
    "no-such-model": model_faults.status(404, {"error": {"message": "no such model", "code": "model_not_found"}}),
    "rate-limited": model_faults.status(429, Retry_After="1"),
    "rate-limited-2": model_faults.status(429),
    "unavailable": model_faults.status(500),
    "unavailable-2": model_faults.status(503, Retry_After="1"),
    "unavailable-3": model_faults.reset_before,
    "cut": model_faults.reset_midway,
    "cut-2": Reply(text='{"types": ["bug', finish_reason=None, done=False),
    "truncated": Reply(text='{"types": ["bug fix"], "summary": "It', finish_reason="length"),
    "filtered": Reply(text="", finish_reason="content_filter"),
    "refused": Reply(text=None, refusal="I will not."),
    "empty": Reply(text=""),
    "empty-2": model_faults.no_choices,
    "not-json": model_faults.page(),
    "bad-answer": Reply(text="I think this change is fine."),
    "bad-answer-2": Reply(text=json.dumps({"types": ["wonder"], "summary": ""})),
}


def test_each_failure_is_marked_and_repaired_without_being_asked(server):
    failed = set()

    def script(request):
        name = re.search(r"Suffer from (\S+)", request.text)[1]
        # The repair request of a bad answer fails as well.
        if name not in failed or (name.startswith("bad-answer") and len(request.body["messages"]) > 2):
            failed.add(name)
            return FAULTS[name]
        return answer(request)

    with ModelServer(script) as own:
        environ = {"OPENAI_BASE_URL": own.url, "OPENAI_API_KEY": own.key, "OPENAI_MODEL": own.model}
        with System(GHAPP_MODEL_RETRY="1", GHAPP_WORKERS="3", **environ) as system:
            projects = {}
            for name in FAULTS:
                made = [*commits(2), SampleCommit("Change", {"src/module_0.py": f"NAME = '{name}'\n"})]
                projects[name] = system.repository(name, made, 1)
                projects[name].pull(1, 2, title=f"Suffer from {name}")
            marked = set()

            def all_repaired():
                for name, project in projects.items():
                    text = " ".join(comment.body for comment in project.comments())
                    marked.update({name} if "asked again" in text else ())
                return all(has(project, SUMMARY) for project in projects.values())

            system.wait(all_repaired, 90)
            assert marked >= set(FAULTS) - {"rate-limited", "rate-limited-2"}
            assert all(len(project.comments()) == 1 for project in projects.values())


def test_a_ceiling_is_said_on_the_card_and_nothing_is_asked(server):
    before = server.calls
    environ = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.key, "OPENAI_MODEL": server.model}
    with System(GHAPP_REPOSITORY_TOKENS="100", **environ) as system:
        project = system.repository("ceiling", commits(4), 1)
        project.pull(1, 2)
        system.wait(lambda: has(project, "tomorrow"))
        project.push(3)
        system.wait(lambda: project.is_whole(1, 3))
        assert server.calls == before


def test_what_a_ceiling_put_off_is_read_after_midnight_without_being_asked(server):
    begins = datetime(2026, 3, 1, 23, 56, tzinfo=UTC).timestamp()
    environ = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": server.key, "OPENAI_MODEL": server.model}
    calendar = f"{time.time()}:{begins}:10"
    with System(GHAPP_REPOSITORY_TOKENS="7000", GHAPP_CALENDAR=calendar, **environ) as system:
        project = system.repository("midnight", commits(12), 1)
        system.wait(lambda: _reads_until_the_ceiling(system, project), 25)
        system.wait(lambda: not has(project, "tomorrow") and len(project.comments()) > 1, 30)
        assert all(SUMMARY in comment.body for comment in project.comments())


def _reads_until_the_ceiling(system, project):
    """Open pull requests until one is put off."""
    number = project.pull(1, 2 + len(project.comments()), title=f"Ask for number {len(project.comments())}")
    system.wait(
        lambda: any(
            f"number={number} " in c.body and (SUMMARY in c.body or "tomorrow" in c.body) for c in project.comments()
        )
    )
    return has(project, "tomorrow")


def test_pull_requests_of_outsiders_are_read_when_somebody_with_write_access_asks(system, server):
    project = system.repository("outsider", commits(3), 1)
    project.there.collaborators["ann"] = "write"
    number = project.pull(1, 2, title="From far away", association="FIRST_TIME_CONTRIBUTOR", user="eve")
    system.wait(project.comments)
    time.sleep(1.5)
    assert calls_about(server, "From far away") == []
    body = {"repository": project.full_name, "number": number, "user": "ann", "body": "/ghapp review"}
    system.control("/_comment", **body)
    system.wait(lambda: has(project, SUMMARY))


def test_no_key_and_no_prompt_is_logged(system, server):
    logged = system.logged()
    assert server.key not in logged
    assert "VALUE = " not in logged
