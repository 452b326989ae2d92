"""`proxx doctor [FOLDER]`: checks whether Proxx can work on this machine and in that folder."""

import argparse
import textwrap
from collections.abc import Iterator
from typing import Final

import attrs

from proxx_daemon.cli import build, output, settings
from proxx_daemon.monitor import doctor
from proxx_daemon.monitor.doctor import CheckFinding, Fitness
from proxx_daemon.profiles.catalogue import profiles

_EXAMPLE: Final = """example:
  proxx doctor
  proxx doctor /srv/proxies --config /etc/proxx/main.toml
  proxx doctor /srv/proxies --json

Run it as the daemon's user. It tests the folder's file system with temporary files in a hidden
folder, which it removes.

exit codes: 0 fit, 1 not fit, 4 system error (configuration wrong)
"""
_WIDTH: Final = 100


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="a watch folder, also before its first use"
    )
    parser.add_argument(
        "--config", metavar="FILE", help="check with the engine of this configuration"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Check everything and print what was found; return the exit code."""
    chosen = settings.gather(arguments).settings
    pipeline = build.pipeline(chosen)
    findings = list(doctor.machine(pipeline.engines, pipeline.resolve, profiles()))
    if chosen.folder is not None:
        findings += doctor.watch_folder(chosen.folder)
    fit = all(finding.verdict is not Fitness.FAIL for finding in findings)
    if arguments.json:
        checks = [attrs.asdict(finding) for finding in findings]
        output.answer_json({"fit": fit, "checks": checks})
    else:
        output.answer(*_lines(findings, fit=fit))
    return 0 if fit else 1


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
