"""Plays a daemon: takes an engine lock and starts an "engine" with a child, both inheriting it.

Says the PIDs of the two, then waits to be killed; the engine lives on. Arguments: the lock's
file, and `deaf` for an engine that ignores SIGTERM.
"""

import signal
import subprocess
import sys

from proxx_daemon.system.engine_lock import engine_lock

_ENGINE = """
import signal, subprocess, sys
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["/bin/sleep", "60"], pass_fds=[int(sys.argv[1])])
print(child.pid, flush=True)
signal.pause()
"""


def main() -> None:
    descriptor = engine_lock(sys.argv[1])
    engine = subprocess.Popen(
        [sys.executable, "-c", _ENGINE, str(descriptor), (*sys.argv, "")[2]],
        pass_fds=[descriptor],
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    if engine.stdout is None:
        raise RuntimeError("the engine was started without a pipe")
    sys.stdout.write(f"{engine.pid} {engine.stdout.readline()}")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    main()
