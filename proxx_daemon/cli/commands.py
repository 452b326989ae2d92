"""Reads the command line, and runs the one command in it."""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

from proxx_daemon import __version__
from proxx_daemon.cli import output
from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.failures.errors import FatalError, ProxxError

#: exit code for an error of the machine or the command line, not of the job
SYSTEM_ERROR: Final = 4
#: the file behind each command, and what the command does
_COMMANDS: Final = {
    "validate": ("validate", "check a JobSpec, its sources and its outputs"),
    "run": ("run", "run one JobSpec and print its result JSON"),
    "watch": ("watch", "watch a folder and make proxies of the JobSpecs dropped into its pending/"),
    "create": ("create", "make a JobSpec from a user profile"),
    "profiles": ("profiles", "list the canonical profiles, or show one"),
    "user-profiles": ("user_profiles", "list the user profiles, or explain one"),
    "status": ("status", "show the daemon's health, its jobs and the last failures"),
    "jobs": ("jobs", "list the jobs, how they ended and which proxies attach"),
    "wait": ("wait", "wait until jobs have ended, and say how"),
    "pause": ("operate", "start no more jobs until `proxx resume`; running jobs go on"),
    "resume": ("operate", "start jobs again after a pause"),
    "cancel": ("operate", "end a running job; it fails as CANCELLED"),
    "drain": ("operate", "let the daemon finish the running jobs and exit with 0"),
    "resubmit": ("resubmit", "submit a finished job again, as a new job"),
    "discard": ("discard", "remove the partial files that failed jobs left behind"),
    "doctor": ("doctor", "check engines, encoders, decoders and, for a folder, its file system"),
    "schema": ("schema", "print the JSON Schema of one kind of document"),
    "fingerprint": ("fingerprint", "print the fingerprints that results have for sources"),
    "verify": ("verify", "check that proxies are still as their result says"),
    "reproduce": ("reproduce", "encode the clips of a result again and compare the bytes"),
}
#: commands for which Ctrl-C is a SIGTERM: they end in good order, with a code of their own
_STOPPED_IN_ORDER: Final = ("run", "watch")
_EXAMPLE: Final = """example:
  proxx doctor /srv/proxies
  proxx watch /srv/proxies
  then drop JobSpecs into /srv/proxies/pending/

`proxx COMMAND --help` explains one command, with an example and its exit codes.

exit codes: every command has its own; 4 for a wrong command line
"""
_CODE_4: Final = "            4 for a wrong command line"
_DEFECT: Final = "this is a defect of Proxx. Report it with the lines above."


class _Parser(argparse.ArgumentParser):
    """Keeps the lines of an epilog, and ends with 4 on a wrong command line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": argparse.RawDescriptionHelpFormatter, **options})

    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        output.tell(f"{self.prog}: {message}", f"See {self.prog} --help.")
        self.exit(SYSTEM_ERROR)


def parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """Build the command line of one command, or of all; only what it needs is imported."""
    top = _Parser(
        prog="proxx",
        description="Deterministic editing proxies from camera files, by watch folder or by hand.",
        epilog=_EXAMPLE,
    )
    top.add_argument("--version", action="version", version=f"proxx {__version__}")
    every = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in _COMMANDS if chosen is None else (chosen,):
        file, summary = _COMMANDS[name]
        command = every.add_parser(name, help=summary)
        module = _imported(f"proxx_daemon.cli.{file}")
        module.add(command)
        command.set_defaults(run=module.run)
        after_interrupt = "" if name in _STOPPED_IN_ORDER else "; 130 after Ctrl-C"
        command.epilog = f"{(command.epilog or '').rstrip()}\n{_CODE_4}{after_interrupt}\n"
    return top


def _imported(name: str) -> ModuleType:
    """Import a command, but not rich.

    structlog imports rich if it is installed, for tracebacks that Proxx never prints: a tenth of
    a second of every start. Proxx itself imports rich later, for a terminal.
    """
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    try:
        return importlib.import_module(name)
    finally:
        if sys.modules["rich"] is None:
            del sys.modules["rich"]


def execute(words: Sequence[str]) -> int:
    """Run the command; return its exit code. Raise nothing but KeyboardInterrupt."""
    output.escape_what_cannot_be_encoded()
    name = words[0] if words and words[0] in _COMMANDS else None
    fatal = 1 if name == "watch" else SYSTEM_ERROR
    prefix = f"proxx {name}" if name else "proxx"
    if any(_is_no_argument(word) for word in words):
        output.tell(f"{prefix}: an argument holds a character that no system takes.")
        return SYSTEM_ERROR
    try:
        return _run(words, name)
    except output.UnwritableError as error:
        # Whoever closed the pipe wants no message about it.
        if not isinstance(error.__cause__, BrokenPipeError):
            output.tell(f"{prefix}: {error}")
        return SYSTEM_ERROR
    except ProxxError as error:
        output.tell(f"{prefix}: {error}")
        return fatal if isinstance(error, FatalError) else SYSTEM_ERROR
    except Exception:  # noqa: BLE001 - a defect must not look like a verdict on the job
        output.tell(traceback.format_exc(), f"{prefix}: {_DEFECT}")
        return fatal


def _is_no_argument(word: str) -> bool:
    """Return whether a word holds a zero or a half of a surrogate pair: only a program gives it."""
    try:
        return b"\0" in os.fsencode(word)
    except UnicodeEncodeError:
        return True


def _run(words: Sequence[str], name: str | None) -> int:
    try:
        reader = parser(name)
        arguments, unknown = reader.parse_known_args(words)
        if unknown:
            reader.error(f"unrecognized arguments: {escaped(' '.join(unknown))}")
        code = int(arguments.run(arguments))
    except SystemExit as end:
        # --help, --version, or a wrong command line.
        code = end.code if isinstance(end.code, int) else SYSTEM_ERROR
    except OSError as error:
        # If stdout is the reason, this says so.
        output.flush()
        if isinstance(error, BrokenPipeError):
            return SYSTEM_ERROR
        raise
    output.flush()
    return code
