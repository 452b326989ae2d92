"""Finished specs without a result: what cannot happen, and is looked for at each start.

completed/ and failed/ hold every job there ever was. Looking through 100,000 names takes a tenth
of a second and can be done early, by `sound_folders`; what it found counts only for a folder that
nobody has changed since.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from typing import Final

from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.system import durable

#: seconds for which a folder must have been left alone for its time of change to tell one change
#: from the next; the coarsest file systems count in steps of two (FAT, and shares that copy it)
_SETTLED_SECONDS: Final = 3.0


def sound_folders(folder: WatchFolder, now: float) -> list[str]:
    """Give the state of each folder of finished specs in which every spec has its result.

    Needs no lock: whoever holds it compares the states. `now` is in seconds since 1970. Raises
    OSError.
    """
    sound = []
    for filing in Filing:
        target = folder.filed(filing)
        status = os.stat(target)
        # Taken before the names are read: a change meanwhile makes another state.
        settled = status.st_ctime < now - _SETTLED_SECONDS
        if settled and not _lacking(os.listdir(os.fsencode(target))):
            sound.append(_state(status))
    return sound


def without_result(folder: WatchFolder, sound: Collection[str] = ()) -> list[str]:
    """Find specs in completed/ and failed/ that have no result.

    Returns their absolute paths. `sound` is what `sound_folders` gave earlier: folders that are
    still in one of these states are not looked through again.
    """
    found = []
    for filing in Filing:
        target = folder.filed(filing)
        if _state(os.stat(target)) in sound:
            continue
        found += [
            os.path.join(target, name)
            for name in sorted(map(os.fsdecode, _lacking(os.listdir(os.fsencode(target)))))
            if candidates.objection(name) is None
        ]
    return found


def _state(status: os.stat_result) -> str:
    """Say which folder it is and when a name in it last changed; ctime cannot be set back."""
    return f"{status.st_dev}:{status.st_ino}:{status.st_ctime_ns}"


def _lacking(names: list[bytes]) -> list[bytes]:
    """Give the names with a spec's ending that have no result among the names.

    The names stay bytes, and all of them are looked at as one text. No name holds a slash.
    """
    suffix, ending = candidates.SUFFIX.encode(), candidates.RESULT_SUFFIX.encode()
    text = b"/".join(names) + b"/"
    # With results under the names of their specs, what is there twice is a spec with its result.
    renamed = text.replace(ending + b"/", suffix + b"/").split(b"/")
    specs = text.count(suffix + b"/") - text.count(ending + b"/")
    if len(renamed) - len(set(renamed)) == specs:
        return []
    with_result = {name.removesuffix(ending) for name in names if name.endswith(ending)}
    return [
        name
        for name in names
        if name.endswith(suffix)
        and not name.endswith(ending)
        and name.removesuffix(suffix) not in with_result
    ]


def quarantine(folder: WatchFolder, path: str) -> str:
    """Set a finished spec without a result aside; returns its new path. Raises OSError."""
    with suppress(FileExistsError):
        os.mkdir(folder.quarantine, 0o700)
    name = os.path.basename(path)
    for stem in candidates.stems(name):
        target = os.path.join(folder.quarantine, stem + candidates.SUFFIX)
        with suppress(FileExistsError):
            durable.rename_noreplace(path, target)
            durable.fsync_directory(folder.quarantine)
            durable.fsync_directory(os.path.dirname(path))
            return target
    raise AssertionError("stems never end")
