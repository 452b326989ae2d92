"""Other names of a folder: the paths that lead to it through other mounts of its file system.

This works on Linux only; elsewhere a folder has no other names.
"""

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from attrs import frozen

_TABLE: Final = "/proc/self/mountinfo"
#: how the table writes spaces, tabs, line ends and backslashes
_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")


@frozen
class _Mount:
    """One mount of a file system, or of a folder in it."""

    device: bytes
    #: what is mounted: a path in the file system
    root: str
    #: where it is mounted
    point: str


def other_names(path: str) -> Iterator[str]:
    """Yield every other path of a folder or file; `path` is a real one, without links.

    Raise OSError if there is nothing at that path.
    """
    status = os.stat(path)
    mounts = _mounts(_table())
    # The longest point, and of several mounts on one point the last.
    holding = max(
        (mount for mount in mounts if _inside(path, mount.point) is not None),
        key=lambda mount: (len(mount.point), mounts.index(mount)),
        default=None,
    )
    if holding is None:
        return
    place = _joined(holding.root, _inside(path, holding.point) or "")
    for mount in mounts:
        rest = _inside(place, mount.root)
        if mount.device != holding.device or rest is None:
            continue
        other = _joined(mount.point, rest)
        # Something else may be mounted over it.
        if other != path and _is_same(other, status):
            yield other


def _inside(path: str, folder: str) -> str | None:
    """Return the path from a folder on, empty for the folder itself; None if it is not in it."""
    start = folder.rstrip("/")
    return path[len(start) :].lstrip("/") if f"{path}/".startswith(f"{start}/") else None


def _joined(folder: str, rest: str) -> str:
    return os.path.join(folder, rest) if rest else folder


def _is_same(path: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), status)
    except OSError:
        return False


def _table() -> bytes:
    try:
        with open(_TABLE, "rb") as table:
            return table.read()
    except OSError:
        return b""


# Every job asks several times, and the table hardly ever changes.
@lru_cache(maxsize=1)
def _mounts(table: bytes) -> tuple[_Mount, ...]:
    rows = (line.split(b" ") for line in table.splitlines())
    return tuple(_Mount(row[2], _plain(row[3]), _plain(row[4])) for row in rows)


def _plain(text: bytes) -> str:
    return os.fsdecode(_ESCAPE.sub(lambda found: bytes((int(found[1], 8),)), text))
