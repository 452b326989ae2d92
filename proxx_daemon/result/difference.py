"""Find the first byte in which two files differ, and what is there."""

import os
from typing import Final

from proxx_daemon.output import mxf_file
from proxx_daemon.output.mxf_sets import UnexpectedLayout
from proxx_daemon.result.proof import Difference
from proxx_daemon.system import storage

_CHUNK: Final = 1024 * 1024
#: boxes of ISO/IEC 14496-12 and QuickTime that hold nothing but boxes
_CONTAINERS: Final = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"tref", b"gmhd"}
)
_BOX_HEAD: Final = 16
_LARGE: Final = 8
#: what keys of an MXF file mean, by how they begin; the first match counts
_KEYS: Final = (
    (bytes.fromhex("060e2b34020501010d0102010102"), "header partition"),
    (bytes.fromhex("060e2b34020501010d0102010103"), "body partition"),
    (bytes.fromhex("060e2b34020501010d0102010104"), "footer partition"),
    (bytes.fromhex("060e2b34020501010d0102010105"), "primer"),
    (bytes.fromhex("060e2b34020501010d0102010111"), "random index"),
    (bytes.fromhex("060e2b34025301010d0102010110"), "index table"),
    (bytes.fromhex("060e2b34025301010d010101"), "header set"),
    (bytes.fromhex("060e2b34020501010d010301"), "system item"),
    (bytes.fromhex("060e2b34024301010d010301"), "system item"),
    (bytes.fromhex("060e2b34010201010d01030115"), "picture"),
    (bytes.fromhex("060e2b34010201010d01030116"), "sound"),
    (bytes.fromhex("060e2b34010101020301021001"), "fill"),
)
#: the key that every frame of an MXF file begins with
_FRAME: Final = bytes.fromhex("060e2b34020501010d01030104010100")


def first_difference(one: str, other: str, *, container: str) -> Difference | None:
    """Return the first difference of two files; None if they are the same.

    What is at the place is read from `other`, which should be the undamaged one of the two;
    `container` is our name of its kind. Raise OSError.
    """
    offset = _first(one, other)
    if offset is None:
        return None
    try:
        place = _in_mxf(other, offset) if container == "mxf" else _in_boxes(other, offset)
    except (UnexpectedLayout, ValueError):
        place = ""
    return Difference(offset=offset, place=place)


def _first(one: str, other: str) -> int | None:
    storage.step(one)
    with open(one, "rb") as left, open(other, "rb") as right:
        start = 0
        while True:
            a, b = left.read(_CHUNK), right.read(_CHUNK)
            storage.beat()
            if a != b:
                return start + _within(a, b)
            if not a:
                return None
            start += len(a)


def _within(a: bytes, b: bytes) -> int:
    """Return the first different byte by bisection; byte by byte takes seconds for long files."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high) // 2
        if a[low : middle + 1] == b[low : middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low


def _in_mxf(path: str, offset: int) -> str:
    """Return the key whose value holds a byte, with the number of its frame."""
    frame = -1
    with open(path, "rb") as file:
        for klv in mxf_file.walk(file.fileno()):
            frame += klv.key == _FRAME
            if klv.start <= offset < klv.end:
                name = next((each for key, each in _KEYS if klv.key.startswith(key)), "")
                where = f" of frame {frame}" if frame >= 0 and "partition" not in name else ""
                what = (
                    f"byte {offset - klv.value} of the value"
                    if offset >= klv.value
                    else "its key or length"
                )
                return f"{name or 'key ' + klv.key.hex()}{where} (at byte {klv.start}), {what}"
    return "after the end of the shorter file"


def _in_boxes(path: str, offset: int) -> str:
    """Return the box of a MOV or MP4 file that holds a byte, with those around it."""
    names: list[str] = []
    place, end = 0, os.stat(path).st_size
    if offset >= end:
        return "after the end of the shorter file"
    with open(path, "rb") as file:
        while place < end:
            kind, head, length = _box(os.pread(file.fileno(), _BOX_HEAD, place), end - place)
            if place + length <= offset:
                place += length
                continue
            names.append(kind.decode("latin-1"))
            inside = place + head
            if kind not in _CONTAINERS or offset < inside:
                break
            place, end = inside, place + length
    return f"box {'/'.join(names)} (at byte {place}), byte {offset - place} of it"


def _box(head: bytes, left: int) -> tuple[bytes, int, int]:
    """Return type, bytes of the head and bytes of the whole box; raise ValueError."""
    length, size = int.from_bytes(head[:4]), _LARGE
    if length == 1:
        length, size = int.from_bytes(head[_LARGE:_BOX_HEAD]), _BOX_HEAD
    elif length == 0:
        length = left
    if not size <= length <= left:
        raise ValueError("no box")
    return head[4:8], size, length
