"""`proxx doctor [FOLDER]`: checks whether Proxx can work on this machine and in that folder."""

import argparse
import json
import textwrap
from collections.abc import Iterator
from typing import Final

import attrs

from proxx_daemon.cli import settings, watch_settings
from proxx_daemon.config import reading
from proxx_daemon.config.settings import SettingSource
from proxx_daemon.engines.engine import EnginePin
from proxx_daemon.monitor import doctor
from proxx_daemon.monitor.doctor import CheckFinding, Fitness
from proxx_daemon.profiles.catalogue import profiles

_EXAMPLE: Final = """example:
  proxx doctor
  proxx doctor /srv/proxies --config /etc/proxx/main.toml
  proxx doctor /srv/proxies --json

Run it as the daemon's user. It tests the folder's file system with temporary files in a hidden
folder, which it removes.

exit codes: 0 fit, 1 not fit
"""
_WIDTH: Final = 100


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "doctor",
        help="check engines, encoders, decoders and, for a folder, its file system",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="a watch folder, also before its first use"
    )
    parser.add_argument(
        "--config", metavar="FILE", help="check with the engine of this configuration"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything and print what was found; return the exit code."""
    chosen, folder = _chosen(arguments)
    pipeline = settings.pipeline(chosen)
    findings = list(doctor.machine(pipeline.engines, pipeline.resolve, profiles()))
    if folder is not None:
        findings += doctor.watch_folder(folder)
    fit = all(finding.verdict is not Fitness.FAIL for finding in findings)
    if arguments.json:
        document = {"fit": fit, "checks": [attrs.asdict(finding) for finding in findings]}
        print(json.dumps(document, indent=2))  # noqa: T201
    else:
        print("\n".join(_lines(findings, fit=fit)))  # noqa: T201
    return 0 if fit else 1


def _chosen(arguments: argparse.Namespace) -> tuple[settings.Settings, str | None]:
    """Return the settings that a daemon would have, and the folder. Raise FatalError."""
    common = settings.read()
    if arguments.config is None:
        return common, arguments.folder
    file = watch_settings.read_file(arguments.config)
    merged = reading.merge(
        {SettingSource.FLAG: {"folder": arguments.folder}, SettingSource.FILE: file}
    )
    version, sha256, ffmpeg, folder = (
        None if merged[key].value is None else str(merged[key].value)
        for key in ("engine.ffmpeg_version", "engine.ffmpeg_sha256", "engine.ffmpeg", "folder")
    )
    pin = EnginePin(version=version, sha256=sha256)
    return attrs.evolve(common, ffmpeg=ffmpeg or common.ffmpeg, pin=pin), folder


def _lines(findings: list[CheckFinding], *, fit: bool) -> Iterator[str]:
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        start = f"{finding.verdict.upper():<5} {finding.check:<{width}}  "
        yield from _wrapped(start, finding.found)
        if finding.action is not None:
            yield from _wrapped(" " * len(start), f"do: {finding.action}")
    yield ""
    failed = sum(finding.verdict is Fitness.FAIL for finding in findings)
    yield "fit" if fit else f"not fit: {failed} check(s) failed"


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
