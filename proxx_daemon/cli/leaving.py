"""How a command ends: what it printed is out, its threads are over, then the process is gone."""

import os
import sys
import threading
from contextlib import suppress
from typing import Final, NoReturn

#: exit code of everything that is the machine's fault, not the job's
SYSTEM_ERROR: Final = 4


def leave(code: int, command: str) -> NoReturn:
    """End the process with an exit code; SYSTEM_ERROR where what it printed cannot be written.

    Python would first take every module and class apart, one by one, which is a tenth of what a
    short command takes; the kernel frees all of it at once.
    """
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    reason = unwritten()
    if reason is not None:
        code = SYSTEM_ERROR
        # Whoever closed the pipe knows, and wants no more.
        if not isinstance(reason, BrokenPipeError):
            text = os.strerror(reason.errno or 0)
            say(f"proxx {command}: its output cannot be written to stdout: {text}.\n")
    say("")
    os._exit(code)


def say(text: str) -> None:
    """Write to stderr what there is to say; nobody can be told that it cannot be written."""
    # A process may be started without any stderr.
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


def unwritten() -> OSError | None:
    """Write out what was printed to stdout; gives the error that keeps it back."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        return error
    return None
