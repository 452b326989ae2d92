"""The one slot that Resolve has on a machine: a lock on one file for all users.

The session inherits the lock: if it runs longer than its daemon, it keeps the slot.
"""

import fcntl
import os
import select
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.system.cancel import CancelToken

#: the documented place; every user of the machine can open it
LOCK_PATH: Final = "/tmp/proxx-resolve.lock"  # noqa: S108 - it must be the same for all users
#: seconds between two attempts
_AGAIN_SECONDS: Final = 0.5
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def take(path: str, cancel: CancelToken, waits: Callable[[], None]) -> FileIO | None:
    """Wait for the slot and return its locked file; None when `cancel` came first.

    Closing the file releases the slot, unless a session that is still alive has inherited it.
    `waits` is called once if somebody else has it. Raise JobFailed when the file cannot be
    used.
    """
    slot = _open(path)
    # Not `select`: it fails with descriptors above 1023.
    cancelled = select.poll()
    cancelled.register(cancel, select.POLLIN)
    reported = False
    while True:
        if cancel.cancelled:
            slot.close()
            return None
        with suppress(BlockingIOError):
            fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return slot
        if not reported:
            reported = True
            waits()
        cancelled.poll(_AGAIN_SECONDS * 1000)


def _open(path: str) -> FileIO:
    """Open the file, or make it, so that every user can open it afterwards."""
    try:
        with suppress(FileNotFoundError):
            return FileIO(os.open(path, _FLAGS))
        with suppress(FileExistsError):
            descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o644)
            # The umask may have taken the others' permission to read.
            os.fchmod(descriptor, 0o644)
            return FileIO(descriptor)
        return FileIO(os.open(path, _FLAGS))
    except OSError as error:
        raise failed(
            Code.RESOLVE_NOT_ANSWERING,
            f"The lock of Resolve's slot, {path}, cannot be opened: {error.strerror}.",
            action="Remove the file if it is not one of Proxx, or set PROXX_RESOLVE_LOCK.",
        ) from error
