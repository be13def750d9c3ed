"""Whether an installation may work: asked of GitHub and of the operator's list, and kept on the roll."""

import logging
from collections.abc import Sequence

from ghapp import lists
from ghapp.github import Installation, InstallationGoneError, MissingError
from ghapp.lists import Installed
from ghapp.roll import Roll
from ghapp.roster import Roster
from ghapp.settings import Settings
from ghapp.work import Work

#: Deliveries after which an installation may work. GitHub's answers may lag behind them, and are asked for again.
BEGINNINGS = ("created", "unsuspend")
#: So often; some two and a half minutes with the queue's backoff.
PATIENCE = 5

log = logging.getLogger("ghapp.standing")


def settle_standing(work: Work, installation: int) -> None:
    """See what an installation is now: forget one that is no more, stop, or go on with one that may work."""
    installed = lists.installation(work.github, installation)
    said = [hint.get("said") for _, hint in work.lease.hints][-1:]
    is_shown = installed is not None and not installed.suspended
    if said and said[0] in BEGINNINGS and not is_shown and work.lease.failures < PATIENCE:
        raise MissingError(f"installation {installation}: GitHub does not show yet that it may work")
    if installed is None:
        due = Roster(work.store.connection).forget(installation)
        log.info("installation %d is no more: %d due keys are forgotten", installation, len(due))
    elif settled(work, installed):
        work.jobs.mark(f"repair:{installation}", installation)


def settled(work: Work, installed: Installed) -> bool:
    """Keep what GitHub says of an installation; whether it may work."""
    roll = Roll(work.store.connection)
    if installed.suspended:
        roll.note(installed.id, installed.account, "suspended")
        roll.stop(installed.id)
        return False
    serves = work.settings.serves(installed.account)
    roll.note(installed.id, installed.account, "active" if serves else "refused")
    # Also what is refused is taken: so it ends.
    roll.resume(installed.id)
    return serves


def settle_all(work: Work, listed: Sequence[Installed]) -> None:
    """Have every installation repaired that may work, and those looked at that GitHub lists no more."""
    for installed in listed:
        if settled(work, installed):
            work.jobs.mark(f"repair:{installed.id}", installed.id)
    here = {installed.id for installed in listed}
    for known in Roll(work.store.connection).all():
        if known.id not in here:
            work.jobs.mark(f"standing:{known.id}", 0)
    accounts = {installed.account.lower() for installed in listed}
    if len(accounts) > 1 and not work.settings.allowed_accounts:
        said = "the App is public, and installed on %d accounts: name those that you serve in GHAPP_ALLOWED_ACCOUNTS"
        log.warning(said, len(accounts))


def is_served(settings: Settings, roll: Roll, github: Installation, installation: int) -> bool:
    """Whether the operator has this installation served; what is not is counted. Its own token is not used.

    Args:
        settings: Whom the operator serves.
        roll: Where accounts are kept.
        github: Asked as the App alone, and only for an account that is not known.
        installation: GitHub's id; 0 is the App itself.

    Raises:
        InstallationGoneError: There is no such installation.
    """
    if not settings.allowed_accounts or not installation:
        return True
    account = roll.account(installation)
    if account is None:
        installed = lists.installation(github, installation)
        if installed is None:
            raise InstallationGoneError("it is not installed")
        account = installed.account
        kept = "suspended" if installed.suspended else "active"
        roll.note(installation, account, kept if settings.serves(account) else "refused")
    if settings.serves(account):
        return True
    roll.refuse(installation, account)
    return False
