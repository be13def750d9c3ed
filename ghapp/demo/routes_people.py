"""Control routes for what people seldom do: move issues, rename branches, lose commits, land by the merge queue."""

from ghapp.demo.acts_branches import land_queue, rename_branch
from ghapp.demo.acts_issues import change_issue, transfer_issue
from ghapp.demo.answers import Answer
from ghapp.demo.control import asked, commit_named, named, sending, sent
from ghapp.demo.world import World


def _issue(world: World) -> Answer:
    """`number` and `action`: deleted, converted, locked, unlocked, closed, reopened, or transferred (`to`)."""
    body, one = asked(), named(world)
    if body["action"] == "transferred":
        return sent([], number=transfer_issue(world, one, body["number"], named(world, body["to"])))
    change_issue(world, one, body["number"], body["action"])
    return sent([])


def _rename_branch(world: World) -> Answer:
    """`branch` gets `new_name`."""
    body = asked()
    return sent(rename_branch(world, named(world), body["branch"], body["new_name"], sending()))


def _queue(world: World) -> Answer:
    """A merge queue lands `entries`, each with `number` and `merge_commit_sha`, in this order, by one push."""
    body, one = asked(), named(world)
    entries = [(entry["number"], commit_named(one, entry["merge_commit_sha"])) for entry in body["entries"]]
    return sent(land_queue(world, one, entries, sending()))


def _collect(world: World) -> Answer:
    """Garbage-collect `commits`: nobody can read them by name any more."""
    body, one = asked(), named(world)
    one.collected |= {commit_named(one, name) for name in body["commits"]}
    return sent([])


PEOPLE_ROUTES = (
    ("POST", "/_issue", _issue),
    ("POST", "/_branch", _rename_branch),
    ("POST", "/_queue", _queue),
    ("POST", "/_collect", _collect),
)
