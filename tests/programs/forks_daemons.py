"""Imports the daemon once and forks one for each line on stdin: saves the start of Python.

A line is JSON: `arguments` of `proxx`, `environment` to add, `log` for stderr, and perhaps
`signal` with `at`: the signal that the daemon gets at the entry of its at-th durable call, seen
through Python's own profiling and so without a compiler. The answer is the exit code on a line
of its own, negative for a signal. Each fork is `proxx` as its command line starts it; only the
loading of its modules has happened before. With QUEUES it is the daemon of `daemon_that_queues.py`.
A daemon with CRASH_POWER leaves no process behind: a loss of power ends them all.
"""

import ctypes
import json
import os
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import psutil

import proxx_daemon.cli.watch  # noqa: F401 - loaded once for every fork
from proxx_daemon.cli.main import entry

sys.path.insert(0, str(Path(__file__).parents[1]))

import daemon_that_queues

#: calls that make something last, or give, move or remove a name
_DURABLE: Final = {os.fsync, os.link, os.unlink, os.rename, os.replace}
#: the function of ours that calls renameat2, which is not one of Python's
_RENAME: Final = "_native_rename"
#: prctl(2): this process becomes the parent of what its dead children leave
_SET_CHILD_SUBREAPER: Final = 36


def _crash(at: int, number: int) -> None:
    """Let this process get a signal at the entry of a durable call, in whichever thread."""
    calls = 0

    def look(frame: FrameType, event: str, called: Any) -> None:
        nonlocal calls
        renames = event == "call" and frame.f_code.co_name == _RENAME
        if renames or (event == "c_call" and called in _DURABLE):
            calls += 1
            if calls == at:
                os.kill(os.getpid(), number)

    threading.setprofile(look)
    sys.setprofile(look)


def _become(request: dict[str, Any]) -> NoReturn:
    """Be the daemon until its end."""
    os.environ.update(request["environment"])
    for stream, path in ((0, os.devnull), (1, os.devnull), (2, request["log"])):
        flags = os.O_RDONLY if stream == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        descriptor = os.open(path, flags, 0o644)
        os.dup2(descriptor, stream)
        os.close(descriptor)
    sys.argv = ["proxx", *request["arguments"]]
    code = 1
    if "signal" in request:
        _crash(request["at"], request["signal"])
    try:
        if "QUEUES" in os.environ:
            daemon_that_queues.main()
        entry()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stderr.flush()
        os._exit(code)


def _end_the_rest() -> None:
    """Kill every process that a daemon left, even one that is between fork and exec."""
    while True:
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        for child in psutil.Process().children():
            child.kill()


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        loses_power = "CRASH_POWER" in request["environment"]
        if loses_power:
            ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)
        pid = os.fork()
        if pid == 0:
            _become(request)
        _, status = os.waitpid(pid, 0)
        if loses_power:
            _end_the_rest()
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
