"""Sets aside what does not belong in the watch folder, so that a person can look at it."""

import os
from contextlib import suppress

from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.system import durable


def set_aside(folder: WatchFolder, path: str) -> str:
    """Move an entry of the watch folder into .proxx/quarantine; return its new path.

    Raise OSError; the entry is then where it was.
    """
    with suppress(FileExistsError):
        os.mkdir(folder.quarantine, 0o700)
        durable.fsync_directory(folder.state)
    stem, suffix = os.path.splitext(os.path.basename(path))
    for other in candidates.stems(stem):
        target = os.path.join(folder.quarantine, other + suffix)
        with suppress(FileExistsError):
            durable.rename_noreplace(path, target)
            durable.fsync_directory(folder.quarantine)
            durable.fsync_directory(os.path.dirname(path))
            return target
    raise AssertionError("stems never end")
