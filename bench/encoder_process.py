"""Runs one program to its end and says what it cost."""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence

from attrs import frozen


@frozen(kw_only=True)
class Cost:
    """What one run of a program cost."""

    #: seconds of processor time, user and system, of all its threads
    cpu_seconds: float
    #: seconds on the clock; on a machine that does other things too this says little
    wall_seconds: float
    #: what it wrote to stderr
    log: str


def run(command: Sequence[str]) -> Cost:
    """Run a program without input; its standard output is discarded.

    Processor time comes from the kernel's account of this one child. Raises RuntimeError with
    the end of its log when it fails.
    """
    with tempfile.TemporaryFile() as log:
        begin = time.monotonic()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        text = log.read().decode("utf-8", "replace")
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{text[-2000:]}")
    return Cost(cpu_seconds=usage.ru_utime + usage.ru_stime, wall_seconds=wall, log=text)


def ask(command: Sequence[str]) -> str:
    """Run a program and give its standard output; raise RuntimeError when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout
