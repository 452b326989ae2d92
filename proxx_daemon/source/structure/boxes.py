"""Walks the boxes of MOV and MP4 (ISO/IEC 14496-12; QuickTime File Format)."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from proxx_daemon.source.structure.pieces import MOST_ELEMENTS, Box, Pieces

_SHORT: Final = 8
_LONG: Final = 16
#: boxes in a box that are remembered, so read together: an index of a track has at most 11
_FEW: Final = 12
#: boxes whose content is remembered: some megabytes in all, whatever the file says
_MOST_REMEMBERED: Final = 256


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
    for child in _held_in(pieces, box):
        if child.name == names[0]:
            if len(names) == 1:
                yield child
            else:
                yield from inside(pieces, child, *names[1:])


def _held_in(pieces: Pieces, box: Box) -> Iterable[Box]:
    """Return the boxes in a box, cut at its end; few of them are remembered.

    The same few are looked at again and again: the index of a track is four boxes deep.
    """
    end = min(box.end, pieces.size)
    known = pieces.boxes.get((box.content, end))
    if known is not None:
        return known
    cut = (
        child if child.end <= end else child._replace(end=end)
        for child in children(pieces, box.content, end)
    )
    found = tuple(islice(cut, _FEW))
    if len(found) == _FEW:
        return chain(found, cut)
    if len(pieces.boxes) < _MOST_REMEMBERED:
        pieces.boxes[box.content, end] = found
    return found


def first(pieces: Pieces, box: Box, *names: bytes) -> Box | None:
    """Return the first box at a path of names below a box; None if there is none."""
    return next(inside(pieces, box, *names), None)
