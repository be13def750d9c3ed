"""A new user, in real Chromium: from `ghapp run` without credentials to a card and a digest.

With GHAPP_PICTURES=1 the README's pictures are made on the way.
"""

import os
import re
from pathlib import Path

import pytest

from tests.chromium import Browser, chromium
from tests.installation import Project, commits
from tests.setup_visit import NewSystem

DOCS = Path(__file__).parent.parent / "docs"
LINK = re.compile(r"http://localhost:\d+/setup\?token=[\w-]+")

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium on the PATH"),
    pytest.mark.system,
]


class Repository(Project):
    """A repository that the App is not installed on yet."""

    def __init__(self, system, name, made):
        add = system.world.add_repository
        system.world.add_repository = lambda full_name, path: add(full_name, path, installed=False)
        try:
            super().__init__(system, name, made)
        finally:
            del system.world.add_repository


@pytest.fixture
def system():
    with NewSystem() as one:
        yield one


@pytest.fixture
def picture(tmp_path):
    folder = DOCS if os.environ.get("GHAPP_PICTURES") == "1" else tmp_path

    def take(browser, number):
        browser.picture(folder / f"setup-{number}.png")

    return take


def test_a_new_user_gets_a_card_and_a_digest(system, picture):
    projects = [Repository(system, name, commits(4)) for name in ("engine", "website")]
    link = system.wait(lambda: LINK.search(system.logged()))[0]
    with Browser() as browser:
        browser.open(link)
        create(system, browser, picture)
        # It is live by now, without anybody having started it again.
        system.wait(lambda: len(system.processes("ghapp worker")) == 2)
        install(projects, browser, picture)
        numbers = [work(system, project) for project in projects]
        look(system, projects[0], numbers[0], (browser, picture))
        browser.open(link)
        browser.heading("Set up already")
    assert system.logged().count("token=") == 1
    keys = (system.world.hook.secret, "PRIVATE KEY")
    assert not any(one in system.logged() for one in keys)


def create(system, browser, picture):
    """From the first page to the App, by GitHub's button."""
    browser.heading("Set up ghapp")
    assert "token" not in browser.js("location.href")
    browser.fill("organisation", "acme")
    browser.fill("webhook", f"http://127.0.0.1:{system.port}/webhook")
    picture(browser, 1)
    browser.press()
    browser.heading("Create the App on GitHub")
    picture(browser, 2)
    browser.press()
    browser.heading("Create GitHub App for acme")
    assert browser.js("location.href").startswith(system.url)
    picture(browser, 3)
    browser.press()
    browser.heading("ghapp-acme is set up")
    picture(browser, 4)


def install(projects, browser, picture):
    """Go on to GitHub, choose the repositories, and come back."""
    browser.press()
    browser.heading("Install ghapp-acme on acme")
    browser.choose("target", "selected")
    for project in projects:
        browser.choose("repository", project.full_name)
    picture(browser, 5)
    browser.press()
    browser.heading("ghapp is installed")
    picture(browser, 6)


def work(system, project):
    """What developers do; the number of their pull request, which has its card."""
    said = "It read past the end of what was given."
    number = project.pull(0, 1, title="Fix crash of the parser on empty input", body=said)
    system.wait(lambda: any("ghapp:card" in one.body for one in project.comments()))
    project.merge(number, 1)
    project.push(3)
    system.wait(lambda: project.is_whole(0, 3))
    return number


def look(system, project, number, seen):
    """At the card and the digest."""
    browser, picture = seen
    browser.open(f"{system.url}/{project.full_name}/pull/{number}")
    browser.heading(f"#{number}")
    assert "Importance" in browser.js("document.body.innerText")
    picture(browser, 7)
    browser.open(f"{system.url}/{project.full_name}/issues/{project.digests()[0].number}")
    browser.heading("#")
    assert "3 listed" in browser.js("document.body.innerText")
    picture(browser, 8)
