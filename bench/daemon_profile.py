"""Where the daemon's processor time goes while it does short jobs: `make bench-profile`.

    python bench/daemon_profile.py [--jobs N]

Prints the parts of a job, each with all that it calls, and the modules that take most; calls
into C (a fork, a flush, a hash, a parse) count for the module that makes them.
"""

import argparse
import pstats
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from daemon_place import PROFILE, Bench

_HERE: Final = Path(__file__).resolve().parent
_WORKERS: Final = 2
_PACKAGES: Final = ("site-packages/", "proxx_daemon/")
#: functions that no other of them calls, by module and name
_PARTS: Final = {
    ("system/child.py", "run"): "three child processes: start, listen, reap",
    ("daemon/recorder.py", "result_of"): "the result: document and layout",
    ("output/publication.py", "publish"): "publication, with its record",
    ("pipeline/lifecycle.py", "enter"): "states: table and notes",
    ("source/probe_answer.py", "read_answer"): "ffprobe's answers, put into our words",
    ("source/measure.py", "measure"): "measures and fingerprint of the source",
    ("spool/filing.py", "file_job"): "filing: result, log and spec",
    ("daemon/intake.py", "claim_next"): "claim: a look at the folder, rename, flush",
    ("pipeline/planning.py", "plan_job"): "plan",
    ("spool/journal.py", "started"): "attempt record",
    ("spool/journal.py", "planned"): "note of the plan",
    ("spool/journal.py", "open"): "files of the attempt",
    ("spool/journal.py", "remove"): "removal of the attempt's notes",
    ("output/comparison.py", "compare"): "comparison with the plan",
    ("output/relink.py", "verdicts"): "verdicts for editors",
    ("monitor/event_log.py", "_finished"): "the line in the log",
}


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
    # typeshed does not know what the profiler keeps.
    entries: dict[Any, Any] = pstats.Stats(str(out)).stats  # type: ignore[attr-defined]
    place.give_up()
    whole = sum(own for _, _, own, _, _ in entries.values())
    print(f"{whole / arguments.jobs * 1e3:.1f} ms for each job, with the profiler's own cost")
    for title, found in (("part", _by_part(entries, whole)), ("module", _by_module(entries))):
        print(f"\n{title}")
        for name, seconds in sorted(found.items(), key=lambda each: -each[1])[: len(_PARTS) + 1]:
            print(f"{seconds / whole:6.1%}  {seconds / arguments.jobs * 1e3:6.2f} ms  {name}")


def _by_part(entries: dict[Any, Any], whole: float) -> dict[str, float]:
    """Return what each part took with all that it called, and what is left."""
    found = {
        part: seconds
        for (path, _, name), (_, _, _, seconds, _) in entries.items()
        if (part := _PARTS.get((path.rpartition("proxx_daemon/")[2], name))) is not None
    }
    missing = set(_PARTS.values()) - set(found)
    if missing:
        raise RuntimeError(f"these were never called: {missing}")
    return {**found, "everything else": whole - sum(found.values())}


def _by_module(entries: dict[Any, Any]) -> dict[str, float]:
    """Add up the time that each module spent itself or in C that it called."""
    found: dict[str, float] = defaultdict(float)
    for (path, _, name), (_, _, own, _, callers) in entries.items():
        if path != "~":
            found[_module(path)] += own
        elif callers:
            for (caller, _, _), (_, _, part, _) in callers.items():
                found[_module(caller)] += part
        else:
            found[name] += own
    return found


def _module(path: str) -> str:
    for package in _PACKAGES:
        if package in path:
            return path[path.rindex(package) :].removeprefix("site-packages/")
    return path.rpartition("/")[2]


if __name__ == "__main__":
    main()
