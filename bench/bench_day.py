"""What a day of 2,000 landings costs at GitHub: nearly all of them in one push, and the last hundred one by one.

The second is the dearest way to land, on the largest digest of that day: each landing is waited for until its
analysis stands in the digest, so that nothing is written together. Reads and writes are counted by the stand-in,
through the real receiver and workers. The product's delays are a twentieth here, its limits twenty times as high;
counts do not depend on them when landings come one by one. Started from the project's folder:
`PYTHONPATH=. python bench/bench_day.py`.
"""

import sys
from collections import Counter

from tests.installation import Project, System, commits

DAY, LAST, PACE = 2000, 100, 20
#: What the product allows an installation by default, and what GitHub allows it to read, in an hour.
WRITES_AN_HOUR, READS_AN_HOUR = 450, 5000


def is_whole(project: Project, base: int, position: int) -> bool:
    """Whether the digest lists the range and has analysed it; its pages begin with the oldest commits."""
    bodies = " ".join(digest.body or "" for digest in project.digests())
    return ", 0 pending" in bodies and sorted(project.listed()) == sorted(project.expected(base, position))


def measured(system: System, project: Project, base: int, positions: range) -> Counter[str]:
    """What was asked of GitHub, by route, for pushes to these positions, each waited for until it is shown."""
    system.world.requests.reset()
    for done, position in enumerate(positions, 1):
        project.push(position)
        system.wait(lambda position=position: is_whole(project, base, position), 1200)
        if sys.stderr.isatty():
            print(f"\r{done} of {len(positions)}", end="", file=sys.stderr)
    return Counter(system.world.requests.summary()["by_route"])


def shown(name: str, asked: Counter[str], landings: int) -> tuple[float, float]:
    """Print what was asked; reads and writes for each landing."""
    reads = sum(count for route, count in asked.items() if route.startswith("GET "))
    writes = sum(
        count for route, count in asked.items() if not route.startswith("GET ") and "/access_tokens" not in route
    )
    print(f"{name}: {landings} landings, {reads} reads, {writes} writes")
    for route, count in asked.most_common():
        print(f"    {count / landings:6.2f} for each landing, {count:6}: {route}")
    return reads / landings, writes / landings


def main() -> None:
    paces = {"GHAPP_WRITES_PER_SECOND": str(PACE), "GHAPP_WRITES_PER_HOUR": str(WRITES_AN_HOUR * PACE)}
    delays = {"GHAPP_RENDER_DELAY": str(5 / PACE), "GHAPP_RENDER_INTERVAL": str(25 / PACE)}
    with System(**paces, **delays) as system:
        project = system.repository("busy", commits(DAY + 1))
        together = shown("in one push", measured(system, project, 0, range(DAY - LAST, DAY - LAST + 1)), DAY - LAST)
        alone = shown("one by one ", measured(system, project, 0, range(DAY - LAST + 1, DAY + 1)), LAST)
        assert is_whole(project, 0, DAY), "the digest is not what git says"
        print(
            f"the digest lists {len(project.listed())} commits on {1 + len(project.comments())} pages, as git has them"
        )
    print(f"ratio of writes for a landing, one by one to together: {alone[1] / together[1]:.0f}")
    print(f"ratio of reads:  {alone[0] / together[0]:.1f}")
    hourly = DAY / 24
    print(f"2,000 one by one in a day: {alone[1] * hourly:.0f} writes an hour of {WRITES_AN_HOUR}, ", end="")
    print(f"{alone[0] * hourly:.0f} reads of {READS_AN_HOUR}")
    if alone[1] * hourly > WRITES_AN_HOUR or alone[0] * hourly > READS_AN_HOUR:
        raise SystemExit("a day of 2,000 landings is not within the limits")


if __name__ == "__main__":
    main()
