"""Where the command `proxx` begins and ends; `commands` reads the command line."""

import os
import sys
from typing import NoReturn

from proxx_daemon.cli import signals

#: exit code of a command that was ended by Ctrl-C
_INTERRUPTED = 130


def entry() -> NoReturn:
    """Run the command line and exit with the command's code."""
    _open_standard_streams()
    _need_utf8()
    name = next(iter(sys.argv[1:]), "")
    if name == "run":
        # It always prints a result, even if it is stopped during the imports below.
        signals.hold()
    try:
        from proxx_daemon.cli import commands  # noqa: PLC0415 - it takes most of a start

        code = commands.execute(sys.argv[1:])
    except KeyboardInterrupt:
        # For `watch` it is a SIGTERM, and there is nothing yet to stop.
        code = 0 if name == "watch" else _INTERRUPTED
    sys.exit(code)


def _open_standard_streams() -> None:
    """Connect those of the three standard streams that the caller closed to nothing.

    Otherwise the next file that is opened gets such a number, and what somebody prints would go
    into it: into a lock, or into a proxy.
    """
    for number, mode in enumerate("rww"):
        try:
            os.fstat(number)
        except OSError:
            # The system gives the lowest number that is free.
            os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(number, True)  # noqa: FBT003 - it has no name
            # Open until the process ends, as the others are.
            stream = open(number, mode, closefd=False, errors="backslashreplace")  # noqa: SIM115
            setattr(sys, ("stdin", "stdout", "stderr")[number], stream)


def _need_utf8() -> None:
    """Start again in Python's UTF-8 mode if the locale cannot encode every file name.

    Paths are UTF-8 in every JobSpec and bytes on disk. Without UTF-8, Python could not open a
    source with an umlaut in its name.
    """
    if sys.getfilesystemencoding() != "utf-8":
        # For the children that run Python, too.
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606
