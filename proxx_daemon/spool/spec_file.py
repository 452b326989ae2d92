"""Reads the bytes of a spec: a regular file, within the size limit, without ever blocking."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from proxx_daemon.documents.strict_json import MAX_BYTES, escaped
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.system import durable

#: what opening answers for a socket, a device without a driver, and all else that is no file
_NOT_REGULAR: Final = (errno.ENXIO, errno.ENODEV, errno.EINVAL)


@contextmanager
def opened(path: str) -> Iterator[int]:
    """Open a spec for reading. Raise OSError, or JobFailed when it is not a regular file."""
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(durable.opened_regular(path))
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise failed(Code.SPEC_NOT_A_FILE, f"{escaped(path)} is a symbolic link.") from None
            if error.errno in _NOT_REGULAR:
                raise failed(
                    Code.SPEC_NOT_A_FILE, f"{escaped(path)} is not a regular file."
                ) from None
            raise
        yield descriptor


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
