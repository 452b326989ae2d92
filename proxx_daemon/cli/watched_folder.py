"""The watch folder that a command names, as seen from outside its daemon."""

import os

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import lock
from proxx_daemon.spool.folders import WatchFolder


def named(path: str) -> WatchFolder:
    """Return the watch folder of that path. Raise FatalError if no daemon ever served it."""
    folder = WatchFolder(os.path.abspath(path))
    if not path or not os.path.isdir(folder.state):
        raise FatalError(
            f"{folder.root} is not a watch folder, or this user cannot read it. Check the path and "
            "its volume, or start `proxx watch` on it once."
        )
    return folder


def is_served(folder: WatchFolder) -> bool | None:
    """Return whether a daemon serves it now; None if this user cannot tell."""
    return lock.is_served(os.path.join(folder.state, "lock"))
