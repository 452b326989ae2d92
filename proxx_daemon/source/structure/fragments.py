"""Finds where the last samples of fragmented MP4 end (ISO/IEC 14496-12, section 8.8)."""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.source.structure import encryption
from proxx_daemon.source.structure.boxes import first, inside
from proxx_daemon.source.structure.pieces import MOST_BYTES, Box, Finding, Pieces, cut_off

# Flags of a track fragment and of a run of its samples: what of it is there.
_BASE: Final = 0x1
_DESCRIPTION: Final = 0x2
_DURATION: Final = 0x8
_SIZE: Final = 0x10
_RUN_OFFSET: Final = 0x1
_RUN_FIRST_FLAGS: Final = 0x4
#: of each sample in a run, in this order, 4 bytes each: duration, size, flags, offset
_RUN_COLUMNS: Final = (0x100, 0x200, 0x400, 0x800)


@frozen(kw_only=True)
class _Defaults:
    """What holds for samples of which a fragment does not say more."""

    duration: int = 0
    size: int = 0


@frozen(kw_only=True)
class _Ends:
    """Where a track of a fragment ends."""

    #: byte of the file
    byte: int
    #: in ticks of the track
    time: int


def in_fragment(pieces: Pieces, fragment: Box) -> Iterator[Finding]:
    """Yield what is wrong with any `moof` box."""
    for track in inside(pieces, fragment, b"traf"):
        yield from encryption.of_fragment(pieces, track)
    yield from encryption.of_keys(pieces, fragment)


