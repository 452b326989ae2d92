"""`proxx watch FOLDER`: the daemon."""

import argparse
import os
from contextlib import ExitStack

import attrs

from proxx_daemon.cli import build, logs, output, settings
from proxx_daemon.cli.executors import local_executors
from proxx_daemon.cli.settings import SettingsRefused
from proxx_daemon.config.reading import Reading
from proxx_daemon.config.settings import SETTINGS, Settings
from proxx_daemon.daemon.supervisor import Supervisor
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.monitor.event_log import EventLog
from proxx_daemon.spool.folders import WatchFolder

_EXAMPLE = """example:
  proxx watch /srv/proxies --max-workers 2
  proxx watch --config /etc/proxx/main.toml --check-config
  then drop JobSpecs into /srv/proxies/pending/

The command line overrides the configuration file, and the file overrides the environment.

exit codes: 0 stopped by a signal or drained, or --once is done; 1 fatal (the folder cannot be used
or is already watched, a setting is wrong, FFmpeg is not the pinned one)
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    for row in SETTINGS.values():
        if row.flag is None:
            continue
        meaning = row.help[0].lower() + row.help[1:].removesuffix(".")
        if row.default is not None:
            meaning += f" (default {row.kind.show(row.default)})"
        if row.flag.startswith("--"):
            parser.add_argument(row.flag, metavar=row.kind.metavar, help=meaning)
        else:
            parser.add_argument(row.name, metavar=row.flag, nargs="?", help=meaning)
    parser.add_argument(
        "--once", action="store_true", help="handle what is pending, then exit with 0"
    )
    parser.add_argument("--config", metavar="FILE", help="TOML file with the settings")
    parser.add_argument(
        "--check-config",
        action="store_true",
        help="print each setting with its value and its source, then exit; nothing is started",
    )
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Serve the folder until a signal; return the exit code."""
    try:
        found = settings.gather(arguments)
        if arguments.check_config:
            return _check(found, arguments)
        folder = WatchFolder(_folder(found.settings, arguments))
    except SettingsRefused as refused:
        if refused.is_usage_error:
            arguments.usage_error(str(refused))
        raise
    chosen = attrs.evolve(found.settings, once=arguments.once)
    return _serve(chosen, folder)


def _serve(chosen: Settings, folder: WatchFolder) -> int:
    """Serve the folder until a signal; return the exit code."""
    with ExitStack() as stack:
        listeners = (EventLog(), *logs.display(stack, chosen.log_level, chosen.log_format))
        try:
            pipeline = build.pipeline(chosen)
            if chosen.pin is not None:
                # Check the pinned engine before anything is claimed.
                pipeline.engines.engine()
            return Supervisor(
                folder=folder,
                pipeline=pipeline,
                executors=stack.enter_context(
                    local_executors(chosen, pipeline.resolve, workers=chosen.max_workers)
                ),
                options=chosen,
                listeners=listeners,
            ).run()
        except FatalError as error:
            stack.close()
            output.tell(f"proxx watch: {error}")
        except JobFailed as error:
            stack.close()
            output.tell(f"proxx watch: {error.failure.message} {error.failure.action}")
        return 1


def _folder(chosen: Settings, arguments: argparse.Namespace) -> str:
    """Return the watch folder. Raise SettingsRefused if none is given."""
    if chosen.folder is None:
        raise SettingsRefused(
            "no watch folder. Give it on the command line (proxx watch FOLDER), or as `folder` in "
            "the configuration file.",
            is_usage_error=arguments.config is None,
        )
    return os.path.abspath(chosen.folder)


def _check(found: Reading, arguments: argparse.Namespace) -> int:
    """Print each setting and the engine that would run; return the exit code."""
    output.answer(*output.columns([("SETTING", "VALUE", "FROM"), *found.rows()]))
    folder = _folder(found.settings, arguments)
    try:
        engine = build.pipeline(found.settings).engines.engine()
    except JobFailed as error:
        raise FatalError(f"{error.failure.message} {error.failure.action}") from error
    output.answer("", f"serves  {folder}")
    output.answer(f"runs    {engine.tools.ffmpeg}, version {engine.version}")
    output.answer(f"        sha256 {engine.sha256}")
    output.answer(f"probes  {engine.ffprobe.path}", f"        sha256 {engine.ffprobe.sha256}")
    return 0
