"""`ghapp demo`: the whole system on this machine, fed from a git repository, and checked from outside."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import click

from ghapp.clone import CloneError
from ghapp.demo import show
from ghapp.demo.history import History, landed, prepare, source_here
from ghapp.demo.outcome import outcome
from ghapp.demo.plan import Plan, plan
from ghapp.demo.play import QUIET, Played, Player, begin_at
from ghapp.demo.scene import LIMIT, DemoError, Scene, passed_on
from ghapp.demo.verify import is_finished, problems
from ghapp.settings import SettingsError, settings_from

OUTPUT = Path("build") / "demo"
_LOG_LINES = 30


def run_demo(source: Path | None, environ: Mapping[str, str], folder: Path = OUTPUT) -> None:
    """Play the demonstration; write and print what came of it.

    Args:
        source: Somebody's repository; None: the one that the current directory is in, else the bundled sample.
        environ: The user's environment; little of it is passed on.
        folder: Where the files are written.

    Raises:
        click.ClickException: It did not succeed, or the repository cannot be read; says why.
    """
    dry = _is_dry(environ)
    if any(name.startswith("OPENAI_") for name in environ):
        click.echo("ghapp: OPENAI_ variables are ignored: the demonstration asks no model.", err=True)
    show.remove_old(folder)
    # What the user has told the system to ignore (nohup) stays ignored.
    heard = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN]
    previous = {number: signal.signal(number, _interrupt) for number in heard}
    try:
        with Scene() as scene:
            _demonstrate(scene, source or source_here(Path.cwd()), environ, folder, dry=dry)
    except CloneError as error:
        raise click.ClickException(str(error)) from error
    finally:
        for number, action in previous.items():
            signal.signal(number, action)


def _demonstrate(scene: Scene, source: Path | None, environ: Mapping[str, str], folder: Path, *, dry: bool) -> None:
    try:
        history = prepare(source, scene.folder)
        chosen = plan(history.commits)
        scene.repository = scene.world.add_repository(history.full_name, history.git_dir)
        begin_at(scene, chosen.base_sha)
        _say(f"starting on {history.full_name}")
        scene.start(environ)
        played = Player(scene, chosen, _say, dry=dry).play()
        finish = _finish_dry if dry else _finish
        finish(scene, history, chosen, played, folder)
    except DemoError as error:
        _say("")
        tail = "\n".join(scene.log().splitlines()[-_LOG_LINES:])
        raise click.ClickException(f"{error}\nThe processes wrote at the end:\n{tail}") from error


def _finish(scene: Scene, history: History, chosen: Plan, played: Played, folder: Path) -> None:
    expected = landed(history.git_dir, chosen.base_sha, chosen.head_sha)
    _say("the digest")
    said = "What stands on GitHub is wrong:"
    try:
        scene.wait(lambda: is_finished(scene, expected), f"the digest of {len(expected)} commits")
        scene.wait_for_quiet(QUIET)
    except DemoError as error:
        said = str(error)
    found = problems(scene, history, chosen, played)
    _say("")
    if found or scene.seconds() > LIMIT:
        raise DemoError("\n- ".join([said, *found]))
    result = outcome(scene, history, chosen, played)
    show.write_outcome(result, folder, scene.world.url)
    for name in (show.CARD, show.DIGEST):
        click.echo(f"===== {folder / name}\n\n{(folder / name).read_text(encoding='utf-8')}")
    click.echo(f"===== {folder / show.PAGE}: the same to look at\n\n{show.summary(result)}")


def _finish_dry(scene: Scene, _history: History, _plan: Plan, played: Played, _folder: Path) -> None:
    """Nothing was to be written, and nothing must have been."""
    scene.wait_for_quiet(QUIET)
    requests = scene.world.requests.summary()
    _say("")
    if requests["writes"] or requests["unknown"]:
        raise DemoError(f"A dry run wrote: {requests['writes']} writes, {requests['unknown']} to unknown addresses.")
    kept_back = [line for line in scene.log().splitlines() if "dry run: " in line]
    if not kept_back:
        raise DemoError("The dry run logged nothing that it would have written.")
    click.echo("\n".join(kept_back))
    click.echo(
        f"A dry run (GHAPP_DRY_RUN): {len(played.landed)} landings, {len(played.numbers)} pull requests, "
        f"{requests['total']} requests to GitHub, 0 writes, {len(kept_back)} kept back; no files are written here."
    )


def _is_dry(environ: Mapping[str, str]) -> bool:
    try:
        return settings_from(passed_on(environ)).dry_run
    except SettingsError as error:
        raise click.UsageError("\n".join(error.problems)) from error


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """Stop as on Ctrl-C, so that everything is put away."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def _say(text: str) -> None:
    """Show what is under way in one line of a terminal; "" clears it."""
    if sys.stderr.isatty():
        line = "".join(c if c.isprintable() else " " for c in text)[:70]
        click.echo(f"\r\033[K{line and 'demo: ' + line}", nl=False, err=True)
