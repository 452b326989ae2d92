"""Seals a verified partial file: flushed to the disk, its size and SHA-256 known."""

import errno
import os
import stat
from collections.abc import Callable
from typing import Final

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure
from proxx_daemon.source.hashing import identity_of
from proxx_daemon.source.media import FileIdentity
from proxx_daemon.system import durable, storage

#: a link is not followed, and a FIFO does not block
READ_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@frozen(kw_only=True)
class Sealed:
    """A flushed file and what is in it."""

    #: bytes
    size: int
    #: SHA-256 (hex) of every byte
    sha256: str
    #: the file as it was hashed
    identity: FileIdentity


def size_of_partial(path: str) -> int:
    """Return the size in bytes of what the engine wrote; raise JobFailed when that is nothing."""
    storage.step(path)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        raise JobFailed.of(
            Code.OUTPUT_NOT_WRITTEN, "The engine reported success but left no output."
        ) from None
    except OSError as error:
        raise JobFailed(io_failure(error, path)) from error
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        raise JobFailed.of(
            Code.OUTPUT_NOT_WRITTEN, "The engine reported success but its output is empty."
        )
    return status.st_size


def seal(path: str, digest: Callable[[int], str]) -> Sealed:
    """Flush a verified partial file and hash it; `digest` hashes an open file.

    Raise JobFailed when its disk fails.
    """
    storage.step(path, flushes=True)
    try:
        descriptor = os.open(path, READ_FLAGS)
        try:
            durable.fsync_descriptor(descriptor)
            storage.step(path)
            sha256 = digest(descriptor)
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        storage.step(path, flushes=True)
        durable.fsync_directory(os.path.dirname(path))
    except OSError as error:
        raise JobFailed(io_failure(error, path)) from error
    return Sealed(size=status.st_size, sha256=sha256, identity=identity_of(status))


def io_failure(error: OSError, path: str) -> Failure:
    """Return the failure that an error of the output's file system is."""
    reason = os.strerror(error.errno or 0)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return failure(Code.DISK_FULL, f"There is no space left for '{path}'.")
    return failure(Code.OUTPUT_IO_ERROR, f"'{path}': {reason}.")
