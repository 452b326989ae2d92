"""One output of a child process, handed on as it comes: whole lines, or pieces."""

import os
from collections.abc import Callable, Sequence
from typing import IO, Final

from attrs import define, field

#: bytes read at once; also the longest line that is handed on in one piece
CHUNK: Final = 65536


@define(eq=False)
class Stream:
    """One output; what is read at once is handed on at once, as lines or as one piece."""

    pipe: IO[bytes]
    on_read: Callable[[Sequence[bytes]], None]
    in_lines: bool = True
    _rest: bytes = field(default=b"", init=False)

    def feed(self) -> int:
        """Read what is there; return the number of bytes, 0 at the end of the stream."""
        chunk = os.read(self.pipe.fileno(), CHUNK)
        if not chunk:
            return 0
        if not self.in_lines:
            self.on_read((chunk,))
            return len(chunk)
        *lines, self._rest = (self._rest + chunk).replace(b"\r", b"\n").split(b"\n")
        if said := [line for line in lines if line]:
            self.on_read(said)
        if len(self._rest) > CHUNK:
            self.finish()
        return len(chunk)

    def finish(self) -> None:
        """Hand on the unfinished line."""
        rest, self._rest = self._rest, b""
        if rest:
            self.on_read((rest,))
