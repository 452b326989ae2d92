"""What AVI promises: the sizes of its chunks and its indexes (RIFF; OpenDML AVI 1.02)."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from proxx_daemon.source.structure.pieces import (
    MOST_ELEMENTS,
    Finding,
    Pieces,
    cut_off,
    unfilled,
)

#: bytes of a name and a size
_HEAD: Final = 8
#: Bytes by which writers miscount the whole file: its head, or the padding to an even number.
_MISCOUNTED: Final = 8
_PARTS: Final = (b"AVI ", b"AVIX")
#: what people call the chunks without which a file does not play to its end
_NEEDED: Final = {b"hdrl": "its header", b"movi": "its media", b"idx1": "its index"}
_LISTS: Final = (b"RIFF", b"LIST")
#: sizes that a recorder writes before it knows them
_UNKNOWN: Final = (0, 0xFFFFFFFF)
#: bytes before the entries of an index of indexes, and of each entry
_INDEX_HEAD: Final = 24
_ENTRY: Final = 16


class Chunk(NamedTuple):
    """One chunk: its name, and where its content is."""

    #: four characters; of a list those of its type
    name: bytes
    #: byte of the file at which its content begins
    content: int
    #: the byte after it
    end: int


def is_avi(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is AVI."""
    return head[:4] == b"RIFF" and head[8:12] == b"AVI "


def findings(pieces: Pieces) -> Iterator[Finding]:
    """Yield what is wrong with a file of chunks, the first cause first."""
    for part in _chunks(pieces, 0, pieces.size):
        if part.name not in _PARTS:
            return
        end = part.content
        for chunk in _chunks(pieces, part.content, min(part.end, pieces.size)):
            end = chunk.end
            if chunk.name == b"hdrl":
                yield from _in_header(pieces, chunk._replace(end=min(chunk.end, part.end)))
            if chunk.end > pieces.size and chunk.name in _NEEDED:
                yield cut_off(_NEEDED[chunk.name], chunk.end, pieces.size)
        if part.end > pieces.size + _MISCOUNTED:
            yield cut_off("its structure", part.end, pieces.size)
        if part.end > end + _MISCOUNTED and pieces.empty(end, _ENTRY):
            yield unfilled(end)


def leaves_out_pictures(pieces: Pieces, stream: int) -> bool:
    """Return whether a file has places without a picture, which its header counts as frames.

    A recorder that cannot keep up writes them: the picture before is shown on. A file with more
    than one part has other indexes, which are not read: then it is taken to have such places.
    Raise OSError if the file cannot be read.
    """
    parts = list(_chunks(pieces, 0, pieces.size))
    if [part.name for part in parts] != [b"AVI "]:
        return True
    chunks = _chunks(pieces, parts[0].content, min(parts[0].end, pieces.size))
    index = next((chunk for chunk in chunks if chunk.name == b"idx1"), None)
    content = b"" if index is None else pieces.at(index.content, index.end - index.content)
    entries = struct.iter_unpack("<4sIII", content[: len(content) // _ENTRY * _ENTRY])
    sizes = [size for name, _, _, size in entries if name[:2] == b"%02d" % stream]
    return not sizes or min(sizes) == 0


def _chunks(pieces: Pieces, begin: int, end: int) -> Iterator[Chunk]:
    place = begin
    for _ in range(MOST_ELEMENTS):
        head = pieces.at(place, _HEAD + 4)
        if len(head) < _HEAD or place + _HEAD > end or not any(head[:4]):
            return
        size = int.from_bytes(head[4:8], "little")
        if size in _UNKNOWN and head[:4] in _LISTS:
            return
        is_list = head[:4] in _LISTS
        name, content = (head[8:12], place + 12) if is_list else (head[:4], place + _HEAD)
        yield Chunk(name, content, place + _HEAD + size)
        place += _HEAD + size + size % 2


def _in_header(pieces: Pieces, header: Chunk) -> Iterator[Finding]:
    """Yield a finding if the index of a track lists parts that are not there."""
    # No list is read beyond the one around it: what is in two lists would be read twice.
    header_end = min(header.end, pieces.size)
    for track in _chunks(pieces, header.content, header_end):
        if track.name != b"strl":
            continue
        for chunk in _chunks(pieces, track.content, min(track.end, header_end)):
            # An index of indexes has the type 0.
            if chunk.name == b"indx" and pieces.number(chunk.content + 3, 1) == 0:
                end = max(_ends(pieces, chunk), default=0)
                if end > pieces.size:
                    yield cut_off("its index", end, pieces.size)


def _ends(pieces: Pieces, index: Chunk) -> Iterator[int]:
    room = (index.end - index.content - _INDEX_HEAD) // _ENTRY
    count = min(int.from_bytes(pieces.at(index.content + 4, 4), "little"), max(0, room))
    content = pieces.at(index.content + _INDEX_HEAD, count * _ENTRY)
    for place in range(0, len(content) - _ENTRY + 1, _ENTRY):
        offset = int.from_bytes(content[place : place + 8], "little")
        yield offset + int.from_bytes(content[place + 8 : place + 12], "little")
