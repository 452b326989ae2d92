"""Runs the daemon of `proxx watch`, once it is settled which folder it serves and how."""

import sys
from contextlib import ExitStack

from proxx_daemon.cli import logs, settings
from proxx_daemon.cli.watch_settings import WatchSettings
from proxx_daemon.daemon.supervisor import Supervisor
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.monitor.audience import Audience, Nobody
from proxx_daemon.spool.folders import WatchFolder


def serve(chosen: WatchSettings) -> int:
    """Serve the folder until a signal; return the exit code."""
    with ExitStack() as stack:
        audience = _audience(stack, chosen)
        try:
            pipeline = settings.pipeline(chosen.common)
            if chosen.common.pin is not None:
                # A pinned engine is a promise: it is kept before anything is claimed.
                pipeline.engines.engine()
            return Supervisor(
                folder=WatchFolder(chosen.folder),
                pipeline=pipeline,
                options=chosen.options,
                audience=audience,
            ).run()
        except FatalError as error:
            stack.close()
            logs.to_stderr(f"proxx watch: {error}")
        except JobFailed as error:
            stack.close()
            logs.to_stderr(f"proxx watch: {error.failure.message} {error.failure.action}")
        return 1


def _audience(stack: ExitStack, chosen: WatchSettings) -> Audience:
    """Set up the log, and a live display where a person looks on."""
    level, form = chosen.common.log_level, chosen.value("log.format")
    if form == "json" or not sys.stderr.isatty():
        logs.configure(level, readable=form == "text")
        return Nobody()
    # Rich takes a tenth of a second to import: only a person waits for it.
    from proxx_daemon.cli.terminal import Terminal  # noqa: PLC0415

    terminal = stack.enter_context(Terminal())
    logs.configure(level, readable=True, sink=terminal.line)
    return terminal
