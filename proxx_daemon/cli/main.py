"""The command `proxx`: reads the command line and hands over to one file per command."""

import argparse
import importlib
import sys
from typing import Final, NoReturn

from proxx_daemon import __version__
from proxx_daemon.cli.lean import lean_imports
from proxx_daemon.cli.leaving import SYSTEM_ERROR, leave, say, unwritten

with lean_imports():
    # The first of ours that brings attrs along.
    from proxx_daemon.failures.errors import FatalError, ProxxError

#: the file behind each command
_COMMANDS: Final = {
    "validate": "validate",
    "run": "run",
    "watch": "watch",
    "create": "create",
    "profiles": "profiles",
    "user-profiles": "user_profiles",
    "status": "status",
    "pause": "operate",
    "resume": "operate",
    "cancel": "operate",
    "drain": "operate",
    "resubmit": "resubmit",
    "doctor": "doctor",
    "schema": "schema",
    "fingerprint": "fingerprint",
    "verify": "verify",
    "reproduce": "reproduce",
    "completion": "completion",
    "manual": "completion",
}
_EXAMPLE: Final = """example:
  proxx doctor /srv/proxies
  proxx watch /srv/proxies
  then drop JobSpecs into /srv/proxies/pending/

proxx COMMAND --help explains each command, with an example and its exit codes.
"""
_DEFECT: Final = "this is a defect of Proxx. Report it with the lines above."


class _Parser(argparse.ArgumentParser):
    """Ends with the contract's code for mistakes on the command line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(SYSTEM_ERROR, f"{self.prog}: {message}\nSee {self.prog} --help.\n")


def parser(chosen: str | None) -> argparse.ArgumentParser:
    """Build the command line of one command, or of all; only what it needs is imported."""
    top = _Parser(
        prog="proxx",
        description="Deterministic editing proxies from camera files, by watch folder or by hand.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"proxx {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # Importing only the command that is asked for keeps its start quick.
    wanted = _COMMANDS.values() if chosen is None else (_COMMANDS[chosen],)
    with lean_imports():
        modules = [importlib.import_module(f"proxx_daemon.cli.{name}") for name in wanted]
    for module in dict.fromkeys(modules):
        module.add(commands)
    return top


def entry() -> NoReturn:
    """Run the command line and exit with the command's code."""
    chosen = next((each for each in sys.argv[1:] if each in _COMMANDS), None)
    arguments = parser(chosen).parse_args()
    leave(_run(arguments), arguments.command)


def _run(arguments: argparse.Namespace) -> int:
    """Run the command; gives its exit code, whatever happens."""
    try:
        return int(arguments.run(arguments))
    except FatalError as error:
        say(f"proxx {arguments.command}: {error}\n")
        return 1 if arguments.command == "watch" else SYSTEM_ERROR
    except ProxxError as error:
        say(f"proxx {arguments.command}: {error}\n")
        return SYSTEM_ERROR
    except BrokenPipeError:
        return SYSTEM_ERROR
    except Exception:  # noqa: BLE001 - a defect must not pass for a verdict on the job
        if unwritten() is not None:
            return SYSTEM_ERROR
        # Hardly ever needed, and not quick to import.
        import traceback  # noqa: PLC0415

        say(f"{traceback.format_exc()}\nproxx {arguments.command}: {_DEFECT}\n")
        return 1 if arguments.command == "watch" else SYSTEM_ERROR
