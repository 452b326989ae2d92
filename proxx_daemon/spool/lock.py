"""One daemon per watch folder: a `flock` lock, which the kernel releases when the holder ends."""

import fcntl
import json
import os
import time
from contextlib import suppress
from typing import Any, Final

from proxx_daemon.documents.strict_json import DocumentLimits, printable
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool.json_file import read_object
from proxx_daemon.system.durable import write_all
from proxx_daemon.system.engine_lock import locked, refuses

_LIMITS: Final = DocumentLimits(what="lock", max_bytes=4096, max_depth=1)
#: how often, and how many seconds apart, a lock is tried before it counts as another daemon's
_LOOKS: Final = 5
_LOOK_SECONDS: Final = 0.05


class FolderLock:
    """The daemon's claim on one watch folder, held until `release` or the end of the process."""

    def __init__(self, path: str, holder: dict[str, Any]) -> None:
        """Take the lock and note who holds it.

        Raise FatalError when another daemon does, or when the file cannot be locked.
        """
        self._path = path
        try:
            self._descriptor = _locked_soon(path)
        except BlockingIOError:
            raise FatalError(_taken(path)) from None
        except OSError as error:
            raise FatalError(f"{path} cannot be locked: {error.strerror}.") from error
        # On a full disk only the name of the holder is missing from the message.
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            write_all(self._descriptor, json.dumps(holder).encode() + b"\n")

    @property
    def in_place(self) -> bool:
        """Whether the locked file still is the one that the folder's path leads to."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.lstat(self._path))
        except OSError:
            return False

    def release(self) -> None:
        """Release the folder; the file stays, empty, because removing it would race."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def is_served(path: str) -> bool | None:
    """Return whether a daemon holds the lock of a folder; None if this user may not look.

    A look takes a shared lock for a moment: a daemon that starts then waits for its end.
    """
    try:
        return refuses(path, os.O_RDONLY, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False
    except OSError:
        return None


def _locked_soon(path: str) -> int:
    """Lock the folder's file; wait for a process that only looks at it."""
    for _ in range(_LOOKS):
        with suppress(BlockingIOError):
            return locked(path, 0o644)
        time.sleep(_LOOK_SECONDS)
    return locked(path, 0o644)


def _taken(path: str) -> str:
    folder = os.path.dirname(os.path.dirname(path))
    try:
        holder = read_object(path, _LIMITS)
        pid, host, since = (printable(holder[name], 80) for name in ("pid", "host", "since"))
        who = f"by pid {pid} on {host} since {since}"
    except (OSError, ValueError, KeyError):
        who = "by another daemon that has not written its name yet"
    return (
        f"{folder} is already watched {who}. One daemon serves one folder; stop that one first, "
        "or watch another folder."
    )
