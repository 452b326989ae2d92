"""Writes the display matrix of a MOV or MP4: every FFmpeg has another option for it, or none."""

from math import cos, radians, sin
from pathlib import Path
from struct import pack

#: from the type of a `tkhd` box of version 0 to its matrix (ISO/IEC 14496-12, 8.3.2)
_TO_MATRIX = 4 + 40


def turn(path: Path, degrees: float) -> None:
    """Have players turn the first track's picture clockwise by some degrees."""
    across, down = round(cos(radians(degrees)) * 65536), round(sin(radians(degrees)) * 65536)
    matrix = pack(">9i", across, down, 0, -down, across, 0, 0, 0, 1 << 30)
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + _TO_MATRIX
    content[place : place + len(matrix)] = matrix
    path.write_bytes(bytes(content))
