"""`proxx watch FOLDER`: the daemon."""

import argparse
import os
import sys
from contextlib import ExitStack

from proxx_daemon.cli import logs, settings
from proxx_daemon.daemon.audience import Audience, Nobody
from proxx_daemon.daemon.options import GRACE_SECONDS, WatchOptions
from proxx_daemon.daemon.supervisor import Supervisor
from proxx_daemon.model.failures import FatalError
from proxx_daemon.spool.folders import WatchFolder

_EXAMPLE = """example:
  proxx watch /srv/proxies --max-workers 2
  then drop JobSpecs into /srv/proxies/pending/

exit codes: 0 stopped by a signal, or --once is done; 1 fatal (folder unusable or already watched)
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "watch",
        help="watch a folder and make proxies of the JobSpecs dropped into its pending/",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", help="the watch folder; it must exist")
    parser.add_argument(
        "--max-workers", type=_count, default=1, metavar="N", help="jobs at a time (default 1)"
    )
    parser.add_argument(
        "--once", action="store_true", help="handle what is pending, then exit with 0"
    )
    parser.add_argument(
        "--poll-seconds",
        type=_seconds,
        metavar="S",
        help="scan every S seconds instead of listening for events (network shares)",
    )
    parser.add_argument(
        "--grace-seconds",
        type=_seconds,
        default=GRACE_SECONDS,
        metavar="S",
        help=f"time for running jobs after SIGTERM or SIGINT (default {GRACE_SECONDS:g})",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the folder until a signal; returns the exit code."""
    chosen = settings.read()
    with ExitStack() as stack:
        audience: Audience = Nobody()
        if sys.stderr.isatty():
            # Rich takes a tenth of a second to import: only a person waits for it.
            from proxx_daemon.cli.terminal import Terminal  # noqa: PLC0415

            terminal = stack.enter_context(Terminal())
            audience = terminal
            logs.configure(chosen.log_level, readable=True, sink=terminal.line)
        else:
            logs.configure(chosen.log_level, readable=False)
        try:
            return Supervisor(
                folder=WatchFolder(os.path.abspath(arguments.folder)),
                pipeline=settings.pipeline(chosen),
                options=WatchOptions(
                    max_workers=arguments.max_workers,
                    once=arguments.once,
                    poll_seconds=arguments.poll_seconds,
                    grace_seconds=arguments.grace_seconds,
                ),
                audience=audience,
            ).run()
        except FatalError as error:
            stack.close()
            logs.to_stderr(f"proxx watch: {error}")
            return 1


def _count(text: str) -> int:
    value = int(text) if text.isdigit() else 0
    if not 1 <= value <= 64:  # noqa: PLR2004 - more workers than any machine feeds
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to 64")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.05 <= value <= 86400:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds (0.05 to 86400)")
    return value
