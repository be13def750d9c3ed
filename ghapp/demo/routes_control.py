"""Control routes under `/_`: what people do, what goes wrong, and what was asked of this GitHub."""

import hashlib
from dataclasses import fields, replace

from ghapp.demo import acts, acts_branches
from ghapp.demo.answers import Answer, Refused
from ghapp.demo.control import asked, commit_named, named, sending, sent, when
from ghapp.demo.faults import Fault
from ghapp.demo.records import Behaviour, Hook, Issue, Pull
from ghapp.demo.repository import Repository
from ghapp.demo.world import World


def _requests(world: World) -> Answer:
    return Answer(world.requests.summary())


def _reset_requests(world: World) -> Answer:
    world.requests.reset()
    return Answer(None, 204)


def _push(world: World) -> Answer:
    body, one = asked(), named(world)
    branch = body.get("branch", one.default_branch)
    head_sha = commit_named(one, body["head_sha"]) if body["head_sha"] else None
    return sent(acts_branches.push(world, one, branch, head_sha, sending(), actor=body.get("user")))


def _open_pull(world: World) -> Answer:
    body, one = asked(), named(world)
    head_sha = commit_named(one, body["head_sha"])
    branch = body.get("base", one.default_branch)
    base_sha = commit_named(one, body["base_sha"]) if "base_sha" in body else one.head(branch)
    if base_sha is None:
        raise Refused(422, f"there is no branch {branch}")
    pull = Pull(
        base_branch=branch,
        base_sha=base_sha,
        head_branch=body.get("head", f"change-{head_sha[:7]}"),
        head_sha=head_sha,
        head_repository=body.get("head_repository", one.full_name),
        # A test merge: it has a name and leads nowhere.
        merge_commit_sha=hashlib.sha1(head_sha.encode(), usedforsecurity=False).hexdigest(),
        draft=body.get("draft", False),
    )
    item, deliveries = acts.open_pull(world, one, _new_issue(world, one, head_sha, pull), sending())
    return sent(deliveries, number=item.number)


def _new_issue(world: World, one: Repository, head_sha: str, pull: Pull) -> Issue:
    body, commit, now = asked(), one.commit(head_sha), world.now()
    return Issue(
        issue_id=0,
        number=body.get("number", 0),
        title=body.get("title", commit.title),
        body=body.get("body", commit.body or None),
        user=body.get("user", one.owner),
        created_at=now,
        updated_at=now,
        association=body.get("association", "MEMBER"),
        pull=pull,
    )


def _update_pull(world: World) -> Answer:
    body, one = asked(), named(world)
    for name in ("head_sha", "base_sha"):
        if name in body:
            body[name] = commit_named(one, body[name])
    return sent(acts.update_pull(world, one, body["number"], body, sending()))


def _merge(world: World) -> Answer:
    body, one = asked(), named(world)
    name = commit_named(one, body["merge_commit_sha"])
    return sent(acts_branches.merge(world, one, body["number"], name, sending()))


def _comment(world: World) -> Answer:
    body, one = asked(), named(world)
    values = {"body": body["body"], "user": one.owner} | body
    item, deliveries = acts.comment(world, one, body["number"], values, sending())
    return sent(deliveries, comment_id=item.comment_id)


def _edit(world: World) -> Answer:
    """A person edits an issue (`number`) or a comment (`comment_id`): `changes` to any field of the record."""
    body, one = asked(), named(world)
    if "comment_id" in body:
        return sent(acts.edit_comment(world, one, body["comment_id"], body["changes"], sending()))
    with world.lock:
        versions = one.issues.get(body["number"])
        if versions is None:
            raise Refused(404)
        versions.write(replace(versions.latest, **{"updated_at": world.now(), **body["changes"]}))
    return Answer({"deliveries": []})  # the App does not ask for the event


def _fault(world: World) -> Answer:
    body = asked()
    unknown = set(body) - {field.name for field in fields(Fault)}
    if unknown:
        raise Refused(422, f"a fault has no {min(unknown)}")
    world.faults.arm(Fault(**body))
    return Answer({}, 201)


def _clear_faults(world: World) -> Answer:
    world.faults.clear()
    return Answer(None, 204)


def _clock(world: World) -> Answer:
    """`advance` by so many seconds, or run another calendar: `speed`, `start`, and `real`, seconds since the epoch."""
    body = asked()
    if "speed" not in body:
        world.move_clock(body["advance"])
        return Answer({"now": world.now().isoformat()})
    calendar = world.set_calendar(float(body["speed"]), when(body["start"]), body.get("real"))
    return Answer({"now": world.now().isoformat(), "calendar": calendar})


def _behaviour(world: World) -> Answer:
    for name, value in asked().items():
        if name not in {field.name for field in fields(Behaviour)}:
            raise Refused(422, f"there is no setting {name}")
        setattr(world.behaviour, name, value)
    return Answer({field.name: getattr(world.behaviour, field.name) for field in fields(Behaviour)})


def _hook(world: World) -> Answer:
    """Send deliveries to another `url` (null: nowhere), or sign them with another `secret`."""
    body = asked()
    kept = {name: body[name] for name in ("content_type", "insecure_ssl") if name in body}
    world.hook = Hook(body.get("url", world.hook.url), body.get("secret", world.hook.secret), **kept)
    return Answer({})


def _expire(world: World) -> Answer:
    with world.lock:
        world.tokens.clear()
    return Answer(None, 204)


def _contents(world: World) -> Answer:
    body, text = asked(), asked()["text"]
    named(world).contents[body["path"]] = None if text is None else text.encode()
    return Answer({})


CONTROL_ROUTES = (
    ("GET", "/_requests", _requests),
    ("DELETE", "/_requests", _reset_requests),
    ("POST", "/_push", _push),
    ("POST", "/_pull", _open_pull),
    ("POST", "/_pull/update", _update_pull),
    ("POST", "/_merge", _merge),
    ("POST", "/_comment", _comment),
    ("POST", "/_edit", _edit),
    ("POST", "/_faults", _fault),
    ("DELETE", "/_faults", _clear_faults),
    ("POST", "/_clock", _clock),
    ("POST", "/_behaviour", _behaviour),
    ("POST", "/_hook", _hook),
    ("DELETE", "/_tokens", _expire),
    ("POST", "/_contents", _contents),
)
