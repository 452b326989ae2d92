"""Frame rates as exact fractions.

23.976, 29.97 and 59.94 are names for NTSC rates, n x 1000/1001 frames per second (SMPTE
ST 12-1); as decimals they drift by a frame in ten hours.
"""

from fractions import Fraction
from typing import Final

#: frames per second; no camera or editing timeline goes beyond
LOWEST: Final = 1
#: frames per second, likewise
HIGHEST: Final = 240
_NTSC_BASES: Final = (12, 15, 24, 30, 48, 60, 72, 96, 120, 240)
#: how far a decimal may be from an NTSC rate to be its name: 23.97, 23.976 and 23.98 all are,
#: 24 is not
_NTSC_TOLERANCE: Final = Fraction(7, 1000)
#: half a nanosecond of a frame's duration, as a share of it, at 240 frames per second
_NANOSECOND_ROUNDING: Final = Fraction(HIGHEST, 2_000_000_000)
#: decimals have at most six places, more are rounded: 33.333333333333336 is 100/3
_MAX_DENOMINATOR: Final = 1_000_000

#: rates of cameras and editing systems: SMPTE ST 2036-1 and ST 428-1, 47.952 for 48
STANDARD: Final = (
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
    Fraction(100),
    Fraction(120000, 1001),
    Fraction(120),
)
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
    """Return the exact rate that a number of a spec names; None if it is not a usable rate."""
    try:
        rate = Fraction(str(value))
    except ValueError:
        # Infinity and NaN.
        return None
    if not LOWEST <= rate <= HIGHEST:
        return None
    # Rounded before it is compared: what `number` writes of the rate is then read as the same.
    rate = rate.limit_denominator(_MAX_DENOMINATOR)
    for base in _NTSC_BASES:
        ntsc = Fraction(base * 1000, 1001)
        if abs(rate - ntsc) < _NTSC_TOLERANCE:
            return ntsc
    return rate


def number(rate: Fraction) -> int | float:
    """Return a rate as the number of a spec that `exact` reads as that rate: 25, 23.976.

    Raise ValueError for a rate that no number of a spec names.
    """
    if LOWEST <= rate <= HIGHEST:
        for candidate in (text(rate), repr(float(rate))):
            if exact(candidate) == rate:
                return int(candidate) if rate.denominator == 1 else float(candidate)
    raise ValueError(f"no number of a JobSpec names the rate {rate}")


def unrounded(rate: Fraction) -> Fraction:
    """Return the rate behind one that a container has rounded to nanoseconds for each frame.

    Matroska makes 19001/317 of 60000/1001. A rate that differs by more than that rounding can
    explain is what the file says, and stays.
    """
    for exact_rate in (Fraction(round(rate)), Fraction(1000 * round(rate * 1001 / 1000), 1001)):
        if abs(rate - exact_rate) <= exact_rate * _NANOSECOND_ROUNDING:
            return exact_rate
    return rate


def text(rate: Fraction) -> str:
    """Return a rate for people and file names: 25, 23.976, 12.5."""
    if rate.denominator == 1:
        return str(rate.numerator)
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def exact_text(rate: Fraction) -> str:
    """Return a rate for a message in which names mislead: 25, 29.97 (30000/1001)."""
    return text(rate) if rate.denominator == 1 else f"{text(rate)} ({fraction_text(rate)})"


def fraction_text(rate: Fraction) -> str:
    """Return a rate for FFmpeg: 24000/1001, 25/1."""
    return f"{rate.numerator}/{rate.denominator}"
