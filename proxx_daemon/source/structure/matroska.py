"""What Matroska and WebM promise (RFC 9559; the elements are those of EBML, RFC 8794)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from proxx_daemon.failures.codes import Code
from proxx_daemon.source.structure.pieces import (
    MOST_ELEMENTS,
    Finding,
    Pieces,
    cut_off,
    unfilled,
)

#: the id of the EBML header, with which a file begins
FIRST: Final = bytes.fromhex("1a45dfa3")
_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_TRACKS: Final = 0x1654AE6B
_SEEK_HEAD: Final = 0x114D9B74
_CUES: Final = 0x1C53BB6B
#: elements of a segment, all with ids of four bytes
_LEVEL_1: Final = frozenset(
    {_CLUSTER, _TRACKS, _SEEK_HEAD, _CUES, 0x1549A966, 0x1254C367, 0x1941A469, 0x1043A770}
)
#: the path from a track to its encryption, and from both indexes to a place in the segment
_ENCRYPTION: Final = (0xAE, 0x6D80, 0x6240, 0x5035)
_PLACES: Final = {_SEEK_HEAD: (0x4DBB, 0x53AC), _CUES: (0xBB, 0xB7, 0xF1)}
_HEAD: Final = 12


class Element(NamedTuple):
    """One element: its id, and where its content is."""

    id: int
    #: byte of the file at which its id begins
    start: int
    #: byte of the file at which its content begins
    content: int
    #: the byte after it; None if its size is unknown, as in a live recording
    end: int | None


def findings(pieces: Pieces) -> Iterator[Finding]:
    """Yield what is wrong with a file of elements, the first cause first."""
    place = 0
    for _ in range(MOST_ELEMENTS):
        element = _element(pieces, place)
        if element is None:
            return
        if element.id == _SEGMENT:
            yield from _in_segment(pieces, element)
            return
        if element.end is None:
            return
        place = element.end


def _element(pieces: Pieces, place: int) -> Element | None:
    """Return the element at a place; None if there is none."""
    head = pieces.at(place, _HEAD)
    if len(head) < 2 or head[0] < 0x10:  # noqa: PLR2004 - an id has at most four bytes
        return None
    width = 9 - head[0].bit_length()
    if len(head) <= width or head[width] == 0:
        return None
    octets = 9 - head[width].bit_length()
    size = int.from_bytes(head[width : width + octets]) & ((1 << 7 * octets) - 1)
    content = place + width + octets
    unknown = size == (1 << 7 * octets) - 1
    return Element(
        int.from_bytes(head[:width]), place, content, None if unknown else content + size
    )


def _in_segment(pieces: Pieces, segment: Element) -> Iterator[Finding]:
    if segment.end is not None and segment.end > pieces.size:
        yield cut_off("its structure", segment.end, pieces.size)
    end = segment.end or pieces.size
    place = segment.content
    for _ in range(MOST_ELEMENTS):
        if place >= end:
            return
        element = _element(pieces, place)
        if element is None:
            if pieces.empty(place, min(4096, end - place)):
                yield unfilled(place)
            return
        if element.end is not None and element.end > pieces.size:
            yield cut_off("its last part", element.end, pieces.size)
            return
        yield from _in_level_1(pieces, segment, element)
        # The parts of a cluster of unknown size follow it as if they were not in it.
        place = element.content if element.end is None else element.end


def _in_level_1(pieces: Pieces, segment: Element, element: Element) -> Iterator[Finding]:
    if element.id == _TRACKS and any(_inside(pieces, element, *_ENCRYPTION)):
        yield Finding(Code.SOURCE_ENCRYPTED, "is encrypted: its header says so")
    if element.id in _PLACES:
        numbers = (
            pieces.number(each.content, min(8, (each.end or each.content) - each.content))
            for each in _inside(pieces, element, *_PLACES[element.id])
        )
        last = segment.content + max(numbers, default=0)
        if last >= pieces.size:
            yield cut_off("its index", last + 1, pieces.size)


def _inside(pieces: Pieces, parent: Element, *path: int) -> Iterator[Element]:
    """Yield the elements at a path of ids below an element of known size.

    None of them ends behind it, whatever its size says.
    """
    place = parent.content
    while parent.end is not None and place < parent.end:
        element = _element(pieces, place)
        if element is None or element.end is None:
            return
        end = min(element.end, parent.end)
        if element.id == path[0]:
            inner = element._replace(end=end)
            if len(path) == 1:
                yield inner
            else:
                yield from _inside(pieces, inner, *path[1:])
        place = end
