"""`proxx doctor [FOLDER]`: checks whether this machine, and that folder, are fit for Proxx."""

import argparse
import textwrap
from collections.abc import Iterator
from typing import Final

import attrs

from proxx_daemon.cli import build, output, settings
from proxx_daemon.monitor import checkup
from proxx_daemon.monitor.checkup import CheckFinding, Fitness
from proxx_daemon.profiles.catalogue import profiles

_EXAMPLE: Final = """example:
  proxx doctor
  proxx doctor /srv/proxies --config /etc/proxx/main.toml
  proxx doctor /srv/proxies --json

Run it as the user of the daemon. It tests the folder's file system with files of its own in a
hidden folder, and removes them.

exit codes: 0 fit, 1 not fit, 4 system error (configuration wrong)
"""
_WIDTH: Final = 100


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "doctor",
        help="check engines, encoders, decoders and, for a folder, its file system",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="a watch folder, existing or new"
    )
    parser.add_argument("--config", metavar="FILE", help="configuration of the daemon")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check everything and show what was found; returns the exit code."""
    chosen = settings.gather(arguments).settings
    pipeline = build.pipeline(chosen)
    findings = list(checkup.machine(pipeline.engines, pipeline.resolve, profiles()))
    if chosen.folder is not None:
        findings += checkup.watch_folder(chosen.folder)
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
