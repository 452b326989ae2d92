"""Walks the boxes of MOV and MP4 (ISO/IEC 14496-12; QuickTime File Format)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from proxx_daemon.source.structure.pieces import MOST_ELEMENTS, Pieces

_SHORT: Final = 8
_LONG: Final = 16


class Box(NamedTuple):
    """One box: its name, and where its content is."""

    #: four characters
    name: bytes
    #: byte of the file at which its size begins
    start: int
    #: byte of the file at which its content begins
    content: int
    #: the byte after it, according to its size; may lie beyond the end of the file
    end: int


def children(pieces: Pieces, begin: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places, up to the first that cannot be one."""
    place = begin
    for _ in range(MOST_ELEMENTS):
        head = pieces.at(place, _LONG)
        size, content = int.from_bytes(head[:4]), place + _SHORT
        if len(head) < _SHORT or place + _SHORT > end:
            return
        if size == 1:
            # The size follows the name, in 64 bits.
            size, content = int.from_bytes(head[_SHORT:]), place + _LONG
        elif size == 0 and any(head[4:8]):
            # To the end of the file, or of the box around it.
            size = end - place
        if size < content - place:
            return
        yield Box(head[4:8], place, content, place + size)
        place += size


def inside(pieces: Pieces, box: Box, *names: bytes) -> Iterator[Box]:
    """Yield the boxes at a path of names below a box.

    None of them ends behind it, whatever its size says: what is in two boxes would be read twice,
    and what is in a thousand a thousand times.
    """
    end = min(box.end, pieces.size)
    for child in children(pieces, box.content, end):
        child = child._replace(end=min(child.end, end))  # noqa: PLW2901 - see above
        if child.name == names[0]:
            if len(names) == 1:
                yield child
            else:
                yield from inside(pieces, child, *names[1:])


def first(pieces: Pieces, box: Box, *names: bytes) -> Box | None:
    """Return the first box at a path of names below a box; None if there is none."""
    return next(inside(pieces, box, *names), None)
