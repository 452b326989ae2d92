"""`proxx watch FOLDER`: the daemon."""

import argparse

from proxx_daemon.cli import settings, watch_settings
from proxx_daemon.cli.lean import lean_imports
from proxx_daemon.cli.table import columns
from proxx_daemon.cli.watch_settings import WatchSettings
from proxx_daemon.config import reading
from proxx_daemon.config.bounds import LONGEST_SECONDS, MOST_WORKERS, SHORTEST_SECONDS
from proxx_daemon.config.options import GRACE_SECONDS
from proxx_daemon.config.settings import SettingKind
from proxx_daemon.failures.errors import FatalError, JobFailed

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
    with lean_imports():
        # Imported here: `--check-config` does without the daemon.
        from proxx_daemon.cli.serving import serve  # noqa: PLC0415
    return serve(chosen)


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
    value = reading.check(SettingKind.COUNT, int(text[:6]) if text.isdecimal() else 0)
    if not isinstance(value, int):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {MOST_WORKERS}")
    return value


def _seconds(text: str) -> float:
    try:
        value = reading.check(SettingKind.SECONDS, float(text))
    except ValueError:
        value = None
    if not isinstance(value, float):
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a number of seconds ({SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g})"
        )
    return value
