"""Threads for jobs: all run from the start, and one that does not come back is replaced."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Final

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.system.storage import Errand, LeftBehind, work_for

#: seconds for which threads are awaited at the end of the process
_LAST_SECONDS: Final = 15.0


class Threads:
    """A number of threads, each of which works on one job at a time.

    They do not keep the process from ending: a call to a volume that does not answer cannot be
    ended in any other way.
    """

    def __init__(self, size: int, name: str) -> None:
        """Start all of them. Raise FatalError if the system refuses one."""
        self._name = name
        self._works: SimpleQueue[tuple[Errand, Callable[[], None]] | None] = SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._busy: dict[Errand, threading.Thread] = {}
        for _ in range(size):
            self._add()

    def replace(self, errand: Errand) -> None:
        """Start another thread in place of the one that was left behind with an errand.

        Raise FatalError if the system refuses it.
        """
        thread = self._busy.pop(errand, None)
        if thread is not None:
            self._threads.discard(thread)
            self._add()

    def _add(self) -> None:
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise no_threads() from error
        self._threads.add(thread)

    def submit(self, errand: Errand, work: Callable[[], None]) -> None:
        """Have the next free thread do some work; it must raise nothing."""
        self._works.put((errand, work))

    def close(self) -> None:
        """Let the threads end, and wait for those that have not been left behind."""
        for _ in self._threads:
            self._works.put(None)
        for thread in tuple(self._threads):
            thread.join(_LAST_SECONDS)

    def _run(self) -> None:
        while (given := self._works.get()) is not None:
            errand, work = given
            self._busy[errand] = threading.current_thread()
            with suppress(LeftBehind), work_for(errand):
                work()
            self._busy.pop(errand, None)
            if errand.left_behind:
                # Another thread has taken its place.
                return


def no_threads() -> FatalError:
    """Return the error of a process that may start no more threads."""
    return FatalError(
        "this process may start no more threads. Raise the limit of processes and threads "
        "(TasksMax= of the unit, ulimit -u), or end other programs of this user."
    )
