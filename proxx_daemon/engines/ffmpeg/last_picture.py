"""Finds whether the last picture of an MPEG-2 stream is whole (ISO/IEC 13818-2, section 6.2); pure.

A recording that stops ends anywhere. Where lines of a field are missing FFmpeg logs nothing.
"""

from collections.abc import Sequence
from typing import Final

from attrs import define

_SEQUENCE: Final = b"\0\0\1\xb3"
_PICTURE: Final = b"\0\0\1\0"
_START: Final = b"\0\0\1"
#: start codes of slices: the row of macroblocks that each begins with
_ROWS: Final = range(1, 0xB0)
#: start code of extensions; one of them, with the id 8, says what a picture is: 3 for a frame
_EXTENSION: Final = 0xB5
_CODING: Final = 8
_FRAME: Final = 3
_MACROBLOCK: Final = 16
_CODES: Final = 4
#: bytes of a picture: what the largest decoder of MPEG-2 takes in at once, and more
_MOST: Final = 8 * 1024 * 1024


@define
class LastPicture:
    """Takes a stream piece by piece and keeps its last picture."""

    #: lines of a frame; 0 until a sequence header said it
    height: int = 0
    #: what follows the last start of a picture
    kept: bytes = b""

    def pieces(self, raw: Sequence[bytes]) -> None:
        """Take pieces, in their order."""
        for piece in raw:
            self.piece(piece)

    def piece(self, raw: bytes) -> None:
        """Take the next bytes."""
        content = self.kept + raw
        size = content.rfind(_SEQUENCE)
        if size >= 0 and len(content) > size + _CODES + 2:
            self.height = int.from_bytes(content[size + _CODES : size + _CODES + 3]) & 0xFFF
        picture = content.rfind(_PICTURE)
        # A start code can lie across two pieces, and a sequence header behind the picture.
        whole = picture >= 0 and len(content) - picture <= _MOST
        self.kept = content[picture:] if whole else content[-len(raw) - _CODES :]

    def lacks_rows(self) -> bool:
        """Return whether the last picture is a field that lacks rows of macroblocks."""
        codes = [each for each in self.kept.split(_START)[1:] if len(each) >= _CODES]
        structure = next(
            (each[3] & 3 for each in codes if each[0] == _EXTENSION and each[1] >> 4 == _CODING),
            _FRAME,
        )
        if not self.height or structure == _FRAME:
            return False
        rows = {each[0] for each in codes if each[0] in _ROWS}
        return len(rows) < -(-self.height // (2 * _MACROBLOCK))
