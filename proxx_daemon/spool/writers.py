"""Asks the kernel whether somebody still has a spec open for writing.

Linux grants a read lease (fcntl(2), F_SETLEASE) only on a file that nobody has open for
writing. It answers for local file systems; whether it does for this folder is tried out once,
on a file of our own, and where it does not the settle time alone decides.
"""

import fcntl
import os
import signal
import uuid
from contextlib import suppress
from typing import Final

from proxx_daemon.spool.settling import WriterEvidence

_SET_LEASE: Final[int | None] = getattr(fcntl, "F_SETLEASE", None)


def prepare_process() -> None:
    """Keep a lease break, should a writer come in that moment, from ending this process.

    A handler is set, not ignorance: an ignored signal would be inherited by the engines.
    """
    if _SET_LEASE is not None:
        signal.signal(signal.SIGIO, lambda _number, _frame: None)


class WriterDetector:
    """Tells whether a file is being written, as far as its file system can say."""

    def __init__(self, scratch: str) -> None:
        """Try the lease on a file in `scratch`, a folder of the same file system."""
        self.usable = False
        if _SET_LEASE is not None:
            # Where not even the trial works, the settle time decides.
            with suppress(OSError):
                self.usable = self._try_out(os.path.join(scratch, f"{uuid.uuid4().hex}.tmp"))

    def _try_out(self, path: str) -> bool:
        with open(path, "xb") as writer:
            try:
                reader = open(path, "rb")  # noqa: SIM115 - closed below
            finally:
                # The open files are enough for the rest.
                os.unlink(path)
            with reader:
                busy = self._ask(reader.fileno())
                writer.close()
                free = self._ask(reader.fileno())
        return busy is WriterEvidence.SOMEBODY and free is WriterEvidence.NOBODY

    def evidence(self, descriptor: int) -> WriterEvidence:
        """Return who has an open file open for writing; the descriptor must be read-only."""
        return self._ask(descriptor) if self.usable else WriterEvidence.UNKNOWN

    def _ask(self, descriptor: int) -> WriterEvidence:
        if _SET_LEASE is None:
            return WriterEvidence.UNKNOWN
        try:
            fcntl.fcntl(descriptor, _SET_LEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return WriterEvidence.SOMEBODY
        except OSError:
            # Another user's file, or a file system without leases.
            return WriterEvidence.UNKNOWN
        fcntl.fcntl(descriptor, _SET_LEASE, fcntl.F_UNLCK)
        return WriterEvidence.NOBODY
