"""Opens the document that the command line names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import spec_file


@contextmanager
def opened(path: str, what: str) -> Iterator[int]:
    """Open a file for reading; links in the path are followed.

    Raise FatalError if there is no such file or this user may not read it, and JobFailed if it
    is not a regular file.
    """
    try:
        with spec_file.opened(os.path.realpath(path)) as descriptor:
            yield descriptor
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise FatalError(f"{path}: {reason}. Name {what} that this user can read.") from error
