"""Files that this process holds open: how a child opens them, and how they are closed."""

import os
import sys
from contextlib import suppress
from threading import Thread
from typing import Final

from proxx_daemon.system import storage

#: seconds for which the end of a close is awaited
_CLOSE_SECONDS: Final = 1.0


def path_for_child(descriptor: int) -> str:
    """Return a path under which a child opens the file of a descriptor, from its first byte.

    The child must be started before another use of the descriptor, and must inherit it: see
    `keep_descriptors` in `system.child`.
    """
    if sys.platform == "linux":
        # The kernel opens the file anew. With this process's number, not `self`, it also works
        # where a script between closes what it inherits.
        return f"/proc/{os.getpid()}/fd/{descriptor}"
    # Elsewhere the child gets this very descriptor, and its position in the file with it.
    os.lseek(descriptor, 0, os.SEEK_SET)
    return f"/dev/fd/{descriptor}"


def close(descriptor: int) -> None:
    """Close a file that was only read; go on if its volume does not answer.

    Some file systems (FUSE) ask their server even then: how a job ends must not depend on it.
    """
    thread = Thread(target=_close, args=(descriptor,), name="close", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        # There is no thread to spare.
        _close(descriptor)
        return
    with storage.resting():
        thread.join(_CLOSE_SECONDS)


def _close(descriptor: int) -> None:
    with suppress(OSError):
        os.close(descriptor)
