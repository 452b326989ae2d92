"""Reads the JobSpec that a command names."""

import os

from proxx_daemon.failures.errors import ProxxError
from proxx_daemon.spool import spec_file


class SpecUnavailableError(ProxxError):
    """There is no such file, or this user may not read it: exit code 4."""


def read(path: str) -> bytes:
    """Give the bytes of a spec; links in the path are followed, the file itself must be one.

    Raises SpecUnavailableError, or JobFailed when it is not a readable regular file.
    """
    try:
        with spec_file.opened(os.path.realpath(path)) as descriptor:
            return spec_file.read(descriptor)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise SpecUnavailableError(
            f"{path}: {reason}. Name the JSON file of a JobSpec that this user may read."
        ) from error
