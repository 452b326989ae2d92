"""Puts boxes into MOV and MP4 files (ISO/IEC 14496-12), where FFmpeg has no option for it."""

import struct
from collections.abc import Sequence

#: the way to the sample entry of the first track
ENTRY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def box(name: bytes, *content: bytes, wide: bool = False) -> bytes:
    """Return a box; `wide` gives it a size of 64 bits."""
    body = b"".join(content)
    if wide:
        return struct.pack(">I4sQ", 1, name, 16 + len(body)) + body
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name: bytes, *numbers: int) -> bytes:
    """Return a box of version 0 without flags that holds numbers of 32 bits."""
    return box(name, struct.pack(f">{1 + len(numbers)}I", 0, *numbers))


def grown(content: bytes, way: Sequence[bytes], more: bytes, *, begin: int = 0) -> bytes:
    """Return a file with more at the end of the box at the end of a way of names.

    Places of samples behind it are not changed: the box has to be behind the media.
    """
    result, place = bytearray(content), begin
    for name in way:
        place = content.index(name, place) - 4
        size = int.from_bytes(content[place : place + 4]) + len(more)
        result[place : place + 4] = size.to_bytes(4)
        end = place + int.from_bytes(content[place : place + 4])
        place += 8
    result[end:end] = more
    return bytes(result)


def dolby_vision(profile: int, compatibility: int) -> bytes:
    """Return the box of a Dolby Vision profile: level 4, with metadata and a base layer."""
    numbers = profile << 9 | 4 << 3 | 0b101
    name = b"dvcC" if profile < 8 else b"dvvC"
    return box(name, struct.pack(">BBHB", 1, 0, numbers, compatibility << 4), bytes(19))
