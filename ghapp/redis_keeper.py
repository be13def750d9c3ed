"""Keeps an embedded Redis server for as long as commands use it: `python -m ghapp.redis_keeper FOLDER`.

Commands that run side by side share one server. The one that needs it first starts this process, which belongs to none
of them: whoever ends first, or is killed, takes it away from nobody, and the last one leaves nothing behind.
"""

import sys
import time
from pathlib import Path

from ghapp.redis_process import is_locked, launch, users_of

#: How often it is looked whether anybody uses the server.
LOOK_SECONDS = 0.1
#: A server that ends sooner by itself will not do so less when it is started again.
LEAST_SECONDS = 2.0


def keep(folder: Path) -> int:
    """Keep a server until nobody uses it.

    Returns:
        The exit status: 1 when it ended by itself at once; else 0, also when `folder` has a server already.
    """
    users = users_of(folder)
    while (server := launch(folder, persistent=True)) is not None:
        began = time.monotonic()
        while server.poll() is None:
            if is_locked(users):
                # The lock stays until this process has ended: whoever comes now waits for that.
                server.terminate()
                server.wait()
                return 0
            time.sleep(LOOK_SECONDS)
        if time.monotonic() - began < LEAST_SECONDS:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1])))
