"""Publishes many specs as one: all of them, or none, wherever a crash comes.

The specs are written and flushed in a hidden folder of pending/. One rename of that folder to
`.proxx-batch-NAME` publishes them all; daemons and commands see it from then on, and none of its
specs before. Then each spec is moved into pending/ by a rename of its own, so it is in exactly one
place at any moment. Whoever sees a published folder may finish that: the command that published
it, the next one, or a daemon at its next scan.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from proxx_daemon.spool import candidates, filing
from proxx_daemon.system import durable
from proxx_daemon.system.engine_lock import locked, refuses

_PREPARED: Final = f"{candidates.OWN_PREFIX}new-"
_PUBLISHED: Final = f"{candidates.OWN_PREFIX}batch-"
#: locked by whoever prepares the folder that it is in
_LOCK: Final = ".lock"


class BeingMadeError(Exception):
    """Somebody else is just making a batch of this name."""


class Preparation:
    """The folder in which the specs of one batch are written."""

    def __init__(self, pending: str, name: str) -> None:
        self._pending = pending
        self._folder = os.path.join(pending, _PREPARED + name)
        self._published = os.path.join(pending, _PUBLISHED + name)
        self.is_published = False

    def write(self, specs: Mapping[str, bytes]) -> None:
        """Write the specs, durably; the keys are their names in pending/. Raise OSError."""
        for name, content in specs.items():
            durable.write_new(os.path.join(self._folder, name), content)
        durable.fsync_directory(self._folder)

    def publish(self) -> None:
        """Make all of them appear. Raise OSError; before the rename nothing was published."""
        # No folder with something in it is ever replaced by a rename.
        os.rename(self._folder, self._published)
        self.is_published = True
        durable.fsync_directory(self._pending)


@contextmanager
def preparing(pending: str, name: str) -> Iterator[Preparation]:
    """Reserve the name of a batch, for as long as the context lasts.

    Batches that others published are finished before: whoever looks afterwards which names are
    taken finds all. What commands left that crashed is removed. Raise BeingMadeError, or OSError.
    """
    _clear(pending)
    folder = os.path.join(pending, _PREPARED + name)
    with suppress(FileExistsError):
        # Whoever may take specs out of pending/ may finish this.
        os.mkdir(folder)
        os.chmod(folder, os.stat(pending).st_mode & 0o7777)
    try:
        lock = locked(os.path.join(folder, _LOCK), 0o644)
    except (BlockingIOError, FileNotFoundError) as error:
        raise BeingMadeError from error
    preparation = Preparation(pending, name)
    try:
        finish(pending)
        yield preparation
    finally:
        # After the rename the name is free for the next one.
        if not preparation.is_published:
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _clear(pending: str) -> None:
    """Remove the folders in which nobody prepares a batch any more, as far as that is possible."""
    with os.scandir(pending) as entries:
        found = [each.path for each in entries if each.name.startswith(_PREPARED)]
    for folder in found:
        path = os.path.join(folder, _LOCK)
        with suppress(OSError):
            if not refuses(path, os.O_RDONLY, fcntl.LOCK_EX):
                shutil.rmtree(folder, ignore_errors=True)


def is_published(name: str) -> bool:
    """Return whether an entry of pending/ is a published batch."""
    return name.startswith(_PUBLISHED)


def published(pending: str) -> list[str]:
    """Return the paths of the batches that are published and not finished. Raise OSError."""
    with os.scandir(pending) as entries:
        return sorted(each.path for each in entries if is_published(each.name))


def waiting(pending: str) -> Iterator[str]:
    """Yield the names of specs that are published and not in pending/ yet. Raise OSError."""
    for folder in published(pending):
        with suppress(FileNotFoundError):
            yield from (name for name in os.listdir(folder) if name != _LOCK)


def finish(pending: str) -> None:
    """Move the specs of every published batch into pending/; others may do it at the same time.

    A spec whose name is taken there by now gets a number. Raise OSError; what is left stays
    published.
    """
    for folder in published(pending):
        _finish(pending, folder)


def _finish(pending: str, folder: str) -> None:
    with suppress(FileNotFoundError):
        for name in sorted(set(os.listdir(folder)) - {_LOCK}):
            with suppress(FileNotFoundError):
                path = os.path.join(folder, name)
                filing.move_to_free(path, pending, name, candidates.SUFFIX)
        durable.fsync_directory(pending)
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder, _LOCK))
        os.rmdir(folder)
