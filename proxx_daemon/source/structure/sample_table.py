"""Finds where the last sample of a track ends, from the index of MOV and MP4.

Only the index is read, and of its sizes only those of the last chunk. Names and layouts of the
boxes are those of ISO/IEC 14496-12, section 8.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.source.structure.boxes import first, inside
from proxx_daemon.source.structure.pieces import (
    MOST_BYTES,
    Box,
    Finding,
    Pieces,
    cut_off,
    unfilled,
)

#: version and flags, then a number of entries
_HEAD: Final = 8
#: of `stsz`: version and flags, one size for all samples, and their number
_SIZES_HEAD: Final = 12
#: bytes of the last picture that are looked at: no codec makes a picture that begins with so
#: many zeros
_LOOK: Final = 4096
_LEAST: Final = 64
_KINDS: Final = {b"vide": "picture", b"soun": "sound"}


@frozen(kw_only=True)
class _Run:
    """Chunks that follow each other and have equally many samples."""

    #: number of the first chunk, from 0
    chunk: int
    #: samples in each chunk
    samples: int


def findings(pieces: Pieces, track: Box) -> Iterator[Finding]:
    """Yield what is wrong with a `trak` box whose media should be in the file."""
    table = first(pieces, track, b"mdia", b"minf", b"stbl")
    sizes = None if table is None else first(pieces, table, b"stsz")
    if table is None or sizes is None or not _own_media(pieces, track):
        return
    each, count = struct.unpack(">II", _padded(pieces, sizes.content + 4, 8))
    if count == 0:
        return
    kind = _kind(pieces, track)
    chunks, runs = _chunks(pieces, table), _runs(pieces, table)
    located = _located(runs, len(chunks)) if chunks and runs else 0
    if each == 0:
        located = max(0, min(located, (sizes.end - sizes.content - _SIZES_HEAD) // 4))
    # Sound whose number of samples is not exact plays all the same.
    if located == 0 or (kind == "picture" and located < count):
        yield Finding(
            Code.SOURCE_DAMAGED,
            f"has a damaged index: it lists {count:,} samples of {kind}, and says of {located:,} "
            "where they are",
        )
        return
    last = max(range(len(chunks)), key=chunks.__getitem__)
    begin, samples = _samples_of(runs, last, count)
    lengths = _lengths(pieces, sizes, each, begin, samples)
    end = chunks[last] + (sum(lengths) if each != 1 else 1)
    if end > pieces.size:
        yield cut_off(f"its {kind}", end, pieces.size)
    elif kind == "picture" and each == 0 and lengths:
        place = end - lengths[-1]
        if lengths[-1] >= _LEAST and pieces.empty(place, min(lengths[-1], _LOOK)):
            yield unfilled(place)


def _kind(pieces: Pieces, track: Box) -> str:
    handler = first(pieces, track, b"mdia", b"hdlr")
    name = b"" if handler is None else pieces.at(handler.content + 8, 4)
    return _KINDS.get(name, "data")


def _own_media(pieces: Pieces, track: Box) -> bool:
    """Return whether the media of a track is in this file: every reference has the flag 1."""
    references = first(pieces, track, b"mdia", b"minf", b"dinf", b"dref")
    if references is None:
        return True
    # Its entries are boxes behind a number of them.
    entries = Box(references.name, 0, references.content + _HEAD, references.end)
    kinds = (b"url ", b"urn ", b"alis", b"rsrc")
    found = [entry for kind in kinds for entry in inside(pieces, entries, kind)]
    return all(pieces.number(entry.content, 4) & 1 for entry in found)


def _table(pieces: Pieces, box: Box, form: str) -> list[tuple[int, ...]]:
    """Return the entries of a box, as many as it states and holds."""
    row = struct.calcsize(form)
    room = max(0, min(box.end, pieces.size) - box.content - _HEAD)
    count = min(pieces.number(box.content + 4, 4), room // row, MOST_BYTES // row)
    content = pieces.at(box.content + _HEAD, count * row)
    return list(struct.iter_unpack(form, content[: len(content) // row * row]))


def _chunks(pieces: Pieces, table: Box) -> list[int]:
    """Return the byte at which each chunk begins."""
    for name, form in ((b"co64", ">Q"), (b"stco", ">I")):
        box = first(pieces, table, name)
        if box is not None:
            return [place for (place,) in _table(pieces, box, form)]
    return []


def _runs(pieces: Pieces, table: Box) -> list[_Run]:
    box = first(pieces, table, b"stsc")
    rows = [] if box is None else _table(pieces, box, ">III")
    # Some writers count chunks from 0.
    return [_Run(chunk=max(0, chunk - 1), samples=samples) for chunk, samples, _ in rows]


def _located(runs: Sequence[_Run], chunks: int) -> int:
    """Return how many samples have a place; 0 if the runs are not in order."""
    ends = [*(run.chunk for run in runs[1:]), max(chunks, runs[-1].chunk)]
    lengths = [end - run.chunk for run, end in zip(runs, ends, strict=True)]
    if runs[0].chunk != 0 or min(lengths) < 0:
        return 0
    return sum(
        run.samples * min(length, max(0, chunks - run.chunk))
        for run, length in zip(runs, lengths, strict=True)
    )


def _samples_of(runs: Sequence[_Run], chunk: int, count: int) -> tuple[int, int]:
    """Return the first sample of a chunk and how many it has."""
    before, here = 0, runs[0]
    for run in runs[1:]:
        if run.chunk > chunk:
            break
        before += here.samples * (run.chunk - here.chunk)
        here = run
    before += here.samples * (chunk - here.chunk)
    return before, max(0, min(here.samples, count - before))


def _lengths(pieces: Pieces, sizes: Box, each: int, begin: int, samples: int) -> Sequence[int]:
    """Return the bytes of each sample of a chunk; of samples of one size, of all together.

    Sound of a size of 1 is an old way to say that its size is not in the index: the caller does
    not count it.
    """
    if each:
        return [each * samples]
    place = sizes.content + _SIZES_HEAD + 4 * begin
    content = pieces.at(place, min(4 * samples, sizes.end - place))
    return struct.unpack(f">{len(content) // 4}I", content[: len(content) // 4 * 4])


def _padded(pieces: Pieces, place: int, length: int) -> bytes:
    return pieces.at(place, length).ljust(length, b"\0")
