"""Where inputs become files: readers of files get a path, as in real life."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from proxx_daemon.spool.folders import WatchFolder


@cache
def _root() -> Path:
    """Make the folder of this process and of those that it forks; it goes with this process."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder in it, as tempfile makes it
    where = memory if os.access(memory, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="proxx-fuzz-", dir=where))
    atexit.register(remove, os.getpid())
    return path


def remove(maker: int) -> None:
    """Remove the folder, in the process that made it: a forked one has the same things to do."""
    if os.getpid() == maker:
        shutil.rmtree(_root(), ignore_errors=True)
        _root.cache_clear()
        _folder.cache_clear()
        _watched.cache_clear()


@cache
def _folder(process: int) -> Path:
    """Return the folder of one process."""
    path = _root() / str(process)
    path.mkdir()
    return path


def folder() -> Path:
    """Return the folder for the files of this process."""
    return _folder(os.getpid())


def file(data: bytes, name: str = "input") -> Path:
    """Return a file with this content."""
    path = folder() / name
    path.write_bytes(data)
    return path


@cache
def _watched(process: int) -> WatchFolder:
    root = _folder(process) / "watched"
    root.mkdir()
    made = WatchFolder(str(root))
    made.prepare()
    return made


def watched() -> WatchFolder:
    """Return a watch folder that was prepared as a daemon does it."""
    return _watched(os.getpid())
