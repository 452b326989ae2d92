"""Finds processes that a child started outside its session, by the pipe that they write to.

This works on Linux only; elsewhere nothing is found.
"""

import os
import signal
from contextlib import suppress

import psutil


def kill_writers(pipe: int) -> tuple[int, ...]:
    """Kill every other process that has the writing end of a pipe open; return their PIDs.

    `pipe` is a descriptor of its reading end. Processes of other users are not seen.
    """
    if not hasattr(os, "pidfd_open"):
        return ()
    name = f"pipe:[{os.fstat(pipe).st_ino}]"
    killed = []
    for pid in set(psutil.pids()) - {os.getpid()}:
        # From here on the descriptor names the process, even if its number is used again.
        try:
            process = os.pidfd_open(pid)
        except OSError:
            continue
        try:
            if any(_writes(pid, number, name) for number in _descriptors(pid)):
                with suppress(OSError):
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                    killed.append(pid)
        finally:
            os.close(process)
    return tuple(killed)


def _descriptors(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


def _writes(pid: int, number: str, name: str) -> bool:
    """Return whether a descriptor of a process is the writing end of that pipe.

    A fork of this very process holds the reading end for the moment until its exec: it is
    another child that is being started, and not a stray.
    """
    try:
        if os.readlink(f"/proc/{pid}/fd/{number}") != name:
            return False
        with open(f"/proc/{pid}/fdinfo/{number}", encoding="ascii") as file:
            lines = file.read().splitlines()
    except OSError:
        return False
    flags = next((int(line.split()[1], 8) for line in lines if line.startswith("flags:")), 0)
    return flags & os.O_ACCMODE in (os.O_WRONLY, os.O_RDWR)
