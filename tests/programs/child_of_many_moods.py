"""A child process that behaves in the one way that its first argument names."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import Final

_LINES: Final = 20_000


def _flood() -> int:
    """Write far more than a pipe holds on both outputs at once."""
    for number in range(_LINES):
        print(f"out {number} {'x' * 60}")
        print(f"err {number} {'x' * 60}", file=sys.stderr)
    return 0


def _ignore_sigterm() -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("ready", flush=True)
    while True:
        signal.pause()


def _wait() -> int:
    print("ready", flush=True)
    while True:
        signal.pause()


def _talk() -> int:
    """Say something all the time."""
    while True:
        print("still here", flush=True)
        time.sleep(0.02)


def _leave_grandchild() -> int:
    """End, and leave a process behind that holds the outputs open."""
    child = subprocess.Popen([sys.executable, __file__, "wait"])
    print(child.pid, flush=True)
    return 0


def _close_outputs() -> int:
    """Close both outputs and go on."""
    print("closing", flush=True)
    os.close(1)
    os.close(2)
    while True:
        signal.pause()


def _tell_about_self() -> int:
    """Print what was inherited."""
    inherited = []
    for number in range(3, 256):
        with contextlib.suppress(OSError):
            os.fstat(number)
            inherited.append(str(number))
    print("descriptors", " ".join(inherited))
    print("stdin", len(sys.stdin.read()))
    print("leader", os.getsid(0) == os.getpid() == os.getpgid(0))
    return 0


def _lines() -> int:
    os.write(1, b"one\ntwo\rthree\r\n\nfo")
    os.write(1, b"ur")
    return 7


_MOODS: Final = {
    "flood": _flood,
    "ignore-sigterm": _ignore_sigterm,
    "wait": _wait,
    "talk": _talk,
    "leave-grandchild": _leave_grandchild,
    "close-outputs": _close_outputs,
    "tell-about-self": _tell_about_self,
    "lines": _lines,
}

if __name__ == "__main__":
    sys.exit(_MOODS[sys.argv[1]]())
