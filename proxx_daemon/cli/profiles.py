"""`proxx profiles [NAME]`: the canonical profiles, as a table or in full."""

import argparse
from typing import Any

import attrs

from proxx_daemon.cli import output
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failure
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.profile import CanonicalProfile

_EXAMPLE = """example:
  proxx profiles
  proxx profiles proxy_h264_low --json

exit codes: 0, or 1 if there is no profile of that name
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("name", metavar="NAME", nargs="?", help="show this profile completely")
    parser.add_argument("--json", action="store_true", help="answer as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Show the profiles; return the exit code."""
    every = profiles()
    if arguments.name is None:
        if arguments.json:
            output.answer_json([attrs.asdict(each) for each in every.values()])
        else:
            output.answer(*_table(list(every.values())))
        return 0
    profile = every.get(arguments.name)
    if profile is None:
        message = (
            f"Unknown proxy profile '{printable(arguments.name)}'. There are: {', '.join(every)}"
        )
        unknown = failure(Code.PROFILE_UNKNOWN, message, action="Give one of these names.")
        return output.refuse(unknown, as_json=arguments.json)
    document = attrs.asdict(profile)
    if arguments.json:
        output.answer_json(document)
    else:
        output.answer(*_full(document))
    return 0


def _table(every: list[CanonicalProfile]) -> list[str]:
    rows = [("PROFILE", "ENGINE", "CODEC", "CONTAINER", "RESOLUTION", "AUDIO")]
    for each in every:
        size, audio = each.resolution, str(each.audio.policy)
        rows.append(
            (each.name, str(each.engine), str(each.codec), str(each.container), size, audio)
        )
    return output.columns(rows)


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
