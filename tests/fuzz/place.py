"""Where inputs become files: readers of files get a path, as in real life."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from proxx_daemon.spool.folders import WatchFolder


@cache
def _folder(process: int) -> Path:
    """Return a folder of this process: a forked one gets its own."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder in it, as tempfile makes it
    where = memory if os.access(memory, os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix=f"proxx-fuzz-{process}-", dir=where))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
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
