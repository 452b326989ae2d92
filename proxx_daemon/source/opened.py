"""Sources that are held open: what was measured is what is encoded, whatever has its name by then.

A name can be turned to another file and back while a program opens it. So whoever reads a source
opens it first, compares the open file with what is known of it, and has everything read from that.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.source.hashing import fingerprint, identity_of
from proxx_daemon.source.media import FileIdentity, Source
from proxx_daemon.system import held_file, storage

#: links are followed, as everywhere with sources; a FIFO does not block
_FLAGS: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def opened(path: str, identity: FileIdentity) -> Iterator[int]:
    """Hold a source open for as long as the context lasts; yield its descriptor.

    Raise JobFailed if it is not the identified file any more, or cannot be read.
    """
    storage.step(path)
    try:
        descriptor = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        raise _changed(path) from None
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        if identity_of(os.fstat(descriptor)) != identity:
            raise _changed(path)
        yield descriptor
    finally:
        held_file.close(descriptor)


@contextmanager
def opened_again(source: Source) -> Iterator[int]:
    """Hold a measured source open, as `opened`; its fingerprint is compared too."""
    with opened(source.path, source.identity) as descriptor:
        try:
            found = fingerprint(descriptor, source.identity, source.media)
        except OSError as error:
            raise _unreadable(source.path, error) from error
        if found != source.fingerprint:
            raise _changed(source.path)
        yield descriptor


def _changed(path: str) -> JobFailed:
    return failed(Code.SOURCE_CHANGED, f"'{path}' is not the file any more that was checked.")


def _unreadable(path: str, error: OSError) -> JobFailed:
    return failed(Code.SOURCE_UNREADABLE, f"'{path}' cannot be read: {error.strerror}.")
