"""The daemon of `proxx watch`, whose jobs are carried out by an executor in other processes.

Arguments: anything, then `watch` and the watch folder; it can stand before the usual command.
"""

import os
import sys
from pathlib import Path

import attrs

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipe_executor import PipeExecutor

from proxx_daemon.cli import build, logs, settings
from proxx_daemon.daemon.supervisor import Supervisor
from proxx_daemon.monitor.event_log import EventLog
from proxx_daemon.spool.folders import WatchFolder


def main() -> None:
    chosen = attrs.evolve(settings.read(), max_workers=2)
    logs.configure("debug", readable=False)
    code = Supervisor(
        folder=WatchFolder(os.path.abspath(sys.argv[sys.argv.index("watch") + 1])),
        pipeline=build.pipeline(chosen),
        executors=(PipeExecutor(takes=2),),
        options=chosen,
        listeners=(EventLog(),),
    ).run()
    raise SystemExit(code)


if __name__ == "__main__":
    main()
