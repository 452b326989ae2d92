"""Runs the daemon of `proxx watch`, once it is settled which folder it serves and how."""

import sys
from contextlib import ExitStack

from proxx_daemon.cli import build, logs
from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon.supervisor import Supervisor
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.monitor.event_log import EventLog
from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.spool.folders import WatchFolder


def serve(chosen: Settings, folder: WatchFolder) -> int:
    """Serve the folder until a signal; return the exit code."""
    with ExitStack() as stack:
        listeners = (EventLog(), *_display(stack, chosen))
        try:
            pipeline = build.pipeline(chosen)
            if chosen.pin is not None:
                # A pinned engine is a promise: it is kept before anything is claimed.
                pipeline.engines.engine()
            return Supervisor(
                folder=folder,
                pipeline=pipeline,
                executors=stack.enter_context(
                    build.executors(chosen, pipeline.resolve, workers=chosen.max_workers)
                ),
                options=chosen,
                listeners=listeners,
            ).run()
        except FatalError as error:
            stack.close()
            logs.to_stderr(f"proxx watch: {error}")
        except JobFailed as error:
            stack.close()
            logs.to_stderr(f"proxx watch: {error.failure.message} {error.failure.action}")
        return 1


def _display(stack: ExitStack, chosen: Settings) -> tuple[Listener, ...]:
    """Set up the log, and a live display where a person looks on."""
    level, form = chosen.log_level, chosen.log_format
    if form == "json" or not sys.stderr.isatty():
        logs.configure(level, readable=form == "text")
        return ()
    # Rich takes a tenth of a second to import: only a person waits for it.
    from proxx_daemon.cli.terminal import Terminal  # noqa: PLC0415

    terminal = stack.enter_context(Terminal())
    logs.configure(level, readable=True, sink=terminal.line)
    return (terminal,)
