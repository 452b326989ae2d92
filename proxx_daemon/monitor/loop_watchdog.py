"""Watches the supervisor's own loop, which a file system that does not respond can block.

A call into a dead network share can block the loop for ever. This thread then logs it; until the
call returns, no specs are claimed.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from attrs import define, field

_LOG: Final = structlog.get_logger()
#: seconds that one turn of the loop may take; a sleeping disk wakes up within twenty
_PATIENCE_SECONDS: Final = 30.0
#: seconds between two checks
_PAUSE: Final = 10.0


@define(eq=False)
class LoopWatchdog:
    """Knows since when the loop has been busy, and with what; safe to ask from any thread."""

    folder: str
    _turn: tuple[float, str] | None = field(default=None, init=False)
    _logged: tuple[float, str] | None = field(default=None, init=False)
    _ended: threading.Event = field(factory=threading.Event, init=False)
    _thread: threading.Thread = field(init=False)

    def start(self) -> None:
        """Start watching."""
        self._thread = threading.Thread(target=self._watch, name="loop_watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; may be called again."""
        self._ended.set()

    def busy(self, doing: str) -> None:
        """Record what the loop does from now on."""
        self._turn = time.monotonic(), doing

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Let the loop wait without a limit."""
        self._over()
        try:
            yield
        finally:
            self.busy("acting on a message")

    def _over(self) -> None:
        turn, self._turn = self._turn, None
        logged, self._logged = self._logged, None
        if logged is not None and turn is not None:
            seconds = round(time.monotonic() - logged[0], 1)
            _LOG.info("loop_goes_on", folder=self.folder, doing=logged[1], seconds=seconds)

    def _watch(self) -> None:
        while not self._ended.wait(_PAUSE):
            turn = self._turn
            if turn is None or self._logged is not None:
                continue
            seconds = round(time.monotonic() - turn[0], 1)
            if seconds >= _PATIENCE_SECONDS:
                self._logged = turn
                _LOG.error("loop_stuck", folder=self.folder, doing=turn[1], seconds=seconds)
