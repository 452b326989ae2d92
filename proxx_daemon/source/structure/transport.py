"""What a transport stream says of itself: only whether it is scrambled (ISO/IEC 13818-1)."""

from collections.abc import Iterator
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.source.structure.pieces import Finding, Pieces

#: the first byte of every packet
_SYNC: Final = 0x47
#: bytes of a packet, and of the time stamp before it in files of recorders and cameras
_PACKET: Final = 188
_STAMP: Final = 4
#: packets that are looked at
_LOOK: Final = 8192
#: of a packet's fourth byte: the scrambling control, and whether it has a payload
_SCRAMBLED: Final = 0xC0
_PAYLOAD: Final = 0x10
#: One packet of so many has to be scrambled: single ones are damage.
_SHARE: Final = 20


def step(head: bytes) -> tuple[int, int] | None:
    """Return the byte of the first packet and the bytes from one to the next; None without any."""
    for begin, length in ((0, _PACKET), (_STAMP, _STAMP + _PACKET)):
        places = range(begin, begin + 4 * length, length)
        if len(head) > places[-1] and all(head[place] == _SYNC for place in places):
            return begin, length
    return None


def findings(pieces: Pieces, begin: int, length: int) -> Iterator[Finding]:
    """Yield a finding if the packets are scrambled."""
    content = pieces.at(0, begin + _LOOK * length)
    # The fourth byte of each packet.
    flags = [each for each in content[begin + 3 :: length] if each & _PAYLOAD]
    scrambled = sum(1 for each in flags if each & _SCRAMBLED)
    if scrambled * _SHARE > len(flags):
        yield Finding(Code.SOURCE_ENCRYPTED, "is encrypted: its packets are scrambled")
