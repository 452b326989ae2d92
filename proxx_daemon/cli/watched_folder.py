"""The watch folder that a command names, looked at from outside its daemon."""

import os

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import lock
from proxx_daemon.spool.folders import WatchFolder


def named(path: str) -> WatchFolder:
    """Give the watch folder of that path; raises FatalError when no daemon ever served it."""
    folder = WatchFolder(os.path.abspath(path))
    if not path or not os.path.isdir(folder.state):
        raise FatalError(
            f"{folder.root} is not a watch folder, or this user may not look into it. Start "
            "`proxx watch` on it once; check the path and its volume."
        )
    return folder


def is_served(folder: WatchFolder) -> bool | None:
    """Whether a daemon serves it now; None where this user cannot tell."""
    return lock.is_served(os.path.join(folder.state, "lock"))
