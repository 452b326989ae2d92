"""What MXF promises: a footer, and every key and value up to the end (SMPTE ST 377-1)."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from proxx_daemon.source.structure.pieces import (
    MOST_ELEMENTS,
    Finding,
    Pieces,
    cut_off,
    unfilled,
)

#: a partition pack; the next bytes are its kind and status (section 7.1)
PARTITION: Final = bytes.fromhex("060e2b34020501010d01020101")
#: bytes before the first partition, at most (section 6.5)
RUN_IN: Final = 65536
_DESIGNATOR: Final = bytes.fromhex("060e2b34")
_HEADER, _FOOTER = 2, 4
#: open, and incomplete or complete: there has to be a footer with the final values
_OPEN: Final = (1, 3)
#: the index of all partitions at the end of a file (section 12)
_RANDOM_INDEX: Final = bytes.fromhex("060e2b34020501010d01020101110100")
#: where a pack has the place of the footer (table 5)
_FOOTER_PLACE: Final = 24
_KEY: Final = 16
#: bytes of a key and the longest length
_HEAD: Final = _KEY + 9


class _Klv(NamedTuple):
    """One key and where its value is."""

    key: bytes
    #: byte of the file at which the value begins
    value: int
    #: the byte after it
    end: int

    @property
    def partition(self) -> int:
        """The kind of a partition pack; 0 for everything else."""
        return self.key[13] if self.key.startswith(PARTITION) else 0


def findings(pieces: Pieces) -> Iterator[Finding]:
    """Yield what is wrong with a file of keys and values, the first cause first."""
    begin = max(0, pieces.at(0, RUN_IN + _KEY).find(PARTITION))
    header = _klv(pieces, begin)
    if header is None or header.partition != _HEADER:
        return
    footer = begin + pieces.number(header.value + _FOOTER_PLACE, 8)
    if footer > begin:
        if footer >= pieces.size:
            yield cut_off("its footer", footer + _KEY, pieces.size)
        elif pieces.empty(footer, _KEY):
            yield unfilled(footer)
        else:
            # Essence is skipped: only what follows the place of the footer is looked at.
            yield from _up_to_the_end(pieces, footer, needs_footer=False)
    elif not _ends_with_index(pieces):
        yield from _up_to_the_end(pieces, begin, needs_footer=header.key[14] in _OPEN)


def _klv(pieces: Pieces, place: int) -> _Klv | None:
    """Return key and length at a place (BER, definite form); None if there is no key."""
    head = pieces.at(place, _HEAD)
    if not head.startswith(_DESIGNATOR) or len(head) <= _KEY:
        return None
    count = head[_KEY] & 0x7F if head[_KEY] & 0x80 else 0
    value = place + _KEY + 1 + count
    length = int.from_bytes(head[_KEY + 1 : _KEY + 1 + count]) if count else head[_KEY]
    return _Klv(head[:_KEY], value, value + length)


def _up_to_the_end(pieces: Pieces, place: int, *, needs_footer: bool) -> Iterator[Finding]:
    """Walk the keys from a place to the end of the file, a small read for each."""
    for _ in range(MOST_ELEMENTS):
        klv = _klv(pieces, place)
        if klv is None:
            break
        if klv.end > pieces.size:
            yield cut_off("its last part", klv.end, pieces.size)
        needs_footer = needs_footer and klv.partition != _FOOTER
        place = klv.end
    else:
        return
    if needs_footer and pieces.empty(place, _KEY):
        yield unfilled(place)
    elif needs_footer and place >= pieces.size:
        yield cut_off("its footer", place + _KEY, pieces.size)


def _ends_with_index(pieces: Pieces) -> bool:
    """Return whether a file ends with a random index pack: its last 4 bytes are its length."""
    length = pieces.number(pieces.size - 4, 4)
    return pieces.at(pieces.size - length, _KEY) == _RANDOM_INDEX
