"""Commands: comments on a pull request that begin with `/ghapp`, from people who may write to the repository."""

import logging

from ghapp import reads
from ghapp.events import COMMAND
from ghapp.github import MissingError
from ghapp.work import Work

#: What each command makes of the card's pause: True pauses, False resumes, None leaves it.
COMMANDS: dict[str, bool | None] = {"review": None, "help": None, "pause": True, "resume": False}

log = logging.getLogger("ghapp.commands")


def obey_command(work: Work, repository: int, comment_id: int) -> None:
    """Read a comment as it is now and do what it says: every command ends in the card, which lists them all."""
    try:
        comment = reads.comment(work.github, repository, comment_id)
    except MissingError:
        return
    name = command_in(comment.body)
    if name is None or comment.bot:
        return
    if not reads.may_write(work.github, repository, comment.author):
        log.info("a command on %s#%s was refused: its author may not write", repository, comment.number)
        return
    path = f"/repositories/{repository}/issues/comments/{comment_id}/reactions"
    # 200 instead of 201: the reaction is there already, because this job is repeated.
    work.github.write("POST", path, {"content": "eyes"}, 201, 200)
    pause, state = COMMANDS[name], work.store.card_state(repository, comment.number)
    if name == "review":
        state.allow_model()
    if pause is not None:
        state.put_paused(paused=pause)
    work.mark(f"card:{repository}:{comment.number}")


def command_in(body: str) -> str | None:
    """The command that a comment begins with; `help` for one that we do not know; None for no command."""
    words = body.split()
    if not words or words[0] != COMMAND:
        return None
    name = words[1].lower() if len(words) > 1 else "help"
    return name if name in COMMANDS else "help"
