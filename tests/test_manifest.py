from pathlib import Path

import pytest
import yaml

from ghapp.events import ROUTES

MANIFEST = Path(__file__).parent.parent / "app.yml"
#: GitHub sends these to every App, and refuses a manifest that asks for them.
UNASKED = {"installation", "installation_repositories", "installation_target", "github_app_authorization", "ping"}


@pytest.fixture
def manifest():
    return yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))


def test_it_asks_for_the_events_that_have_a_route_and_no_others(manifest):
    asked = manifest["default_events"]
    assert sorted(asked) == sorted({event for event, _ in ROUTES} - UNASKED)
    assert not UNASKED & set(asked)


def test_permissions_are_the_least_that_the_product_needs(manifest):
    assert manifest["default_permissions"] == {
        "metadata": "read",
        "contents": "read",
        "pull_requests": "write",
        "issues": "write",
    }


def test_the_stand_in_grants_what_the_manifest_asks_for(manifest):
    from ghapp.demo.standin import StandIn

    app = StandIn().world.app
    assert app.permissions == manifest["default_permissions"]
    assert set(manifest["default_events"]) <= set(app.events)


def test_it_is_private_and_its_hook_is_the_receiver(manifest):
    assert manifest["public"] is False
    assert manifest["hook_attributes"]["active"] is True
    assert manifest["hook_attributes"]["url"].endswith("/webhook")
    assert manifest["hook_attributes"]["url"].startswith("https://")
