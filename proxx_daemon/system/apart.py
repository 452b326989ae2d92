"""Finds something out in a copy of this process, on another core, while this one goes on."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

#: bytes that a pipe takes whole whatever it holds: _POSIX_PIPE_BUF, limits.h(0p)
_MOST_BYTES: Final = 512


class Apart:
    """A question that keeps Python busy, asked in a copy of this process, at once.

    In a thread it would take turns with whoever waits for it. The copy shares nothing that it
    changes, tells its answer through a pipe and is gone. No answer is an answer too: it is empty
    where no copy can be made, where the question raised something, or where the copy was killed.
    """

    def __init__(self, ask: Callable[[], bytes]) -> None:
        """Ask; the answer may have 512 bytes. Nothing is asked while other threads run.

        A copy holds only the thread that made it, and every lock that another one held.
        """
        self._copy: int | None = None
        if threading.active_count() > 1:
            return
        self._reader, writer = os.pipe()
        try:
            self._copy = os.fork()
        except OSError:
            # As many processes as there may be.
            os.close(self._reader)
        if self._copy == 0:
            _tell(writer, ask)
        os.close(writer)

    def answer(self) -> bytes:
        """Wait for the answer. May be called once."""
        if self._copy is None:
            return b""
        with open(self._reader, "rb") as pipe:
            answer = pipe.read()
        # Where whoever started this process ignores the end of children, the kernel has reaped it.
        with suppress(ChildProcessError):
            os.waitpid(self._copy, 0)
        return answer


def _tell(writer: int, ask: Callable[[], bytes]) -> None:
    """Write the answer and end this copy, past everything that its original would do at its end."""
    try:
        with suppress(Exception):
            answer = ask()
            if len(answer) <= _MOST_BYTES:
                os.write(writer, answer)
    finally:
        os._exit(0)
