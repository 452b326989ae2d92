"""Frame rates as exact fractions.

23.976, 29.97 and 59.94 are names for NTSC rates, n x 1000/1001 frames per second (SMPTE
ST 12-1); as decimals they drift by a frame in ten hours.
"""

from fractions import Fraction
from typing import Final

_NTSC_BASES: Final = (24, 30, 48, 60, 72, 96, 120, 240)
#: how far a decimal may lie from an NTSC rate to be its name: 23.976, 23.98 and 23.9760 are
_NTSC_TOLERANCE: Final = Fraction(5, 1000)
#: frames per second; no camera or editing timeline goes beyond
HIGHEST: Final = 240

#: rates that FFmpeg's MXF muxer can write, from the edit rates of SMPTE ST 377-1
MXF_RATES: Final = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48000, 1001),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)


def exact(value: float | str) -> Fraction | None:
    """Turn a number of a spec into the exact rate it names; None when it is no usable rate."""
    rate = Fraction(str(value))
    if not 0 < rate <= HIGHEST:
        return None
    if rate.denominator == 1:
        return rate
    for base in _NTSC_BASES:
        ntsc = Fraction(base * 1000, 1001)
        if abs(rate - ntsc) < _NTSC_TOLERANCE:
            return ntsc
    return rate.limit_denominator(1001)


def text(rate: Fraction) -> str:
    """Name a rate for people and file names: 25, 23.976, 12.5."""
    if rate.denominator == 1:
        return str(rate.numerator)
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def fraction_text(rate: Fraction) -> str:
    """Write a rate for FFmpeg: 24000/1001, 25/1."""
    return f"{rate.numerator}/{rate.denominator}"
