"""The lock that the children of an attempt inherit: while it is held, one of them runs.

A `flock` lock: the kernel releases it when the last descriptor closes, even after a crash.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import psutil
from attrs import frozen

#: seconds for which the death of a killed engine is awaited
_PATIENCE_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.02


@frozen(kw_only=True)
class EndedHolders:
    """The result of ending the processes that hold a lock."""

    #: the process groups that were ended
    groups: tuple[int, ...]
    #: no process holds the lock any more
    all: bool


def locked(path: str, mode: int, more: int = 0) -> int:
    """Open a file, made if need be, and lock it; raise BlockingIOError when it is locked."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | more
    descriptor = os.open(path, flags, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def engine_lock(path: str) -> int:
    """Make and take the lock that a job's children inherit; return its descriptor.

    While any process has it open, the job has a living child. What is written to it is appended.
    Raise OSError.
    """
    return locked(path, 0o600, os.O_APPEND)


def is_held(path: str) -> bool:
    """Return whether some process still holds an engine lock.

    False also for a file of another user: what holds it could not be ended either.
    """
    try:
        return refuses(path, os.O_RDWR, fcntl.LOCK_EX)
    except (FileNotFoundError, PermissionError):
        return False


def refuses(path: str, access: int, operation: int) -> bool:
    """Return whether the lock of another process prevents that lock. Raise OSError."""
    descriptor = os.open(path, access | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holders(path: str) -> list[psutil.Process]:
    """Find the processes that have a lock's file open, this one excepted."""
    own = os.getpid()
    # The kernel names open files by their real path.
    real = os.path.realpath(path)
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != own and any(file.path == real for file in process.open_files()):
                found.append(process)
    return found


def end_holders(path: str, seconds: float = _PATIENCE_SECONDS) -> EndedHolders:
    """Kill the processes that hold an engine lock and wait up to `seconds` for their end."""
    ended: set[int] = set()
    deadline = time.monotonic() + seconds
    while is_held(path):
        ended.update(_kill_holders(path))
        if time.monotonic() > deadline:
            return EndedHolders(groups=tuple(sorted(ended)), all=False)
        time.sleep(_PAUSE_SECONDS)
    return EndedHolders(groups=tuple(sorted(ended)), all=True)


def _kill_holders(path: str) -> Iterator[int]:
    for process in holders(path):
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            group = os.getpgid(process.pid)
            # Psutil compares the start time: a reused PID is not the process that was found.
            if not process.is_running():
                continue
            if group == os.getpgrp():
                process.kill()
            else:
                os.killpg(group, signal.SIGKILL)
            yield group
