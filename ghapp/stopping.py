"""That SIGINT or SIGTERM asked this process to end."""

import signal
import time

#: A signal is heeded after so many seconds at the latest.
LOOK_SECONDS = 0.1


class Stop:
    """Set by SIGINT and SIGTERM from the moment it is made.

    It is no `threading.Event`: a signal is handled inside whatever the main thread does, and `Event.set` waits for
    ever when that is the same event's `wait`.
    """

    def __init__(self) -> None:
        """Hear both signals; to be called in the main thread."""
        self._is_set = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.set())

    def set(self) -> None:
        """End every `wait`."""
        self._is_set = True

    def wait(self, seconds: float) -> bool:
        """Wait for at most `seconds`; whether it is set."""
        until = time.monotonic() + seconds
        while not self._is_set and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))
        return self._is_set
