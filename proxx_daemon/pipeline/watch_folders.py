"""Recognises the watch folder that a path is in: nobody but Proxx writes there."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from proxx_daemon.system.mounts import other_names

#: what every watch folder has that a daemon has served
PENDING: Final = "pending"
STATE: Final = ".proxx"


def enclosing(path: str) -> str | None:
    """Return the watch folder that a path leads into; None if there is none.

    Links are followed, and so are mounts of a part of the folder elsewhere (Linux). A folder
    counts as a watch folder by its layout: it has `pending/` and `.proxx/`.
    """
    real = os.path.realpath(path)
    names = [real]
    with suppress(OSError):
        names += other_names(real)
    found = (place for name in names for place in _upwards(name) if _has_layout(place))
    return next(found, None)


def _upwards(path: str) -> Iterator[str]:
    """Yield a path and every folder above it."""
    yield path
    while (above := os.path.dirname(path)) != path:
        path = above
        yield path


def _has_layout(place: str) -> bool:
    return all(os.path.isdir(os.path.join(place, part)) for part in (STATE, PENDING))
