"""Makes sure that a program is, at every start, the one that was hashed.

No system lets a process check a file and start it in one step. So the file is looked at right
before and right after each start. Every change of it, and every exchange by a rename, a link or a
removal, changes what is seen, even if the old file is put back.
"""

import errno
import hashlib
import os
import time
from typing import Final

from proxx_daemon.system import storage
from proxx_daemon.system.program import Look, Program

#: seconds for which a second change may leave the same time: kernels count in steps of up to 10 ms
_STEP_SECONDS: Final = 0.02
#: bytes that are hashed at a time
_PIECE: Final = 1024 * 1024
#: looks at a file that has just been changed
_LOOKS: Final = 3


class Exchanged(Exception):
    """A program is not the one that was hashed; the message is its path."""


def seen(path: str) -> Program:
    """Return a program without its hash: every later change makes it another one.

    Raise OSError if it could not be hashed either.
    """
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return Program(path=path, sha256="", look=look_at(path))


def hashed(path: str) -> Program:
    """Hash a program. Raise OSError if it cannot be read, Exchanged if it changes meanwhile."""
    look = look_at(path)
    program = Program(path=path, sha256=_sha256(path), look=look)
    check_still(program, look)
    return program


def check(program: Program) -> Look:
    """Make sure that a file still is this program; return how it looks now.

    It is hashed again if it looks different. Raise Exchanged, also for a file that is changed all
    the time, or OSError if it cannot be read.
    """
    look = _look_at_rest(program.path)
    if look != program.look and _sha256(program.path) != program.sha256:
        raise Exchanged(program.path)
    return look


def check_still(program: Program, look: Look) -> None:
    """Raise Exchanged if a program's file does not look as it did a moment ago."""
    try:
        same = look_at(program.path) == look
    except OSError:
        same = False
    if not same:
        raise Exchanged(program.path)


def _look_at_rest(path: str) -> Look:
    """Return how a file looks, once another change of it would be seen."""
    for _ in range(_LOOKS):
        look = look_at(path)
        # A time to come is that of a file server with another clock.
        if not any(0 <= time.time_ns() - changed < _STEP_SECONDS * 1e9 for changed in look[4::5]):
            return look
        time.sleep(_STEP_SECONDS)
    raise Exchanged(path)


def look_at(path: str) -> Look:
    """Return how the file of a program looks. Raise OSError."""
    with storage.asking(path):
        looks = [os.stat(path)]
        if os.path.islink(path):
            looks.append(os.lstat(path))
    return tuple(
        part
        for each in looks
        for part in (each.st_dev, each.st_ino, each.st_size, each.st_mtime_ns, each.st_ctime_ns)
    )


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with storage.asking(path), open(path, "rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            storage.beat()
    return digest.hexdigest()
