"""Measures the daemon against the same work done by hand: `make bench`.

    python bench/daemon_bench.py [--quick] [--only ROW]... [--page]

Prints a table and writes results.json. Each figure of Proxx is measured in turn with its
baseline. `--quick` tries the harness out on a fraction of the work; its figures prove nothing.
"""

import argparse
import shutil
import sys
import time
from pathlib import Path
from typing import Final

import daemon_clips as clips
import daemon_jobs as jobs
import daemon_queue as queue
import daemon_report as report
import daemon_rest as rest
from daemon_figures import FULL, QUICK
from daemon_place import Bench, Stolen, load

_HERE: Final = Path(__file__).resolve().parent
_ROWS: Final[dict[str, jobs.Row]] = {
    "latency": jobs.latency,
    "throughput": jobs.throughput,
    "clips": clips.each_profile,
    "queues": queue.queues,
    "growth": queue.growth,
    "start-up": queue.start_up,
    "idle": rest.idle,
    "commands": rest.commands,
    "side-by-side": clips.side_by_side,
    "threads": clips.threads,
}


def main() -> int:
    """Run the rows that were asked for; returns 1 when one of them was not reached."""
    parser = argparse.ArgumentParser(description="Measure Proxx against the same work by hand.")
    parser.add_argument("--quick", action="store_true", help="try the harness out")
    parser.add_argument("--only", action="append", choices=_ROWS, metavar="ROW", help="a row")
    parser.add_argument("--page", action="store_true", help="write the page and the plot too")
    parser.add_argument("--scratch", type=Path, default=_HERE.parent / ".bench", metavar="DIR")
    parser.add_argument("--out", type=Path, default=None, metavar="FILE", help="where to write")
    arguments = parser.parse_args()
    scale = QUICK if arguments.quick else FULL
    bench = Bench.prepare(arguments.scratch)
    begin = time.monotonic()
    figures = []
    stolen = {}
    for name in arguments.only or _ROWS:
        print(f"{name} … (load {load()})", file=sys.stderr, flush=True)
        host = Stolen()
        for figure in _ROWS[name](bench, scale):
            figures.append(figure)
            print("  " + report.line(figure), file=sys.stderr, flush=True)
        stolen[name] = host.share()
        print(f"  the host took {stolen[name]:.1%} of it", file=sys.stderr, flush=True)
    took = time.monotonic() - begin
    found = report.document(figures, bench, stolen, quick=arguments.quick, took=took)
    print(report.table(found["rows"]))
    out = arguments.out or (bench.scratch / "quick.json" if arguments.quick else None)
    report.write_json(out or _HERE / "results.json", found)
    if arguments.page:
        report.write_page(_HERE / "README.md", found)
        report.write_threads(_HERE.parent / "docs" / "how-to" / "performance.md", found)
        report.plot(_HERE / "queue.png", found["rows"])
    # Half a million files: last, for it takes a while.
    shutil.rmtree(bench.scratch / "places", ignore_errors=True)
    missed = report.failed(figures)
    for each in missed:
        print(f"not reached: {each}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
