"""Signs of encryption in the boxes of MOV and MP4 (ISO/IEC 23001-7, common encryption).

Fragments can be encrypted where the header says nothing of it, and can begin in the clear.
"""

from collections.abc import Iterator
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.source.structure.boxes import children, first, inside
from proxx_daemon.source.structure.pieces import Box, Finding, Pieces

#: sample entries of protected tracks: common encryption, and the older one of Apple
_PROTECTED: Final = frozenset(
    {b"encv", b"enca", b"enct", b"encs", b"encm", b"drmi", b"drms", b"drmt"}
)
#: the same as `senc` and `tenc`, in files for Smooth Streaming (PIFF 1.1, section 5.3)
_EXTENDED: Final = frozenset(
    {
        bytes.fromhex("a2394f525a9b4f14a2446c427c648df4"),
        bytes.fromhex("8974dbce7be74c5184f97148f9882554"),
    }
)
#: kinds of the auxiliary information of encrypted samples; without one it is that of the track
_SCHEMES: Final = frozenset({b"cenc", b"cens", b"cbc1", b"cbcs", b"piff"})
#: bytes of a picture's sample entry before the boxes in it, and of a sound's
_ENTRY_HEADS: Final = (78, 28)


def of_track(pieces: Pieces, track: Box) -> Iterator[Finding]:
    """Yield a finding if a `trak` box declares protected samples."""
    table = first(pieces, track, b"mdia", b"minf", b"stbl")
    if table is None:
        return
    for box in inside(pieces, table, b"stsd"):
        entries = children(pieces, box.content + 8, min(box.end, pieces.size))
        if any(_is_protected(pieces, entry) for entry in entries):
            yield _finding("its header says so")
    yield from of_fragment(pieces, table)


def of_fragment(pieces: Pieces, parent: Box) -> Iterator[Finding]:
    """Yield a finding if a `traf` or `stbl` box says how its samples are encrypted."""
    for box in children(pieces, parent.content, min(parent.end, pieces.size)):
        if _tells_how_to_decrypt(pieces, box):
            yield _finding("its fragments or its index say how to decrypt it")
            return


def of_keys(pieces: Pieces, fragment: Box) -> Iterator[Finding]:
    """Yield a finding if a `moof` box brings keys: some are left in headers of clear files."""
    if first(pieces, fragment, b"pssh") is not None:
        yield _finding("its fragments have keys of their own")


def _finding(reason: str) -> Finding:
    return Finding(Code.SOURCE_ENCRYPTED, f"is encrypted: {reason}")


def _is_protected(pieces: Pieces, entry: Box) -> bool:
    return entry.name in _PROTECTED or any(
        box.name == b"sinf"
        for head in _ENTRY_HEADS
        for box in children(pieces, entry.content + head, min(entry.end, pieces.size))
    )


def _tells_how_to_decrypt(pieces: Pieces, box: Box) -> bool:
    if box.name == b"senc":
        return True
    if box.name == b"uuid":
        return pieces.at(box.content, 16) in _EXTENDED
    if box.name in (b"saiz", b"saio"):
        # Its lowest flag says that the kind follows.
        typed = pieces.number(box.content, 4) & 1
        return not typed or pieces.at(box.content + 4, 4) in _SCHEMES
    # Groups of samples with keys of their own, or without any.
    return box.name in (b"sgpd", b"sbgp") and pieces.at(box.content + 4, 4) == b"seig"
