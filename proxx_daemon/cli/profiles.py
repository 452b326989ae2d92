"""`proxx profiles [NAME]`: the canonical profiles, as a table or in full."""

import argparse
import json
import sys
from typing import Any

import attrs

from proxx_daemon.cli.table import columns
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.profile import CanonicalProfile

_EXAMPLE = """example:
  proxx profiles
  proxx profiles proxy_h264_low --json

exit codes: 0, or 1 when there is no profile of that name
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "profiles",
        help="list the canonical profiles, or show one",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="one profile, in full")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the profiles; returns the exit code."""
    every = profiles()
    if arguments.name is None:
        if arguments.json:
            print(json.dumps([_document(each) for each in every.values()], indent=2))  # noqa: T201
        else:
            print("\n".join(_table(list(every.values()))))  # noqa: T201
        return 0
    profile = every.get(arguments.name)
    if profile is None:
        names = ", ".join(every)
        print(f"Unknown proxy profile '{arguments.name}'. There are: {names}", file=sys.stderr)  # noqa: T201
        return 1
    document = _document(profile)
    print(json.dumps(document, indent=2) if arguments.json else "\n".join(_full(document)))  # noqa: T201
    return 0


def _document(profile: CanonicalProfile) -> dict[str, Any]:
    return attrs.asdict(profile)


def _table(every: list[CanonicalProfile]) -> list[str]:
    rows = [("PROFILE", "ENGINE", "CODEC", "CONTAINER", "RESOLUTION", "AUDIO")]
    rows += [
        (
            each.name,
            str(each.engine),
            str(each.codec),
            str(each.container),
            each.resolution,
            str(each.audio.policy),
        )
        for each in every
    ]
    return columns(rows)


def _full(document: dict[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, value in document.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", *_full(value, indent + "  ")]
        elif isinstance(value, list | tuple):
            lines.append(f"{indent}{key}: {' '.join(str(each) for each in value)}")
        elif value is not None:
            lines.append(f"{indent}{key}: {value}")
    return lines
