"""The SHA-256 of an output, made while ffprobe measures the same file.

Both read all of it, so the second finds in the page cache what the first has fetched.
"""

import os
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

from proxx_daemon.source.hashing import identity_of, sha256_of, sha256_unless
from proxx_daemon.system import storage

if TYPE_CHECKING:
    from proxx_daemon.source.media import FileIdentity

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
#: bytes below which a file is digested sooner than a thread is started
_WORTH_A_THREAD: Final = 4 * 1024 * 1024


class OutputDigest:
    """Digests a finished output before it is published; a context, at whose end it stops."""

    def __init__(self, path: str, size: int) -> None:
        """Begin; `size` of the file is in bytes."""
        self._path = path
        self._dropped = Event()
        #: the file that was digested, and its digest
        self._found: tuple[FileIdentity, str] | None = None
        self._errand = storage.current()
        self._thread = Thread(target=self._digest, name="digest", daemon=True)
        if size >= _WORTH_A_THREAD:
            # Without a thread to spare it is digested later.
            with suppress(RuntimeError):
                self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dropped.set()
        self._wait()

    def of(self, descriptor: int) -> str:
        """Return the digest of the open file. Raise OSError when it cannot be read.

        What was found before counts for this very file as it was then, and for no other.
        """
        self._wait()
        if self._found is not None and self._found[0] == identity_of(os.fstat(descriptor)):
            return self._found[1]
        return sha256_of(descriptor)

    def _wait(self) -> None:
        if self._thread.ident is not None:
            self._thread.join()

    def _digest(self) -> None:
        # Whatever goes wrong here goes wrong again where it is reported: at the publication.
        with suppress(OSError, storage.LeftBehind), storage.sharing(self._errand):
            descriptor = os.open(self._path, _READ)
            try:
                seen = identity_of(os.fstat(descriptor))
                digest = sha256_unless(descriptor, self._dropped.is_set)
                if digest is not None and identity_of(os.fstat(descriptor)) == seen:
                    self._found = seen, digest
            finally:
                os.close(descriptor)
