"""The daemon of `proxx watch --once`, whose jobs wait for their turn as jobs for Resolve do.

Arguments: `watch` and the watch folder. The engine is FFmpeg, so that thousands of daemons can be
crashed. With QUEUE_STOPS the first job does not get its turn: the daemon is told to stop while the
job waits.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from select import select
from typing import Final

import attrs

from proxx_daemon.cli import build, logs, settings
from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon.supervisor import Supervisor
from proxx_daemon.executors.clip_run import LocalRun
from proxx_daemon.executors.ffmpeg import FfmpegExecutor
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failure
from proxx_daemon.monitor.event_log import EventLog
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.system.child import RunLimits

#: seconds until a stop must have reached the job that waits
_STOPPED_WITHIN: Final = 30


class QueueingExecutor(FfmpegExecutor):
    """Runs one job at a time; a job waits until it is its turn, or until the daemon stops."""

    queues = True

    @contextmanager
    def turn(self, run: LocalRun) -> Iterator[None]:
        """Wait for the stop, if there is to be one."""
        if "QUEUE_STOPS" in os.environ:
            os.kill(os.getpid(), signal.SIGTERM)
            select([run.cancel], [], [], _STOPPED_WITHIN)
            raise JobFailed(failure(Code.INTERRUPTED, "Proxx was stopped before its turn."))
        yield


def _executor(chosen: Settings) -> QueueingExecutor:
    limits = RunLimits(
        wall_seconds=chosen.engine_seconds,
        stall_seconds=chosen.stall_seconds,
        niceness=chosen.niceness,
    )
    return QueueingExecutor(slots=1, limits=limits, probe_seconds=chosen.probe_seconds)


def main() -> None:
    """Serve the folder until nothing is pending."""
    chosen = attrs.evolve(settings.read(), once=True)
    logs.configure(chosen.log_level, readable=False)
    code = Supervisor(
        folder=WatchFolder(os.path.abspath(sys.argv[sys.argv.index("watch") + 1])),
        pipeline=build.pipeline(chosen),
        executors=(_executor(chosen),),
        options=chosen,
        listeners=(EventLog(),),
    ).run()
    raise SystemExit(code)
