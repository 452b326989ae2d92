"""Read the structure of an MXF file: keys and lengths, and the few values that hold ids.

An MXF file is a sequence of key, length and value (SMPTE ST 336), from the first byte to the last.
Essence is skipped: for an hour of proxy, some megabytes are read.
"""

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from proxx_daemon.output import mxf_layout
from proxx_daemon.output.mxf_layout import MxfLayout
from proxx_daemon.output.mxf_sets import HeaderSet, Item, refuse
from proxx_daemon.system import storage

#: every key begins with SMPTE's designator
_DESIGNATOR: Final = bytes.fromhex("060e2b34")
#: the header partition, closed and complete: what a finished file begins with
_HEADER: Final = bytes.fromhex("060e2b34020501010d010201010204")
#: sets of the header metadata, with tags and lengths of two bytes; three more bytes are the kind
_SET: Final = bytes.fromhex("060e2b34025301010d01010101")
#: the package metadata of a system item (SMPTE ST 385): tags of one byte, lengths of two
_SYSTEM_ITEM: Final = bytes.fromhex("060e2b34024301010d01030104010201")
#: tag and length of the UMID in it
_SYSTEM_HEAD: Final = bytes.fromhex("830020")
_SYSTEM_BYTES: Final = 35
_KEY: Final = 16
#: bytes of a key and the longest length
_HEAD: Final = _KEY + 9
#: bytes; header sets have some hundred
_MAX_SET: Final = 1024 * 1024
#: Bytes read at once. Fill ends values at multiples of 512, so that the keys of a fill and of
#: what follows it come with one read.
_WINDOW: Final = 1024


class Klv(NamedTuple):
    """One key and where its value is; an hour of proxy has a million of them."""

    #: 16 bytes
    key: bytes
    #: byte of the file at which the key begins
    start: int
    #: byte of the file at which the value begins
    value: int
    #: bytes of the value
    length: int

    @property
    def end(self) -> int:
        """The byte after the value."""
        return self.value + self.length


class _Reader:
    """Reads small parts of a file through a window."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._start = 0
        self._content = b""
        self.size = os.fstat(descriptor).st_size

    def at(self, place: int, length: int) -> bytes:
        """Return the bytes at a place, fewer at the end of the file; raise OSError."""
        begin = place - self._start
        if begin < 0 or begin + length > len(self._content):
            storage.beat()
            self._content = os.pread(self._descriptor, max(length, _WINDOW), place)
            self._start, begin = place, 0
        return self._content[begin : begin + length]


def walk(descriptor: int) -> Iterator[Klv]:
    """Yield every key of an open file, in order; values are skipped.

    Raise UnexpectedLayout if the keys and values do not fill the file exactly, OSError if it
    cannot be read.
    """
    return _walk(_Reader(descriptor))


def _walk(reader: _Reader) -> Iterator[Klv]:
    place = 0
    while place < reader.size:
        klv = _klv(reader.at(place, _HEAD), place)
        place = klv.value + klv.length
        if place > reader.size:
            refuse(f"the value at byte {klv.value} is longer than the file")
        yield klv


def _klv(head: bytes, place: int) -> Klv:
    """Return key and length; the length is in BER, definite form."""
    if not head.startswith(_DESIGNATOR) or len(head) <= _KEY:
        refuse(f"there is no key at byte {place}")
    first = head[_KEY]
    if first < 0x80:  # noqa: PLR2004 - the short form: seven bits
        return Klv(head[:_KEY], place, place + _KEY + 1, first)
    count = first & 0x7F
    digits = head[_KEY + 1 : _KEY + 1 + count]
    if not 0 < count == len(digits):
        refuse(f"the length at byte {place + _KEY} is damaged")
    return Klv(head[:_KEY], place, place + _KEY + 1 + count, int.from_bytes(digits))


def read_layout(descriptor: int) -> MxfLayout:
    """Return the ids of an open file's packages and every place where they are.

    Raise UnexpectedLayout if the file does not have the layout of a proxy, OSError if it
    cannot be read.
    """
    if hasattr(os, "posix_fadvise"):
        # Keys are far apart: read-ahead would fetch the essence after all.
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)
    reader = _Reader(descriptor)
    sets: list[HeaderSet] = []
    system_items: list[Item] = []
    for klv in _walk(reader):
        if klv.start == 0 and not klv.key.startswith(_HEADER):
            refuse("it does not begin with a complete header")
        if klv.key == _SYSTEM_ITEM:
            system_items.append(_system_item(reader, klv))
        elif klv.key.startswith(_SET):
            sets.append(_header_set(reader, klv))
    return mxf_layout.layout(sets, system_items)


def _header_set(reader: _Reader, klv: Klv) -> HeaderSet:
    if klv.length > _MAX_SET:
        refuse(f"the set at byte {klv.start} has {klv.length} bytes")
    value = reader.at(klv.value, klv.length)
    items: dict[int, Item] = {}
    place = 0
    while place < len(value):
        tag = int.from_bytes(value[place : place + 2])
        length = int.from_bytes(value[place + 2 : place + 4])
        place += 4
        if place + length > len(value) or tag in items:
            refuse(f"the set at byte {klv.start} is damaged")
        items[tag] = Item(klv.value + place, value[place : place + length])
        place += length
    return HeaderSet(kind=int.from_bytes(klv.key[len(_SET) :]), items=items)


def _system_item(reader: _Reader, klv: Klv) -> Item:
    value = reader.at(klv.value, _SYSTEM_BYTES)
    if klv.length != _SYSTEM_BYTES or not value.startswith(_SYSTEM_HEAD):
        refuse(f"the system item at byte {klv.start} does not hold exactly one id")
    return Item(klv.value + len(_SYSTEM_HEAD), value[len(_SYSTEM_HEAD) :])
