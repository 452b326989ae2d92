"""Clips that show the number of each frame in the picture itself.

The picture has a column for each binary digit, white for 1 and black for 0, the lowest on the
left. Whatever a reader shows for a time, the picture says which frame it is.
"""

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from proxx_daemon.engines.engine import EngineTools

#: binary digits, so columns
DIGITS: Final = 8
#: more than one second, and several groups of pictures
FRAMES: Final = 60
TRACKS: Final = 2
_WIDTH, _HEIGHT = 384, 216
#: how far grey may be from black and from white after the encode
_CLEAR: Final = 64


def make(tools: EngineTools, path: Path, rate: str, timecode: str) -> Path:
    """Make a clip with mono tracks of sound."""
    picture = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{_WIDTH}x{_HEIGHT}", "-r", rate)
    sound = f"sine=sample_rate=48000:duration={float(FRAMES / Fraction(rate))}"
    argv = [tools.ffmpeg, "-v", "error", *picture, "-i", "pipe:0", "-f", "lavfi", "-i", sound]
    argv += ["-map", "0:v", *("-map", "1:a") * TRACKS, "-timecode", timecode]
    argv += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    argv += ["-metadata:s:v:0", "reel_name=A001", "-c:a", "pcm_s16le", str(path)]
    subprocess.run(argv, input=b"".join(map(_picture, range(FRAMES))), check=True)
    return path


def _picture(frame: int) -> bytes:
    column = _WIDTH // DIGITS
    row = b"".join(bytes([255 * (frame >> digit & 1)]) * column for digit in range(DIGITS))
    return row * _HEIGHT


def number(greys: Sequence[int]) -> int:
    """Return the frame's number from the grey in the middle of each column, 0 to 255."""
    assert len(greys) == DIGITS
    assert all(not _CLEAR <= grey <= 255 - _CLEAR for grey in greys), greys
    return sum(1 << digit for digit, grey in enumerate(greys) if grey > _CLEAR)


def seconds(frame: int, rate: Fraction) -> float:
    """Return a time within a frame: its middle, which no rounding moves out of it."""
    return float((frame + Fraction(1, 2)) / rate)
