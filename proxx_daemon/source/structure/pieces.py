"""Reads small pieces of a file, wherever they are, and says what was found there."""

import os
from typing import Final, NamedTuple, Self

from attrs import define, field, frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.system import storage

#: Elements that are looked at in one file. A fragment has two, so this is more than a week of
#: fragments of one second. A file with more is left to FFmpeg.
MOST_ELEMENTS: Final = 2_000_000
#: bytes of one index that are read: 8 million frames. A larger one is left to FFmpeg.
MOST_BYTES: Final = 64 * 1024 * 1024
#: bytes that are read at once: what is small lies close together
_WINDOW: Final = 4096


@frozen
class Finding:
    """One thing in the structure of a file that keeps it from becoming a proxy."""

    code: Code
    #: what follows the name of the file in a sentence, without the full stop
    reason: str


class Box(NamedTuple):
    """One box of MOV or MP4: its name, and where its content is."""

    #: four characters
    name: bytes
    #: byte of the file at which its size begins
    start: int
    #: byte of the file at which its content begins
    content: int
    #: the byte after it, according to its size; may lie beyond the end of the file
    end: int


@define
class Pieces:
    """The pieces of an open file."""

    _descriptor: int
    #: bytes of the file
    size: int
    #: where the last piece that was read begins, and what it holds
    _start: int = 0
    _content: bytes = b""
    #: boxes in boxes that were seen already, by the first byte and the end of what they are in
    boxes: dict[tuple[int, int], tuple[Box, ...]] = field(factory=dict, init=False)

    @classmethod
    def of(cls, descriptor: int) -> Self:
        """Return the pieces of the file that a descriptor has open."""
        return cls(descriptor, os.fstat(descriptor).st_size)

    def at(self, place: int, length: int) -> bytes:
        """Return the bytes at a place: fewer at the end of the file, none outside of it."""
        if not 0 <= place < self.size or length <= 0:
            return b""
        begin = place - self._start
        if begin < 0 or begin + length > len(self._content):
            storage.beat()
            # No more than there is: for each read, Python reserves all that was asked for.
            wanted = max(_WINDOW, min(length, MOST_BYTES, self.size - place))
            self._content = os.pread(self._descriptor, wanted, place)
            self._start, begin = place, 0
        return self._content[begin : begin + min(length, MOST_BYTES)]

    def number(self, place: int, length: int) -> int:
        """Return the big-endian number at a place; 0 outside of the file."""
        return int.from_bytes(self.at(place, length))

    def empty(self, place: int, length: int) -> bool:
        """Return whether there are only zeros: a place that a copy reserved and did not fill."""
        content = self.at(place, length)
        return bool(content) and not any(content)


def cut_off(what: str, end: int, size: int) -> Finding:
    """Return the finding that a file of `size` bytes ends before `what`, which needs `end`."""
    return Finding(
        Code.SOURCE_TRUNCATED,
        f"is cut off: {what} needs {end:,} bytes, but the file has only {size:,}",
    )


def unfilled(place: int) -> Finding:
    """Return the finding that there are only zeros where the file must go on."""
    return Finding(
        Code.SOURCE_TRUNCATED,
        f"is not completely copied: from byte {place:,} on it holds only zeros",
    )
