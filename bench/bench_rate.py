"""What `ghapp rate` costs for a commit, beside `git log -p` of the same commits alone.

Started from the project's folder: `PYTHONPATH=. python bench/bench_rate.py [CLONE [COMMITS]]`; without a clone it is a
repository made for it.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ghapp.clone import Clone
from ghapp.demo.sample import make_repository
from ghapp.rating_pass import Range, landings, landings_between
from tests.installation import commits


def measured(path: Path, count: int) -> None:
    """Print seconds for a commit of both, and their ratio."""
    clone = Clone(path)
    every = landings_between(clone, None, None)
    names = every.names[-count:]
    began = time.perf_counter()
    command = ["git", "-C", str(path), "log", "--first-parent", "-m", "-p", f"--max-count={len(names)}", names[-1]]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    read = time.perf_counter()
    rated = sum(1 for _ in landings(clone, Range([], names, frozenset(names))))
    done = time.perf_counter()
    print(f"git log -p: {1000 * (read - began) / rated:.2f} ms for a commit; ghapp rate: {rated} commits, ", end="")
    print(f"{1000 * (done - read) / rated:.2f} ms for a commit, {rated / (done - read):.0f} commits a second")
    print(f"ratio: {(done - read) / (read - began):.1f}")


def main() -> None:
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    if len(sys.argv) > 1:
        measured(Path(sys.argv[1]), count)
        return
    with tempfile.TemporaryDirectory() as folder:
        make_repository(Path(folder) / "made.git", commits(1000))
        measured(Path(folder) / "made.git", count)


if __name__ == "__main__":
    main()
