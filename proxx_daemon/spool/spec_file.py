"""Reads the bytes of a spec: a regular file, within the size limit, without ever blocking."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from proxx_daemon.documents.strict_json import MAX_BYTES
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failed, failure

#: what opening a socket, or a device without a driver, answers
_NOT_OPENED: Final = (errno.ENXIO, errno.ENODEV)
#: links are not followed, and a FIFO without a writer does not block
OPEN_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def opened(path: str) -> Iterator[int]:
    """Open a spec for reading. Raise OSError, or JobFailed when it is not a regular file."""
    try:
        descriptor = os.open(path, OPEN_FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise failed(Code.SPEC_NOT_A_FILE, f"{path} is a symbolic link.") from None
        if error.errno in _NOT_OPENED:
            raise JobFailed(_not_regular(path)) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise JobFailed(_not_regular(path))
        yield descriptor
    finally:
        os.close(descriptor)


def _not_regular(path: str) -> Failure:
    return failure(Code.SPEC_NOT_A_FILE, f"{path} is not a regular file.")


def read(descriptor: int) -> bytes:
    """Read a whole spec. Raise JobFailed when it is too large or the disk fails."""
    content = b""
    try:
        while chunk := os.pread(descriptor, MAX_BYTES + 1 - len(content), len(content)):
            content += chunk
            if len(content) > MAX_BYTES:
                raise failed(Code.SPEC_TOO_LARGE, f"The spec has more than {MAX_BYTES} bytes.")
    except OSError as error:
        raise failed(
            Code.SPEC_UNREADABLE, f"The spec could not be read: {error.strerror}."
        ) from error
    return content
