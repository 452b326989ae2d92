"""SMPTE timecode (ST 12-1): reading, judging and carrying over the address of a first frame.

A timecode is counted at the nominal rate, the frame rate rounded to whole frames. Drop-frame
counting exists for the multiples of 30000/1001 only: the first two numbers of each minute (four
at 59.94, eight at 119.88) are left out, except in every tenth minute.
"""

import re
from fractions import Fraction
from typing import Final

from attrs import frozen

#: what ffprobe writes: a semicolon or a full stop before the frames marks drop-frame counting;
#: at 100 frames per second and more there are three digits
_TEXT: Final = re.compile(r"(\d\d):(\d\d):(\d\d)([:;.])(\d{2,3})", re.ASCII)
_NTSC: Final = Fraction(30000, 1001)
#: numbers that are left out in a minute, for each 30 frames of the nominal rate
_DROPPED: Final = 2
_HOURS: Final = 24
_SIXTY: Final = 60
_TENTH: Final = 10
#: frames per second that QuickTime's timecode sample description has room for: one byte
_HIGHEST: Final = 255


@frozen
class Timecode:
    """The address of a frame."""

    hours: int
    minutes: int
    seconds: int
    frames: int
    #: counted in drop-frame
    drop: bool

    def __str__(self) -> str:
        """Write it as FFmpeg reads it: HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame."""
        mark = ";" if self.drop else ":"
        return f"{self.hours:02d}:{self.minutes:02d}:{self.seconds:02d}{mark}{self.frames:02d}"


def parse(text: str) -> Timecode | None:
    """Read a timecode; None when the text is none."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, seconds, mark, frames = match.groups()
    return Timecode(int(hours), int(minutes), int(seconds), int(frames), mark != ":")


def nominal(rate: Fraction) -> int:
    """Frames that timecode counts in a second at a frame rate: 24 at 23.976."""
    return max(1, int(rate + Fraction(1, 2)))


def has_drop_frame(rate: Fraction) -> bool:
    """Return whether drop-frame counting exists at a frame rate."""
    return rate >= _NTSC and (rate / _NTSC).denominator == 1


def fault(code: Timecode, rate: Fraction) -> str | None:
    """Return why no frame has this address at a frame rate; None when one has.

    FFmpeg writes an address that does not exist as another one, or not at all, with exit code 0.
    """
    count = nominal(rate)
    dropped = _DROPPED * count // 30
    left_out = code.minutes % _TENTH and code.seconds == 0 and code.frames < dropped
    # The first row that applies; if none does, nothing is wrong.
    rows = (
        (count > _HIGHEST, f"timecode counts at most {_HIGHEST} frames in a second"),
        (
            code.hours >= _HOURS or code.minutes >= _SIXTY or code.seconds >= _SIXTY,
            "it is beyond 23:59:59",
        ),
        (code.frames >= count, f"a second has the frames 0 to {count - 1}"),
        (
            code.drop and not has_drop_frame(rate),
            "drop-frame exists at 29.97, 59.94 and 119.88 frames per second only",
        ),
        (
            code.drop and left_out,
            f"drop-frame leaves out the first {dropped} numbers of this minute",
        ),
    )
    return next((reason for applies, reason in rows if applies), None)


def at_rate(code: Timecode, old: Fraction, new: Fraction) -> Timecode:
    """Carry an address over to another frame rate: the same second, the frame in proportion.

    The frame is rounded down, so it never leaves its second. Drop-frame stays where the new rate
    has it; a number that it leaves out becomes the first that it counts.
    """
    frames = code.frames * nominal(new) // nominal(old)
    moved = Timecode(
        code.hours, code.minutes, code.seconds, frames, code.drop and has_drop_frame(new)
    )
    if fault(moved, new) is None:
        return moved
    first = _DROPPED * nominal(new) // 30
    return Timecode(code.hours, code.minutes, code.seconds, first, drop=True)
