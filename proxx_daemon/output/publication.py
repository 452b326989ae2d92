"""Gives a verified proxy its final name: flushed, hashed, recorded, then renamed."""

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure
from proxx_daemon.system import durable

#: a link is not followed, and a FIFO does not block
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@frozen(kw_only=True)
class Sealed:
    """What is about to be published."""

    #: bytes
    size: int
    #: SHA-256 (hex) of every byte
    sha256: str


def size_of_partial(path: str) -> int:
    """Give the size of what the engine wrote; raises JobFailed when that is nothing."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        raise JobFailed(
            failure(Code.OUTPUT_NOT_WRITTEN, "The engine reported success and left no output.")
        ) from None
    except OSError as error:
        raise JobFailed(io_failure(error, path)) from error
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
        raise JobFailed(
            failure(Code.OUTPUT_NOT_WRITTEN, "The engine reported success; its output is empty.")
        )
    return status.st_size


def publish(
    partial: str, final: str, *, digest: Callable[[int], str], record: Callable[[Sealed], None]
) -> Sealed:
    """Publish a verified partial file under its final name.

    `digest` hashes an open file, `record` makes the publish record durable. Raises JobFailed;
    nothing is then under the final name that was not there before.
    """
    try:
        descriptor = os.open(partial, _READ)
        try:
            durable.fsync_descriptor(descriptor)
            sealed = Sealed(size=os.fstat(descriptor).st_size, sha256=digest(descriptor))
        finally:
            os.close(descriptor)
        durable.fsync_directory(os.path.dirname(partial))
    except OSError as error:
        raise JobFailed(io_failure(error, partial)) from error
    record(sealed)
    try:
        durable.rename_noreplace(partial, final)
        _flush_name(partial, final)
    except FileExistsError:
        raise JobFailed(
            failure(
                Code.PUBLISH_REFUSED,
                f"'{final}' appeared while the clip was encoded; it was left as it is.",
            )
        ) from None
    except OSError as error:
        raise JobFailed(io_failure(error, final)) from error
    return sealed


def _flush_name(partial: str, final: str) -> None:
    """Make the final name durable, or take it back: a failed clip leaves no file under it."""
    try:
        durable.fsync_directory(os.path.dirname(final))
    except OSError:
        # A rename in two steps would flush again, and a failed flush fails again.
        with suppress(OSError):
            os.rename(final, partial)
        raise


def io_failure(error: OSError, path: str) -> Failure:
    """Name the failure that an error of the output's file system is."""
    reason = os.strerror(error.errno or 0)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return failure(Code.DISK_FULL, f"There is no space left for '{path}'.")
    return failure(Code.OUTPUT_IO_ERROR, f"'{path}': {reason}.")
