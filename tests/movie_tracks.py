"""Reads the tracks of a MOV or MP4 from its boxes (ISO/IEC 14496-12), without FFmpeg or Proxx."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from attrs import frozen

_NESTED = ("moov", "trak", "edts", "mdia")
#: `track_enabled` of the flags of a track header
_ENABLED = 1


@frozen
class Track:
    """One track, as its header and its edit list describe it."""

    #: kind: vide, soun or tmcd
    handler: str
    #: whether players use it
    enabled: bool
    #: tracks of one group other than 0 are alternatives: a player takes one of them
    alternate_group: int
    #: seconds in the movie, as the header says
    duration: Fraction
    #: seconds in the movie, as the edit list says
    edited: Fraction


def tracks(path: Path) -> list[Track]:
    """Return the tracks of a file."""
    (movie,) = [content for name, content in _boxes(path.read_bytes()) if name == "moov"]
    (header,) = [content for name, content in _boxes(movie) if name == "mvhd"]
    scale = int.from_bytes(header[20:24] if header[0] else header[12:16])
    return [_track(content, scale) for name, content in _boxes(movie) if name == "trak"]


def _track(content: bytes, scale: int) -> Track:
    boxes = dict(_nested(content))
    header = boxes["tkhd"]
    # Version 1 has times of 8 bytes, version 0 of 4.
    length = header[28:36] if header[0] else header[20:24]
    group = header[46:48] if header[0] else header[34:36]
    return Track(
        handler=boxes["hdlr"][8:12].decode(),
        enabled=bool(header[3] & _ENABLED),
        alternate_group=int.from_bytes(group),
        duration=Fraction(int.from_bytes(length), scale),
        edited=Fraction(sum(_edits(boxes["elst"])), scale),
    )


def _edits(content: bytes) -> Iterator[int]:
    size, width = (20, 8) if content[0] else (12, 4)
    for number in range(int.from_bytes(content[4:8])):
        start = 8 + number * size
        yield int.from_bytes(content[start : start + width])


def _nested(content: bytes) -> Iterator[tuple[str, bytes]]:
    for name, inner in _boxes(content):
        yield name, inner
        if name in _NESTED:
            yield from _nested(inner)


def _boxes(content: bytes) -> Iterator[tuple[str, bytes]]:
    place = 0
    while place < len(content):
        size, head = int.from_bytes(content[place : place + 4]), 8
        if size == 1:
            size, head = int.from_bytes(content[place + 8 : place + 16]), 16
        yield content[place + 4 : place + 8].decode("latin-1"), content[place + head : place + size]
        place += size