def in_index(pieces: Pieces, index: Box) -> Iterator[Finding]:
    """Yield a finding if a `sidx` box lists more bytes than there are (section 8.16.3)."""
    wide = pieces.number(index.content, 1) > 0
    numbers = index.content + 12
    word = 8 if wide else 4
    offset = pieces.number(numbers + word, word)
    entries = numbers + 2 * word
    count = min(pieces.number(entries + 2, 2), (index.end - entries - 4) // 12)
    sizes = [pieces.number(entries + 4 + 12 * entry, 4) & 0x7FFFFFFF for entry in range(count)]
    end = index.end + offset + sum(sizes)
    if end > pieces.size:
        yield cut_off("its index of fragments", end, pieces.size)


def at_the_end(pieces: Pieces, movie: Box, fragment: Box) -> Iterator[Finding]:
    """Yield what the last `moof` box of a file promises and the file does not hold."""
    # Looked up once: a fragment can have as many tracks as the header.
    defaults, scales = _defaults(pieces, movie), _picture_scales(pieces, movie)
    for track in inside(pieces, fragment, b"traf"):
        number = _number(pieces, track)
        ends = _ends(pieces, defaults.get(number, _Defaults()), fragment, track)
        if ends is None:
            continue
        if ends.byte > pieces.size:
            yield cut_off("its last fragment", ends.byte, pieces.size)
        else:
            yield from _promised_time(pieces, movie, scales.get(number, 0), ends.time)


def _ends(pieces: Pieces, defaults: _Defaults, fragment: Box, track: Box) -> _Ends | None:
    head = first(pieces, track, b"tfhd")
    if head is None:
        return None
    flags, place = pieces.number(head.content, 4), head.content + 8
    base = fragment.start
    if flags & _BASE:
        base, place = pieces.number(place, 8), place + 8
    place += 4 if flags & _DESCRIPTION else 0
    duration, size = defaults.duration, defaults.size
    if flags & _DURATION:
        duration, place = pieces.number(place, 4), place + 4
    if flags & _SIZE:
        size = pieces.number(place, 4)
    time, end = _decode_time(pieces, track), base
    for run in inside(pieces, track, b"trun"):
        offset, lengths, durations = _run(pieces, run, _Defaults(duration=duration, size=size))
        end = (end if offset is None else base + offset) + lengths
        time += durations
    return _Ends(byte=end, time=time)


def _number(pieces: Pieces, track: Box) -> int:
    """Return the number of the track that a `traf` box belongs to."""
    head = first(pieces, track, b"tfhd")
    return 0 if head is None else pieces.number(head.content + 4, 4)


def _defaults(pieces: Pieces, movie: Box) -> dict[int, _Defaults]:
    """Return what the header says of each track's samples; the first box of a track counts."""
    found: dict[int, _Defaults] = {}
    for box in inside(pieces, movie, b"mvex", b"trex"):
        number = pieces.number(box.content + 4, 4)
        if number not in found:
            found[number] = _Defaults(
                duration=pieces.number(box.content + 12, 4),
                size=pieces.number(box.content + 16, 4),
            )
    return found


def _decode_time(pieces: Pieces, track: Box) -> int:
    box = first(pieces, track, b"tfdt")
    if box is None:
        return 0
    return pieces.number(box.content + 4, 8 if pieces.number(box.content, 1) else 4)


def _run(pieces: Pieces, run: Box, defaults: _Defaults) -> tuple[int | None, int, int]:
    """Return the offset of a run if it states one, the bytes of its samples, and their ticks."""
    flags, count, place = (
        pieces.number(run.content, 4),
        pieces.number(run.content + 4, 4),
        run.content + 8,
    )
    offset = None
    if flags & _RUN_OFFSET:
        offset, place = int.from_bytes(pieces.at(place, 4), signed=True), place + 4
    place += 4 if flags & _RUN_FIRST_FLAGS else 0
    columns = [flag for flag in _RUN_COLUMNS if flags & flag]
    content = pieces.at(place, min(4 * len(columns) * count, MOST_BYTES, run.end - place))
    values = struct.unpack(f">{len(content) // 4}I", content[: len(content) // 4 * 4])
    durations = _total(values, columns, 0, defaults.duration * count)
    return offset, _total(values, columns, 1, defaults.size * count), durations


def _total(values: Sequence[int], columns: Sequence[int], which: int, otherwise: int) -> int:
    """Return the sum of one column of a run; `otherwise` if the run does not have it."""
    flag = _RUN_COLUMNS[which]
    if flag not in columns:
        return otherwise
    return sum(values[columns.index(flag) :: len(columns)])


def _promised_time(pieces: Pieces, movie: Box, scale: int, ticks: int) -> Iterator[Finding]:
    """Compare the time at which a picture track ends with the duration of the header.

    `scale` is the ticks in a second of the track; 0 if it is no picture.
    """
    if not scale or not ticks:
        return
    promise = first(pieces, movie, b"mvex", b"mehd")
    general = first(pieces, movie, b"mvhd")
    if promise is None or general is None:
        return
    stated = Fraction(
        pieces.number(promise.content + 4, 8 if pieces.number(promise.content, 1) else 4),
        _scale(pieces, general) or 1,
    )
    held = Fraction(ticks, scale)
    # An edit list may hide a little at the start; a cut-off file is missing more than that.
    if stated - held > max(Fraction(1), stated / 20):
        yield Finding(
            Code.SOURCE_TRUNCATED,
            f"is cut off: its header states {float(stated):.2f} s, but it holds only "
            f"{float(held):.2f} s of picture",
        )


def _scale(pieces: Pieces, head: Box) -> int:
    """Return the ticks in a second of an `mvhd` or `mdhd` box."""
    return pieces.number(head.content + (20 if pieces.number(head.content, 1) else 12), 4)


def _picture_scales(pieces: Pieces, movie: Box) -> dict[int, int]:
    """Return the ticks in a second of each picture track, by its number."""
    scales: dict[int, int] = {}
    for track in inside(pieces, movie, b"trak"):
        head = first(pieces, track, b"tkhd")
        media = first(pieces, track, b"mdia", b"mdhd")
        handler = first(pieces, track, b"mdia", b"hdlr")
        if head is None or media is None or handler is None:
            continue
        identifier = head.content + (20 if pieces.number(head.content, 1) else 12)
        if pieces.at(handler.content + 8, 4) == b"vide":
            scales.setdefault(pieces.number(identifier, 4), _scale(pieces, media))
    return scales
