"""`proxx watch FOLDER`: the daemon."""

import argparse
import sys
from contextlib import ExitStack

from proxx_daemon.cli import logs, settings, watch_settings
from proxx_daemon.cli.table import columns
from proxx_daemon.cli.watch_settings import WatchSettings
from proxx_daemon.daemon.audience import Audience, Nobody
from proxx_daemon.daemon.options import GRACE_SECONDS
from proxx_daemon.daemon.supervisor import Supervisor
from proxx_daemon.model.config import SettingKind
from proxx_daemon.model.failures import FatalError, JobFailed
from proxx_daemon.model.setting_bounds import LONGEST_SECONDS, MOST_WORKERS, SHORTEST_SECONDS
from proxx_daemon.rules import config_document
from proxx_daemon.spool.folders import WatchFolder

_EXAMPLE = """example:
  proxx watch /srv/proxies --max-workers 2
  proxx watch --config /etc/proxx/main.toml --check-config
  then drop JobSpecs into /srv/proxies/pending/

The command line wins over the configuration file, the file over the environment.

exit codes: 0 stopped by a signal or drained, or --once is done; 1 fatal (folder unusable or
already watched, configuration wrong, engine not the pinned one)
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "watch",
        help="watch a folder and make proxies of the JobSpecs dropped into its pending/",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        help="the watch folder; it must exist (may stand in the configuration file instead)",
    )
    parser.add_argument(
        "--max-workers", type=_count, metavar="N", help="jobs at a time (default 1)"
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
        metavar="S",
        help=f"time for running jobs after SIGTERM or SIGINT (default {GRACE_SECONDS:g})",
    )
    parser.add_argument("--config", metavar="FILE", help="TOML file with the settings")
    parser.add_argument(
        "--check-config",
        action="store_true",
        help="print what is in force and where it comes from, then exit; nothing is started",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the folder until a signal; returns the exit code."""
    chosen = watch_settings.gather(arguments)
    if arguments.check_config:
        return _check(chosen)
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


def _check(chosen: WatchSettings) -> int:
    """Print what is in force, and which engine that would run."""
    rows = [("SETTING", "VALUE", "FROM"), *watch_settings.lines(chosen.in_force)]
    print("\n".join(columns(rows)))  # noqa: T201
    folder = chosen.folder
    try:
        engine = settings.pipeline(chosen.common).engines.engine()
    except JobFailed as error:
        raise FatalError(f"{error.failure.message} {error.failure.action}") from error
    print(f"\nserves  {folder}")  # noqa: T201
    print(f"runs    {engine.tools.ffmpeg}, version {engine.version}")  # noqa: T201
    print(f"        sha256 {engine.sha256}")  # noqa: T201
    return 0


def _count(text: str) -> int:
    value = config_document.check(SettingKind.COUNT, int(text[:6]) if text.isdecimal() else 0)
    if not isinstance(value, int):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {MOST_WORKERS}")
    return value


def _seconds(text: str) -> float:
    try:
        value = config_document.check(SettingKind.SECONDS, float(text))
    except ValueError:
        value = None
    if not isinstance(value, float):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of seconds ({SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g})"
        )
    return value
