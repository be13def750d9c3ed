"""Runs inside the started process, before the product does: `python -m tests.chaos.launch MODULE [ARGUMENT...]`.

It ends with the suite, whatever ends that. As the environment asks, it gives the process another machine's name, or
breaks some functions of the product (`sabotage.py`); else it becomes `python -m MODULE` itself, with nothing of the
suite in it.
"""

import ctypes
import os
import runpy
import signal
import sys
from collections.abc import Sequence

MACHINE, SABOTAGE = "CHAOS_MACHINE", "CHAOS_SABOTAGE"
PR_SET_PDEATHSIG = 1


def command(words: Sequence[str]) -> list[str]:
    """How `python -m` with these words is started through this module."""
    return [sys.executable, "-m", "tests.chaos.launch", *words]


def main(module: str, *arguments: str) -> None:
    """Become the module, or, when a path is given, that program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if module.startswith("/"):
        os.execv(module, [module, *arguments])  # noqa: S606 - this process becomes it
    if not (os.environ.get(MACHINE) or os.environ.get(SABOTAGE)):
        os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - as above
    if os.environ.get(MACHINE):
        # Its dead processes cannot be seen from the others, and theirs not from it: as on two machines.
        from ghapp import processes

        processes._machine = lambda: os.environ[MACHINE]
    if os.environ.get(SABOTAGE):
        from tests.chaos.sabotage import apply

        apply(os.environ[SABOTAGE])
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
