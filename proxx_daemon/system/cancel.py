"""Asks for the end of something that waits in another thread."""

import os
import threading


class CancelToken:
    """Asks for the end of a child; safe to use from any thread.

    Not from a signal handler: it takes a lock.
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        self._lock = threading.Lock()
        self._cancelled = False
        self._closed = False

    def cancel(self) -> None:
        """Ask for the end; repeating it, or asking after `close`, does nothing more."""
        with self._lock:
            if not self._cancelled and not self._closed:
                os.write(self._writer, b"x")
            self._cancelled = True

    @property
    def cancelled(self) -> bool:
        """Whether the end was asked for."""
        return self._cancelled

    def fileno(self) -> int:
        """Return the descriptor that becomes readable on cancellation.

        Raise ValueError after `close`: its number may belong to another file by then.
        """
        if self._closed:
            raise ValueError("the token is closed")
        return self._reader

    def close(self) -> None:
        """Close the descriptors; repeating it does nothing more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            os.close(self._reader)
            os.close(self._writer)
