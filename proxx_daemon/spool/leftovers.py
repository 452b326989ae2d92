"""Finds and removes the partial files that failed jobs left behind.

Only what the result of a filed job names is found, never a file for its name. Nothing of a job
that runs, or is being filed, is touched.
"""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from attrs import frozen

from proxx_daemon.spool import candidates, journal
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.system import durable

#: bytes of a result that are read
_MOST_BYTES: Final = 256 * 1024 * 1024


@frozen(kw_only=True)
class Leftover:
    """One partial file of a filed job."""

    #: file name of the job's spec in failed/, without its suffix
    job: str
    #: absolute path of the file
    path: str
    #: its bytes
    size: int
    #: the folder of the proxy that it did not become
    output_folder: str


def find(folder: WatchFolder) -> Iterator[Leftover]:
    """Yield the partial files of filed jobs that exist; raise OSError if failed/ is unreadable.

    Reads the result of every job in failed/.
    """
    running = {
        clip.partial_path for notes in journal.read_all(folder) for clip in notes.clips.values()
    }
    target = folder.filed(Filing.FAILED)
    names = set(os.listdir(target))
    for name in sorted(names):
        job = name.removesuffix(candidates.RESULT_SUFFIX)
        # A result without its spec is that of a job that is being filed.
        if job == name or job + candidates.SUFFIX not in names:
            continue
        for path, output_folder in _named(os.path.join(target, name)):
            size = _size(path)
            if size is not None and path not in running:
                yield Leftover(job=job, path=path, size=size, output_folder=output_folder)


def remove(leftover: Leftover) -> None:
    """Remove a partial file, and the folder around it if it was made for it. Raise OSError.

    One that has gone meanwhile counts as removed.
    """
    with suppress(FileNotFoundError):
        os.unlink(leftover.path)
    place = os.path.dirname(leftover.path)
    with suppress(OSError):
        # Not empty: it holds another partial file, or something that is not ours.
        while place != leftover.output_folder:
            os.rmdir(place)
            place = os.path.dirname(place)


def _named(path: str) -> Iterator[tuple[str, str]]:
    """Yield each partial file that a result names, with the folder of its proxy."""
    try:
        result: Any = json.loads(durable.read_regular(path, _MOST_BYTES))
        clips = [(clip["partial_path"], clip["resolved_output_path"]) for clip in result["clips"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return
    for partial, output in clips:
        if isinstance(partial, str) and isinstance(output, str):
            output_folder = os.path.dirname(output)
            if _is_ours(partial, output_folder):
                yield partial, output_folder


def _is_ours(partial: str, output_folder: str) -> bool:
    """Return whether a file lies where Proxx puts partial files: hidden, below its proxy's folder.

    A result that somebody else wrote must not make this program remove other files.
    """
    inner = partial.removeprefix(output_folder + "/")
    plain = os.path.normpath(partial) == partial and output_folder.startswith("/")
    return plain and inner != partial and inner.startswith(".")


def _size(path: str) -> int | None:
    """Return the bytes of a regular file; None for everything else."""
    # ValueError: a path that no system accepts.
    with suppress(OSError, ValueError):
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode):
            return status.st_size
    return None
