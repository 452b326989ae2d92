"""Finds in FFmpeg's log that part of a picture could not be decoded; pure.

FFmpeg leaves such a part as it is in memory: zeros, or a piece of an earlier picture, other ones
in each run. It ends with an error for some of these pictures only: never for fields of MPEG-2 and
for MJPEG, and for H.264 only if its threads happen to be fast enough.
"""

import re
from typing import Final

from attrs import define

#: what to do about a picture of which FFmpeg could not decode a part
DAMAGED: Final = (
    "Copy the source again from its card or archive. If it is the same there, play it: it is "
    "damaged, or its recording was cut inside a picture. Make a copy without that part."
)
#: What FFmpeg's decoders log where the bits of a picture stop to make sense, by measurement of
#: damaged and cut streams. HEVC is not here: `-err_detect explode` ends the engine.
_SAYINGS: Final = {
    b"h264": rb"error while decoding MB .*",
    b"mpeg2video": rb"(?:ac-tex damaged|mb incr damaged|first mb_incr damaged|slice mismatch|"
    rb"slice too small|slice below image|[Ii]nvalid (?:mb type|cbp)|00 motion_type|"
    rb"skipped MB in I).*",
    b"mjpeg": rb"(?:error count: |error y=).*",
}
_ANY: Final = b"|".join(
    name + rb" @ [^]]*\] \[error\] (" + says + b")" for name, says in _SAYINGS.items()
)
_LINE: Final = re.compile(rb"\[(?:" + _ANY + b")")


@define
class UndecodedPart:
    """Takes the lines of FFmpeg's log."""

    #: what FFmpeg said of the first part that it could not decode; None if it decoded all
    said: str | None = None

    def line(self, raw: bytes) -> None:
        """Take one line."""
        if self.said is None and (found := _LINE.search(raw)):
            self.said = found[found.lastindex or 0].decode("ascii", "replace").strip()
