"""Writes MPEG-2 with a picture for each field, which FFmpeg's encoder cannot (ISO/IEC 13818-2)."""

from typing import Final

#: macroblocks of 16 lines in a field, and in a line
_ROWS, _COLUMNS = 4, 8
WIDTH: Final = 16 * _COLUMNS
HEIGHT: Final = 2 * 16 * _ROWS
_TOP, _BOTTOM = 1, 2


class _Bits:
    def __init__(self, start_code: int) -> None:
        self._bits = ""
        self._head = bytes((0, 0, 1, start_code))

    def add(self, value: int, length: int) -> "_Bits":
        self._bits += f"{value:0{length}b}"
        return self

    def code(self, bits: str) -> "_Bits":
        self._bits += bits
        return self

    def done(self) -> bytes:
        bits = self._bits + "0" * (-len(self._bits) % 8)
        return self._head + bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def frames(count: int) -> bytes:
    """Return so many frames of two intra-coded fields each, at 25 frames per second."""
    return b"".join(_group() + _field(_TOP) + _field(_BOTTOM) for _ in range(count))


def _group() -> bytes:
    """Return a sequence header with its extension, and the header of a group of one frame."""
    # Size, square pixels, 25 frames per second, any bit rate, a marker, its buffer, no matrices.
    sequence = _Bits(0xB3).add(WIDTH, 12).add(HEIGHT, 12).add(1, 4).add(3, 4)
    sequence.add(0x3FFFF, 18).add(1, 1).add(112, 10).add(0, 3)
    # Main profile at main level, not progressive, 4:2:0.
    extension = _Bits(0xB5).add(1, 4).add(0x48, 8).add(0, 1).add(1, 2).add(0, 4)
    extension.add(0, 12).add(1, 1).add(0, 16)
    group = _Bits(0xB8).add(1 << 12, 25).code("10")
    return sequence.done() + extension.done() + group.done()


def _field(structure: int) -> bytes:
    picture = _Bits(0x00).add(0, 10).add(1, 3).add(0xFFFF, 16).add(0, 1)
    coding = _Bits(0xB5).add(8, 4).add(0xFFFF, 16).add(0, 2).add(structure, 2)
    # Nothing of what follows is used: top first, frame prediction, scan order and the others.
    coding.add(0, 10).add(0, 2)
    return picture.done() + coding.done() + b"".join(map(_slice, range(1, _ROWS + 1)))


def _slice(row: int) -> bytes:
    """Return a row of macroblocks: brightness and colours differ from block to block."""
    bits = _Bits(row).add(2, 5).add(0, 1)
    for column in range(_COLUMNS):
        # The next macroblock, intra-coded; four blocks of brightness, two of colour, each a
        # difference and 20 coefficients.
        bits.code("11")
        for block in range(4):
            bits.code("01" + f"{(column + block) % 4:02b}" + "0110" * 20 + "10")
        bits.code(("00" + "0110" * 20 + "10") * 2)
    return bits.done()
