"""Turns an error of the watch folder's file system into the failure of a job."""

import errno
import os
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, failure

_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)


def is_full(error: OSError) -> bool:
    """Return whether an error means that no space is left, which can pass."""
    return error.errno in _NO_SPACE


def spool_failure(error: OSError) -> Failure:
    """Return the failure of a job whose notes could not be written."""
    if is_full(error):
        return failure(Code.DISK_FULL, "There is no space left in the watch folder.")
    reason = os.strerror(error.errno or 0)
    return failure(Code.SPOOL_IO_ERROR, f"The watch folder's disk reported: {reason}.")
