"""What MOV and MP4 promise: all boxes, the index of every track, the last fragment."""

from collections.abc import Iterator
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.source.structure import encryption, fragments, sample_table
from proxx_daemon.source.structure.boxes import children, inside
from proxx_daemon.source.structure.pieces import Box, Finding, Pieces, cut_off, unfilled

#: names of the first box of a file
FIRST: Final = frozenset(
    {
        *(b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"sidx"),
        *(b"uuid", b"junk"),
    }
)
#: what people call the boxes without which nothing plays
_NEEDED: Final = {b"moov": "its index", b"mdat": "its media", b"moof": "its last fragment"}

#: bytes that are looked at behind the last box
_LOOK: Final = 4096


def findings(pieces: Pieces) -> Iterator[Finding]:
    """Yield what is wrong with a file of boxes, the first cause first."""
    movie: Box | None = None
    fragment: Box | None = None
    end, still_picture = 0, False
    for box in children(pieces, 0, pieces.size):
        end = box.end
        if box.end > pieces.size and (box.name in _NEEDED or movie is None):
            yield cut_off(_NEEDED.get(box.name, "its structure"), box.end, pieces.size)
        if box.name == b"moov":
            movie = movie or box
        elif box.name == b"moof":
            fragment = box
            yield from fragments.in_fragment(pieces, box)
        elif box.name == b"sidx":
            yield from fragments.in_index(pieces, box)
        still_picture = still_picture or box.name == b"meta"
    if movie is None:
        # HEIC and AVIF describe their pictures in `meta`.
        yield from () if still_picture else _without_index(pieces, fragment, end)
        return
    for track in inside(pieces, movie, b"trak"):
        yield from encryption.of_track(pieces, track)
        yield from sample_table.findings(pieces, track)
    if fragment is not None:
        yield from fragments.at_the_end(pieces, movie, fragment)
        # Zeros after an index are padding, but fragments have no other end than that of the file.
        if pieces.size - end > _LOOK and pieces.empty(end, _LOOK):
            yield unfilled(end)


def _without_index(pieces: Pieces, fragment: Box | None, end: int) -> Iterator[Finding]:
    if fragment is not None:
        yield Finding(
            Code.SOURCE_NOT_MEDIA,
            "is one segment of a stream: the header with its codec is in another file",
        )
    elif pieces.empty(end, _LOOK):
        yield unfilled(end)
    else:
        yield Finding(
            Code.SOURCE_TRUNCATED,
            "has no index (moov): its recording or its copy did not come to an end",
        )
