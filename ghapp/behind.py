"""What is behind: branches that may have moved, pull requests whose card shows another version. It marks nothing."""

from collections.abc import Iterable

from ghapp.config import read_config
from ghapp.github import Installation
from ghapp.reads import Pull, Repository
from ghapp.settings import Settings
from ghapp.store import Store


def may_have_moved(store: Store, repository: Repository) -> bool:
    """Whether the default branch of a repository, as GitHub lists it now, needs a look."""
    if not repository.pushed_at or repository.pushed_at != store.pushed_at(repository.id):
        return True
    branch = store.branch(repository.id)
    # What is known of the push may have outlived what was known of the branch, when Redis was emptied.
    return branch is None or branch.name != repository.default_branch


def without_card(github: Installation, store: Store, settings: Settings, pulls: Iterable[Pull]) -> list[Pull]:
    """Those of a repository's open pull requests whose card is missing or shows another version."""
    behind = [pull for pull in pulls if store.card_state(pull.repository.id, pull.number).head() != pull.version]
    # The configuration costs a request, so it is asked for only where it decides something.
    if any(pull.draft for pull in behind) and not read_config(github, store, settings, behind[0].repository).drafts:
        return [pull for pull in behind if not pull.draft]
    return behind
