"""Locks between processes: one daemon per watch folder, and who still holds an engine.

Both are `flock` locks: the kernel drops them when the last descriptor closes, however the
holder ended.
"""

import fcntl
import json
import os
from contextlib import suppress
from typing import Any, Final

import psutil

from proxx_daemon.model.failures import FatalError
from proxx_daemon.spool.durable import write_all

_HOLDER_BYTES: Final = 4096


class FolderLock:
    """The daemon's claim on one watch folder, held until `release` or the end of the process."""

    def __init__(self, path: str, holder: dict[str, Any]) -> None:
        """Take the lock and note who holds it; raises FatalError when another daemon does."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(self._descriptor, _HOLDER_BYTES, 0)
            os.close(self._descriptor)
            raise FatalError(_taken(path, other)) from None
        os.ftruncate(self._descriptor, 0)
        write_all(self._descriptor, json.dumps(holder).encode() + b"\n")

    def release(self) -> None:
        """Give the folder free; the file stays, empty, because removing it would race."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def _taken(path: str, content: bytes) -> str:
    folder = os.path.dirname(os.path.dirname(path))
    try:
        holder = json.loads(content)
        who = f"by pid {holder['pid']} on {holder['host']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        who = "by another daemon that has not written its name yet"
    return (
        f"{folder} is already watched {who}. One daemon serves one folder; stop that one first, "
        "or watch another folder."
    )


def engine_lock(path: str) -> int:
    """Make and hold the lock that a job's children inherit; returns its descriptor.

    While any process has it open, the job has a living child.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def is_held(path: str) -> bool:
    """Whether some process still holds an engine lock."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holders(path: str) -> list[psutil.Process]:
    """Find the processes that have a lock's file open, this one excepted."""
    own = os.getpid()
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != own and any(file.path == path for file in process.open_files()):
                found.append(process)
    return found
