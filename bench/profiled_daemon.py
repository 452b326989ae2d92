"""Runs `proxx` with a profiler in each of its threads: `profiled_daemon.py OUT.prof watch …`.

The clock is the processor time of the thread itself, so waiting costs nothing. The profiler
multiplies what Python code takes: its shares tell more than its milliseconds.
"""

import cProfile
import pstats
import sys
import threading
import time
from pathlib import Path

import proxx_daemon.cli.watch  # noqa: F401 - imported by `watch`, and no part of any job
from proxx_daemon.cli.commands import parser


def main() -> int:
    """Serve until a signal, then write the profile."""
    out = Path(sys.argv.pop(1))
    profiles = [cProfile.Profile(time.thread_time)]

    def begin(*_: object) -> None:
        # Called at the first step of each thread: its own profiler takes over from there.
        profiles.append(cProfile.Profile(time.thread_time))
        profiles[-1].enable()

    arguments = parser(sys.argv[1]).parse_args()
    threading.setprofile(begin)
    code: int = profiles[0].runcall(arguments.run, arguments)
    for profile in profiles:
        profile.create_stats()
    found = [profile for profile in profiles if getattr(profile, "stats", None)]
    pstats.Stats(*found).dump_stats(out)
    return code


if __name__ == "__main__":
    sys.exit(main())
