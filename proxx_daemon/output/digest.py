"""The SHA-256 of an output, made while ffprobe measures the same file.

Both read all of it, so the second finds in the page cache what the first has fetched.
"""

import os
from contextlib import suppress
from threading import Event
from typing import Final, Self

from proxx_daemon.source.hashing import sha256_of, sha256_unless
from proxx_daemon.source.identity import identity_of
from proxx_daemon.source.media import FileIdentity
from proxx_daemon.system.ahead import Ahead

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
#: bytes below which a file is digested sooner than a thread is started
_WORTH_A_THREAD: Final = 4 * 1024 * 1024


class OutputDigest:
    """Digests a finished output ahead of its publication; a context, at whose end it stops."""

    def __init__(self, path: str, size: int) -> None:
        """Begin; `size` of the file is in bytes."""
        self._path = path
        self._dropped = Event()
        self._ahead = Ahead(self._digest) if size >= _WORTH_A_THREAD else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dropped.set()
        if self._ahead is not None:
            self._ahead.answer()

    def of(self, descriptor: int) -> str:
        """Give the digest of the open file. Raises OSError when it cannot be read.

        What was found ahead counts for this very file as it was then, and for no other.
        """
        found = self._ahead.answer() if self._ahead is not None else None
        if found is not None and found[0] == identity_of(os.fstat(descriptor)):
            return found[1]
        return sha256_of(descriptor)

    def _digest(self) -> tuple[FileIdentity, str] | None:
        # Whatever goes wrong here goes wrong again where it is told: when it is published.
        with suppress(OSError):
            descriptor = os.open(self._path, _READ)
            try:
                seen = identity_of(os.fstat(descriptor))
                digest = sha256_unless(descriptor, self._dropped.is_set)
                if digest is not None and identity_of(os.fstat(descriptor)) == seen:
                    return seen, digest
            finally:
                os.close(descriptor)
        return None
