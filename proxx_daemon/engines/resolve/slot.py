"""The one slot that Resolve has on a machine: a lock on one file, whoever runs Proxx.

The session inherits the lock, so that one that outlives its daemon keeps the slot.
"""

import fcntl
import os
import select
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.system.child import CancelToken

#: the documented place; every user of a machine can open it
LOCK_PATH: Final = "/tmp/proxx-resolve.lock"  # noqa: S108 - it has to be the same for everybody
#: seconds between two attempts
_AGAIN_SECONDS: Final = 0.5
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class ResolveSlot:
    """The held slot; leave its context, or close it, to give it back."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        """Return the descriptor that a session inherits."""
        return self._descriptor

    def close(self) -> None:
        """Release the slot, unless a session that is still alive holds it."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def take(path: str, cancel: CancelToken, waits: Callable[[], None]) -> ResolveSlot | None:
    """Wait for the slot and take it; None when `cancel` came first.

    `waits` is called once if somebody else has it. Raise JobFailed when the file cannot be
    used.
    """
    descriptor = _open(path)
    # Not `select`: it fails with descriptors above 1023.
    cancelled = select.poll()
    cancelled.register(cancel, select.POLLIN)
    told = False
    while True:
        if cancel.cancelled:
            os.close(descriptor)
            return None
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return ResolveSlot(descriptor)
        if not told:
            told = True
            waits()
        cancelled.poll(_AGAIN_SECONDS * 1000)


def _open(path: str) -> int:
    """Open the file, or make it, so that every user can open it afterwards."""
    try:
        with suppress(FileNotFoundError):
            return os.open(path, _FLAGS)
        with suppress(FileExistsError):
            descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o644)
            # The umask may have taken the others' permission to read.
            os.fchmod(descriptor, 0o644)
            return descriptor
        return os.open(path, _FLAGS)
    except OSError as error:
        raise failed(
            Code.RESOLVE_NOT_ANSWERING,
            f"The lock of Resolve's slot, {path}, cannot be opened: "
            f"{os.strerror(error.errno or 0)}.",
            action="Remove the file if it is not one of Proxx, or set PROXX_RESOLVE_LOCK.",
        ) from error
