"""Whether a watch folder can be used at this moment: checked before every claim, without writing.

A folder that is unmounted, replaced, read-only, split or full is left alone until it is back.
"""

import os
import stat
from typing import Final

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool.folders import WatchFolder, check_renames
from proxx_daemon.spool.lock import FolderLock

#: bytes that must be free for a spec to be claimed: its notes, its result and some of its log
LEAST_BYTES: Final = 1024 * 1024
#: names that must be free: those notes, result and log, for two jobs
LEAST_NAMES: Final = 16


def problem(folder: WatchFolder, lock: FolderLock) -> str | None:
    """Return why the folder cannot be used; None if it can."""
    if not lock.in_place:
        return (
            f"{folder.root} is not the folder that this daemon locked: it was unmounted, moved or "
            "replaced"
        )
    try:
        for path in (folder.journal, folder.scratch, *folder.shared):
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return f"{path} is no longer a folder"
            if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
                return f"{path} cannot be written"
        check_renames((folder.scratch, *folder.shared))
        return _shortage(folder)
    except OSError as error:
        return f"{error.filename or folder.root}: {error.strerror}"
    except FatalError as error:
        return str(error).rstrip(".")


def _shortage(folder: WatchFolder) -> str | None:
    volume = os.statvfs(folder.state)
    free = volume.f_bavail * volume.f_frsize
    if free < LEAST_BYTES:
        wanted = f"{LEAST_BYTES // 1024} KiB needed"
        return f"the watch folder's volume is full: {free // 1024} KiB free, {wanted}"
    # File systems that make room for names as they go count none.
    if volume.f_files and volume.f_favail < LEAST_NAMES:
        return (
            f"the watch folder's volume has room for {volume.f_favail} more files, {LEAST_NAMES} "
            "needed"
        )
    return None
