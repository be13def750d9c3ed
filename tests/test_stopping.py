"""A process that is asked to end does, whatever the signal interrupts."""

import subprocess
import sys

SIGNALLED = """
import random, signal
from ghapp.stopping import Stop
for _ in range(1000):
    stop = Stop()
    signal.signal(signal.SIGALRM, signal.getsignal(signal.SIGTERM))
    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.00005, 0.0004))
    while not stop.wait(0):
        pass
"""


def test_a_signal_in_the_middle_of_the_wait_is_heeded():
    # A `threading.Event` hangs here within a few rounds.
    assert subprocess.run([sys.executable, "-c", SIGNALLED], check=False, timeout=60).returncode == 0
