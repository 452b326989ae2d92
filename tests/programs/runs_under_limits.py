"""Runs an engine, a silent engine, a probe and a session with Resolve, each under a small limit.

To be stopped and continued from outside. Arguments: a folder, seconds of each limit, ffprobe, a
media file. stdin: the plan of the session. It adds to `beats` in the folder while it runs, and
prints how each ended, as JSON.
"""

import json
import sys
import threading
from pathlib import Path

from proxx_daemon.engines.resolve import run as resolve
from proxx_daemon.engines.resolve.document import read_plan
from proxx_daemon.engines.resolve.listener import SessionLimits
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.source.probe import Probe
from proxx_daemon.system import child

#: waits for the file `go`; `$1` is what it says meanwhile
_WAITS = 'touch "begun-$2"; while [ ! -e go ]; do sleep 0.05; test -z "$1" || echo "$1"; done'


def main() -> None:
    folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
    plan = read_plan(sys.stdin.buffer.read())
    endings: dict[str, str] = {}

    def engine(says: str, name: str, limits: child.RunLimits) -> str:
        argv = ("/bin/sh", "-c", f'cd "$0"; {_WAITS}', str(folder), says, name)
        exit_ = child.run(argv, on_output=lambda _: None, on_error=lambda _: None, limits=limits)
        return str(exit_.ending)

    def probe() -> str:
        program = folder / "ffprobe"
        program.write_text(
            f'#!/bin/sh\n(cd {folder}; set "" probe; {_WAITS})\nexec {sys.argv[3]} "$@"\n'
        )
        program.chmod(0o755)
        try:
            return Probe(str(program), seconds=seconds).describe(sys.argv[4]).video[0].codec
        except JobFailed as error:
            return str(error.failure.code)

    def session() -> str:
        limits = SessionLimits(render_seconds=seconds, stall_seconds=None, step_seconds=20)
        failed = resolve.run(plan, limits=limits).failure
        return "rendered" if failed is None else str(failed.code)

    whole = child.RunLimits(wall_seconds=seconds, stall_seconds=None)
    stall = child.RunLimits(wall_seconds=None, stall_seconds=seconds)
    works = {
        "engine": lambda: engine("tick", "engine", whole),
        "silent": lambda: engine("", "silent", stall),
        "probe": probe,
        "session": session,
    }
    threads = [
        threading.Thread(target=lambda name=name: endings.update({name: works[name]()}))
        for name in works
    ]
    threads[-1].start()
    # The others begin when the session renders: its start takes longer than their limits.
    never = threading.Event()
    while not (folder / "renders").exists():
        never.wait(0.01)
    for thread in threads[:-1]:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with (folder / "beats").open("a") as beats:
            beats.write(".")
        never.wait(0.05)
    sys.stdout.write(json.dumps(endings))


if __name__ == "__main__":
    main()
