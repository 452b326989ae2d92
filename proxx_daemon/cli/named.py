"""The documents and watch folders that command lines name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import lock, spec_file
from proxx_daemon.spool.folders import WatchFolder


@contextmanager
def document(path: str, what: str) -> Iterator[int]:
    """Open a file for reading; links in the path are followed.

    Raise FatalError if there is no such file or this user may not read it, and JobFailed if it
    is not a regular file.
    """
    try:
        with spec_file.opened(os.path.realpath(path)) as descriptor:
            yield descriptor
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise FatalError(
            f"{escaped(path)}: {reason}. Give {what} that this user can read."
        ) from error


def spec(path: str) -> bytes:
    """Return the content of a JobSpec. Raise as `document` does, and JobFailed if it is too big."""
    with document(path, "the JSON file of a JobSpec") as descriptor:
        return spec_file.read(descriptor)


def watch_folder(path: str) -> WatchFolder:
    """Return the watch folder of that path. Raise FatalError if no daemon ever served it."""
    folder = WatchFolder(os.path.abspath(path))
    if not path or not os.path.isdir(folder.state):
        raise FatalError(
            f"{escaped(folder.root)} is not a watch folder, or this user cannot read it. Check the "
            "path and its volume, or start `proxx watch` on it once."
        )
    return folder


def is_served(folder: WatchFolder) -> bool | None:
    """Return whether a daemon serves it now; None if this user cannot tell."""
    return lock.is_served(os.path.join(folder.state, "lock"))
