"""Where the daemon's processor time goes, by module, while it does short jobs.

    python bench/daemon_profile.py [--jobs N]

Calls into C (a fork, a flush, a hash, a parse) count for the module that makes them.
"""

import argparse
import pstats
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from daemon_place import PROFILE, Bench

_HERE: Final = Path(__file__).resolve().parent
_WORKERS: Final = 2
_ROWS: Final = 25
_PACKAGES: Final = ("site-packages/", "proxx_daemon/")


def main() -> None:
    """Profile a daemon and print its parts."""
    parser = argparse.ArgumentParser(description="Show where the daemon's processor time goes.")
    parser.add_argument("--jobs", type=int, default=200, metavar="N")
    parser.add_argument("--scratch", type=Path, default=_HERE.parent / ".bench", metavar="DIR")
    arguments = parser.parse_args()
    bench = Bench.prepare(arguments.scratch)
    place = bench.place()
    out = place.root / "daemon.prof"
    content = place.spec(PROFILE, bench.source(1, 320, 180))
    program = [str(_HERE / "profiled_daemon.py"), str(out)]
    with place.start("--max-workers", str(_WORKERS), program=program) as daemon:
        for number in range(arguments.jobs):
            place.drop(f"job-{number:05d}.json", content)
        place.wait_completed(daemon, arguments.jobs, 0.05)
    parts = _by_module(pstats.Stats(str(out)))
    shutil.rmtree(place.root)
    whole = sum(parts.values())
    print(f"{whole / arguments.jobs * 1e3:.1f} ms for each job, with the profiler's own cost")
    for module, seconds in sorted(parts.items(), key=lambda part: -part[1])[:_ROWS]:
        print(f"{seconds / whole:6.1%}  {seconds / arguments.jobs * 1e3:6.2f} ms  {module}")


def _by_module(stats: pstats.Stats) -> dict[str, float]:
    """Add up the time that each module spent itself or in C that it called."""
    parts: dict[str, float] = defaultdict(float)
    # typeshed does not know what the profiler keeps.
    entries: dict[Any, Any] = stats.stats  # type: ignore[attr-defined]
    for (path, _, name), (_, _, own, _, callers) in entries.items():
        if path != "~":
            parts[_module(path)] += own
        elif callers:
            for (caller, _, _), (_, _, part, _) in callers.items():
                parts[_module(caller)] += part
        else:
            parts[name] += own
    return parts


def _module(path: str) -> str:
    for package in _PACKAGES:
        if package in path:
            return path[path.rindex(package) :].removeprefix("site-packages/")
    return path.rpartition("/")[2]


if __name__ == "__main__":
    main()
