"""How a child opens a file that this process holds open, whatever has the file's name by then."""

import os
import sys


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
