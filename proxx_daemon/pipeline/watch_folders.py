"""Recognises the watch folder that a path is in: nobody but Proxx writes there."""

import os
from typing import Final

#: parts of every watch folder that a daemon has served: what waits, and the daemon's own notes
PENDING: Final = "pending"
STATE: Final = ".proxx"
#: the other parts, the daemon's own among them
_OTHERS: Final = (
    "running",
    "completed",
    "failed",
    *(os.path.join(STATE, part) for part in ("journal", "tmp", "quarantine", "requests")),
)
#: device and inode: the same however a folder is spelled, linked or mounted
_Identity = tuple[int, int]


def enclosing(path: str, served: str | None = None) -> str | None:
    """Return the watch folder that a path leads into, links followed; None if there is none.

    A folder counts as one by its layout: it has `pending/` and `.proxx/`. `served` is the one
    that this daemon serves: its parts are recognised wherever they are mounted.
    """
    parts = _parts(served)
    place = os.path.realpath(path)
    while True:
        if served is not None and _identity(place) in parts:
            return served
        if _has_layout(place):
            return place
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above


def _has_layout(place: str) -> bool:
    return all(os.path.isdir(os.path.join(place, part)) for part in (STATE, PENDING))


def _parts(served: str | None) -> frozenset[_Identity]:
    if served is None:
        return frozenset()
    paths = (served, *(os.path.join(served, part) for part in (PENDING, STATE, *_OTHERS)))
    return frozenset(found for path in paths if (found := _identity(path)) is not None)


def _identity(path: str) -> _Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
