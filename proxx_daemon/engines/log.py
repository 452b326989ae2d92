"""Keeps what an engine writes: up to a limit in a file, and the last lines for the result."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from attrs import define, field

#: lines of the engine's log that go into the result
TAIL_LINES: Final = 20
#: characters of one such line
_LINE_CHARACTERS: Final = 500
#: bytes of the engine's log that are kept on disk: a flood must not fill the volume
LOG_BYTES: Final = 8 * 1024 * 1024


@define
class EngineLog:
    """What an engine writes: passed on, up to a limit, and its last lines to the result."""

    #: takes the lines that are kept, those together that came together; None: none is kept
    keep: Callable[[Sequence[bytes]], None] | None
    #: the last lines
    tail: deque[str] = field(factory=lambda: deque(maxlen=TAIL_LINES))
    #: bytes passed on
    written: int = 0

    def lines(self, raw: Sequence[bytes]) -> None:
        """Take lines of the engine's stderr."""
        self.tail.extend(
            line.decode("utf-8", "replace")[:_LINE_CHARACTERS] for line in raw[-TAIL_LINES:]
        )
        if self.keep is None or self.written > LOG_BYTES:
            return
        self.written += sum(map(len, raw)) + len(raw)
        full = self.written > LOG_BYTES
        self.keep((b"[proxx] the rest of this log is left out",) if full else raw)
