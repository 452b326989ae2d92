"""Looks at the structure of a source before anything else does.

A half-copied file with its index in front, a damaged index and encryption are found in some
hundred small reads, whatever the length of the file. The first bytes of the file decide how it is
read, never its name.
"""

from collections.abc import Iterator

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.source.structure import avi, matroska, movie, mxf, transport
from proxx_daemon.source.structure.pieces import Finding, Pieces, unfilled

#: Bytes that tell the containers apart. MXF may begin later: see `mxf.RUN_IN`.
_HEAD = 1024


def check(path: str, pieces: Pieces) -> None:
    """Raise JobFailed if a file does not hold what its own structure promises, or is encrypted.

    `path` is for messages. A file of another kind is not looked at, and neither is one without a
    promise: a transport stream, or a live recording of unknown length.
    """
    try:
        found = next(_findings(pieces), None)
    except OSError as error:
        raise _unreadable(path, error) from error
    if found is not None:
        raise failed(found.code, f"{path} {found.reason}.")


def _unreadable(path: str, error: OSError) -> JobFailed:
    return failed(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {error.strerror}.")


def _findings(pieces: Pieces) -> Iterator[Finding]:
    head = pieces.at(0, _HEAD)
    if pieces.empty(0, _HEAD):
        yield unfilled(0)
    elif head[4:8] in movie.FIRST:
        yield from movie.findings(pieces)
    elif head.startswith(matroska.FIRST):
        yield from matroska.findings(pieces)
    elif avi.is_avi(head):
        yield from avi.findings(pieces)
    elif (packets := transport.step(head)) is not None:
        yield from transport.findings(pieces, *packets)
    elif mxf.PARTITION in pieces.at(0, mxf.RUN_IN + len(mxf.PARTITION)):
        yield from mxf.findings(pieces)
