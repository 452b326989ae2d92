"""Reads from the index of MOV and MP4 when every picture is shown, without reading the pictures.

Names and layouts of the boxes are those of ISO/IEC 14496-12, section 8.6. Fragments have no such
index, and an edit list that leaves out pictures is left to FFmpeg.
"""

import struct
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Final

from proxx_daemon.source.media import VideoStream
from proxx_daemon.source.packets import Packet
from proxx_daemon.source.structure.boxes import children, first, inside
from proxx_daemon.source.structure.pieces import MOST_BYTES, Box, Pieces

#: bytes that a picture has at least, on average: an index of more pictures than the file has room
#: for is not believed
_LEAST: Final = 8
#: version and flags, then a number of entries
_HEAD: Final = 8
#: a step in time that is negative: FFmpeg makes something else of it
_NEGATIVE: Final = 1 << 31
#: an edit at normal speed, as a number with 16 bits behind the point
_NORMAL: Final = 1 << 16
#: an edit that shows nothing
_NOTHING: Final = -1


def packets(pieces: Pieces, footage: VideoStream) -> tuple[Packet, ...] | None:
    """Return the packets of a picture track, in the order of decoding; None if it is not told.

    Raise OSError if the file cannot be read.
    """
    movie = next((box for box in children(pieces, 0, pieces.size) if box.name == b"moov"), None)
    if movie is None or first(pieces, movie, b"mvex") is not None:
        return None
    # FFmpeg numbers its streams in the order of the tracks.
    tracks = list(inside(pieces, movie, b"trak"))
    if footage.index >= len(tracks):
        return None
    track = tracks[footage.index]
    found = _packets(pieces, track)
    if found is None or len(found) != footage.declared_frames:
        return None
    scale = _time_scale(pieces, first(pieces, track, b"mdia", b"mdhd"))
    if footage.time_base is None or scale * footage.time_base != 1:
        return None
    whole = _shows_all(pieces, movie, track, found, scale)
    return found if whole else None


def _packets(pieces: Pieces, track: Box) -> tuple[Packet, ...] | None:
    table = first(pieces, track, b"mdia", b"minf", b"stbl")
    steps = [] if table is None else _rows(pieces, first(pieces, table, b"stts"), ">II")
    if table is None or not steps or any(step >= _NEGATIVE for _, step in steps):
        return None
    # One entry can say that there are four thousand million.
    if sum(count for count, _ in steps) > min(MOST_BYTES, pieces.size) // _LEAST:
        return None
    durations = list(chain.from_iterable(repeat(step, count) for count, step in steps))
    # Both versions are read as signed: writers mix them up.
    rows = _rows(pieces, first(pieces, table, b"ctts"), ">Ii")
    offsets = chain.from_iterable(repeat(by, min(count, len(durations))) for count, by in rows)
    key_box = first(pieces, table, b"stss")
    keys = None if key_box is None else {number for (number,) in _rows(pieces, key_box, ">I")}
    return tuple(_timed(durations, offsets, keys))


def _timed(
    durations: Sequence[int], offsets: Iterator[int], keys: set[int] | None
) -> Iterator[Packet]:
    time = 0
    for number, duration in enumerate(durations, start=1):
        key = keys is None or number in keys
        yield Packet(time + next(offsets, 0), duration, key, shown=True)
        time += duration


def _rows(pieces: Pieces, box: Box | None, form: str) -> list[tuple[int, ...]]:
    """Return the entries of a box, as many as it states and holds."""
    if box is None:
        return []
    row = struct.calcsize(form)
    content = pieces.at(box.content + _HEAD, min(box.end, pieces.size) - box.content - _HEAD)
    count = min(pieces.number(box.content + 4, 4), len(content) // row)
    return list(struct.iter_unpack(form, content[: count * row]))


def _time_scale(pieces: Pieces, header: Box | None) -> int:
    """Return the ticks a second of an `mdhd` or `mvhd` box; 0 without one."""
    if header is None:
        return 0
    long = pieces.number(header.content, 1) == 1
    return pieces.number(header.content + (20 if long else 12), 4)


def _shows_all(pieces: Pieces, movie: Box, track: Box, found: Sequence[Packet], scale: int) -> bool:
    """Return whether the edit list of a track, if it has one, shows every picture once."""
    box = first(pieces, track, b"edts", b"elst")
    if box is None:
        return True
    form = ">Qqi" if pieces.number(box.content, 1) == 1 else ">Iii"
    edits = [edit for edit in _rows(pieces, box, form) if edit[1] != _NOTHING]
    if len(edits) != 1 or edits[0][2] != _NORMAL:
        return False
    length, begin, _ = edits[0]
    times = [packet.time or 0 for packet in found]
    movie_scale = _time_scale(pieces, first(pieces, movie, b"mvhd"))
    # One tick of the movie more: writers round the length down. 0 is the rest of the track.
    end = begin + (length + 1) * scale // movie_scale if movie_scale else begin
    return begin <= min(times) and (length == 0 or max(times) < end)
