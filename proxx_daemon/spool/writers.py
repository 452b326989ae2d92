"""Asks the kernel whether somebody still has a spec open for writing.

Linux grants a read lease (fcntl(2), F_SETLEASE) only on a file that nobody has open for
writing. That works on local file systems; whether it works in this folder is tested once, on
a file of our own. If it does not, only the settle time decides.
"""

import fcntl
import os
import signal
from contextlib import suppress
from typing import Final

from proxx_daemon.spool.settling import WriterEvidence
from proxx_daemon.system import durable

_SET_LEASE: Final[int | None] = getattr(fcntl, "F_SETLEASE", None)


def prepare_process() -> None:
    """Keep a lease break (a writer opens the file at that moment) from ending this process.

    The signal gets a handler and is not ignored: engines would inherit an ignored signal.
    """
    if _SET_LEASE is not None:
        signal.signal(signal.SIGIO, lambda _number, _frame: None)


class WriterDetector:
    """Detects whether a file is being written, if its file system supports that."""

    def __init__(self, scratch: str) -> None:
        """Try the lease on a file in `scratch`, a folder of the same file system."""
        self.usable = False
        if _SET_LEASE is not None:
            # If the test itself fails, the settle time decides.
            with suppress(OSError):
                self.usable = self._try_out(os.path.join(scratch, durable.temporary_name()))

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
