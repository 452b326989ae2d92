"""Partial files: what engines write, in a folder of the attempt's own beside its proxies.

Folder and files are made before the engine starts, exclusively and never through a link. Only this
user can enter the folder, so nobody else can put a name in the engine's way.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.output.seal import io_failure
from proxx_daemon.system import storage

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class PartialFolder:
    """The folder of one attempt; made when the first clip needs it, and used by one thread."""

    def __init__(self, path: str) -> None:
        """`path` is absolute; nothing is made yet."""
        self._path = path
        #: the folder that was made, whatever is under its name later
        self._descriptor: int | None = None
        #: paths of the files and folders that were made in it
        self._made: set[str] = set()

    @contextmanager
    def file(self, path: str) -> Iterator[None]:
        """Make the empty file that an engine is to write while the context lasts.

        Raise JobFailed if its name is taken or its disk fails; and, after an engine that reported
        success, if another file has its name.
        """
        storage.step(path)
        try:
            descriptor = os.open(os.path.basename(path), _NEW_FILE, 0o666, dir_fd=self._folder())
        except OSError as error:
            raise _not_made(error, path) from error
        self._made.add(path)
        try:
            yield
            _check_same(descriptor, path)
        finally:
            os.close(descriptor)

    def folder(self, path: str) -> None:
        """Make a folder in it, for an engine that chooses the name of its file. Raise JobFailed."""
        storage.step(path)
        try:
            os.mkdir(os.path.basename(path), 0o700, dir_fd=self._folder())
        except OSError as error:
            raise _not_made(error, path) from error
        self._made.add(path)

    def kept(self, path: str) -> str | None:
        """Return the path of a partial file as `kept` does; None if it is somebody else's file."""
        return kept(path) if self._made & {path, os.path.dirname(path)} else None

    def close(self) -> None:
        """Release the folder; it stays on disk until `remove_empty`."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _folder(self) -> int:
        if self._descriptor is None:
            try:
                os.mkdir(self._path, 0o700)
                self._descriptor = os.open(self._path, _FOLDER)
            except OSError as error:
                raise _not_made(error, self._path) from error
        return self._descriptor


def remove_empty(path: str) -> None:
    """Remove the folder of an attempt, unless a file was kept in it."""
    storage.step(path)
    # ValueError: a path that no system accepts, out of a note that is not ours.
    with suppress(OSError, ValueError):
        descriptor = os.open(path, _FOLDER)
        try:
            for name in os.listdir(descriptor):
                with suppress(OSError):
                    os.rmdir(name, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        os.rmdir(path)


def kept(path: str) -> str | None:
    """Return the path of a partial file that is kept for a look; an empty one is removed."""
    storage.step(path)
    with suppress(OSError, ValueError):
        if os.lstat(path).st_size == 0:
            os.unlink(path)
    return path if os.path.lexists(path) else None


def _check_same(descriptor: int, path: str) -> None:
    """Raise JobFailed if a name is another file's; one that has gone is reported elsewhere."""
    storage.step(path)
    with suppress(OSError):
        if not os.path.samestat(os.fstat(descriptor), os.lstat(path)):
            message = f"'{path}' was replaced while the engine wrote it."
            raise JobFailed.of(Code.OUTPUT_NOT_WRITTEN, message)


def _not_made(error: OSError, path: str) -> JobFailed:
    if isinstance(error, FileExistsError):
        message = f"'{path}' exists. Proxx did not make it and did not change it."
        return JobFailed.of(Code.PARTIAL_NAME_TAKEN, message)
    return JobFailed(io_failure(error, path))
