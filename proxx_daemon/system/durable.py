"""The system calls behind every promise: renames that cannot overwrite, and durable writes.

Nothing else in Proxx renames or flushes. A failed fsync is final: the caller must not try it
again, because the kernel may report success the second time for data that is lost.
"""

import ctypes
import errno
import fcntl
import os
import re
import stat
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_AT_FDCWD: Final = -100 if sys.platform == "linux" else -2
_RENAME_NOREPLACE: Final = 1
_RENAME_EXCL: Final = 4
#: from Linux's fs.h: write what is not written, and wait for nothing
_SYNC_FILE_RANGE_WRITE: Final = 2
#: what a kernel or file system without that flag answers
_NOT_SUPPORTED: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
#: links are not followed, and a FIFO without a writer does not block
READ_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: what macOS answers if a file system (a network share, for example) has no F_FULLFSYNC
_NO_FULL_FSYNC: Final = (errno.EINVAL, errno.ENOTSUP, errno.ENOTTY)
#: what a rename answers for a file that is immutable, that another user owns in a sticky folder,
#: that a security module protects, or that something is mounted on
_PROTECTED: Final = (errno.EPERM, errno.EACCES, errno.EBUSY, errno.ETXTBSY)
_TEMPORARY: Final = re.compile(r"[0-9a-f]{32}\.tmp")
#: bytes that are read at once
_PIECE: Final = 1024 * 1024
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def native_rename(source: bytes, target: bytes) -> int:
    """Return 0, or the error number."""
    name = "renameat2" if sys.platform == "linux" else "renameatx_np"
    flag = _RENAME_NOREPLACE if sys.platform == "linux" else _RENAME_EXCL
    function = getattr(_LIBC, name, None)
    if function is None:
        return errno.ENOSYS
    ctypes.set_errno(0)
    if function(_AT_FDCWD, source, _AT_FDCWD, target, ctypes.c_uint(flag)) == 0:
        return 0
    return ctypes.get_errno()


def rename_noreplace(
    source: str, target: str, *, native: Callable[[bytes, bytes], int] = native_rename
) -> None:
    """Rename a file in one step; never over something that exists.

    Raise FileExistsError when `target` exists, OSError otherwise. Where the file system does
    not know such a rename, a hard link and an unlink take its place: not one step, but nothing
    is overwritten, and the file has a durable name at every moment. `finish_rename` completes
    what a crash left between the two. `native` is the system's own rename; it returns 0 or an
    error number.
    """
    number = native(os.fsencode(source), os.fsencode(target))
    if number == 0:
        return
    if number not in _NOT_SUPPORTED:
        raise OSError(number, os.strerror(number), source, None, target)
    os.link(source, target, follow_symlinks=False)
    try:
        fsync_directory(os.path.dirname(target))
    except OSError:
        with suppress(OSError):
            os.unlink(target)
        raise
    os.unlink(source)


def is_protected(error: OSError) -> bool:
    """Return whether a rename failed because of this one file, which can pass."""
    return error.filename2 is not None and error.errno in _PROTECTED


def finish_rename(source: str, target: str) -> bool:
    """Complete a rename of which a crash left both names; return False when there are not both.

    The new name is durable before the old one goes, and the old one does not come back. Raise
    OSError.
    """
    try:
        one, other = os.lstat(source), os.lstat(target)
    except FileNotFoundError:
        return False
    if not os.path.samestat(one, other):
        return False
    fsync_directory(os.path.dirname(target))
    os.unlink(source)
    fsync_directory(os.path.dirname(source))
    return True


def begin_writing(path: str) -> None:
    """Let the disk begin to write a finished file, so that its fsync has less to wait for.

    A hint: it promises nothing, and nothing depends on it. The kernel remembers an error for
    the fsync that follows.
    """
    function = getattr(_LIBC, "sync_file_range", None)
    if function is None:
        return
    with suppress(OSError):
        descriptor = os.open(path, READ_FLAGS)
        try:
            offset = ctypes.c_int64(0)
            function(descriptor, offset, offset, ctypes.c_uint(_SYNC_FILE_RANGE_WRITE))
        finally:
            os.close(descriptor)


def fsync_descriptor(descriptor: int) -> None:
    """Bring an open file's content to the disk; raise OSError, which is final."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        # macOS: fsync only reaches the drive's cache.
        try:
            fcntl.fcntl(descriptor, full)
        except OSError as error:
            if error.errno not in _NO_FULL_FSYNC:
                raise
        else:
            return
    os.fsync(descriptor)


def fsync_directory(path: str) -> None:
    """Bring a folder's names to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fsync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def write_new(path: str, content: bytes, mode: int = 0o644) -> None:
    """Write a new file and bring its content to the disk; its name is not flushed.

    Raise FileExistsError if the name is taken, OSError otherwise; what was written then stays.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, mode)
    try:
        write_all(descriptor, content)
        fsync_descriptor(descriptor)
    finally:
        os.close(descriptor)


def put(scratch: str, folder: str, name: str, content: bytes, mode: int = 0o644) -> None:
    """Make a file appear complete and durable, or not at all.

    It is written in `scratch`, a folder of the same file system, and renamed into `folder`.
    Raise FileExistsError when the name is taken; after any error nothing is left behind.
    """
    target = os.path.join(folder, name)
    with _temporary(scratch, content, mode, flush=True) as temporary:
        rename_noreplace(temporary, target)
    try:
        fsync_directory(folder)
    except OSError:
        # It may be gone after a crash: what is not durable must not look as if it were.
        with suppress(OSError):
            os.unlink(target)
        raise


def replace(scratch: str, target: str, content: bytes, mode: int = 0o644) -> None:
    """Replace a file in one step: a reader finds the old content or the new one.

    The one rename that overwrites, for what may be lost: nothing is flushed. Raise OSError.
    """
    with _temporary(scratch, content, mode, flush=False) as temporary:
        os.rename(temporary, target)


def temporary_name() -> str:
    """Return a new name for a file that is being written."""
    # Not named after a process: in containers every daemon has the same PID.
    return f"{uuid.uuid4().hex}.tmp"


def is_temporary(name: str) -> bool:
    """Return whether a name is one that `temporary_name` makes."""
    return _TEMPORARY.fullmatch(name) is not None


@contextmanager
def _temporary(scratch: str, content: bytes, mode: int, *, flush: bool) -> Iterator[str]:
    """Write a file that is about to be renamed; it is removed when that does not happen."""
    temporary = os.path.join(scratch, temporary_name())
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, mode)
    try:
        try:
            # What others may read does not depend on who started the daemon, and how.
            os.fchmod(descriptor, mode)
            write_all(descriptor, content)
            if flush:
                fsync_descriptor(descriptor)
        finally:
            os.close(descriptor)
        yield temporary
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


@contextmanager
def opened_regular(path: str) -> Iterator[int]:
    """Open a regular file for reading, for as long as the context lasts.

    A link is not followed, and a FIFO does not block. Raise OSError.
    """
    descriptor = os.open(path, READ_FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is not a regular file", path)
        yield descriptor
    finally:
        os.close(descriptor)


def read_regular(path: str, most_bytes: int) -> bytes:
    """Return the content of a regular file. Raise OSError, also where it has more bytes."""
    with opened_regular(path) as descriptor:
        content = bytearray()
        # In pieces: for each read, Python reserves all that was asked for.
        while piece := os.read(descriptor, min(_PIECE, most_bytes + 1 - len(content))):
            content += piece
        if len(content) > most_bytes:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return bytes(content)


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte, however often the kernel takes only a part."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
