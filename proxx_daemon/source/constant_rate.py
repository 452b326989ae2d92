"""Finds the constant frame rate behind the time stamps of a source; pure.

A container rounds each stamp to its own ticks: a phone that counts 600 ticks a second records
29.97 as 20, 20, ..., 21 ticks, Matroska counts milliseconds. FFmpeg's guess from such stamps can
be a rate that nobody uses (359/12). So the rates that cameras and editing systems use come first.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from proxx_daemon.jobspec import frame_rate

#: Of a tick this share of a frame or longer, stamps are little more than the numbers of frames,
#: and nearly every rate fits: then a rate must also have the name of the declared one.
_COARSE: Final = Fraction(1, 4)
#: Frames from its place to a stamp that is another frame's. Ticks as long as a frame would let
#: a missing frame pass as rounding.
_ANOTHER: Final = Fraction(1, 2)


def of_stamps(times: Sequence[int], tick: Fraction, declared: Fraction | None) -> Fraction | None:
    """Return the constant rate of frames; None if they have none.

    `times` are those of all frames, at least two, in ticks of `tick` seconds and in order. A rate
    is constant if every frame lies within one tick of start + n / rate. A standard rate comes
    first. Of several the declared one is taken, else the one that fits best.
    """
    if declared in frame_rate.STANDARD and _spread(times, tick, declared) is not None:
        return declared
    fits = {
        rate: spread
        for rate in _candidates(tick, declared)
        if (spread := _spread(times, tick, rate)) is not None
    }
    standard = [rate for rate in fits if rate in frame_rate.STANDARD]
    return min(standard or fits, key=fits.__getitem__, default=None)


def of_header(declared: Fraction, frames: int, tick: Fraction) -> Fraction:
    """Return the rate of a source whose header declares one, and says nothing of its stamps.

    It is the standard rate that moves none of the frames by more than a tick: 30000/1001 for an
    exporter's 2997/100. If there is none, it is the declared one.
    """
    if declared in frame_rate.STANDARD:
        return declared
    last = max(1, frames - 1)
    moved = {
        rate: abs(1 / declared - 1 / rate) * last
        for rate in _candidates(tick, declared)
        if rate in frame_rate.STANDARD
    }
    fits = [rate for rate, by in moved.items() if by <= tick and by * rate < _ANOTHER]
    return min(fits, key=moved.__getitem__, default=declared)


def _candidates(tick: Fraction, declared: Fraction | None) -> tuple[Fraction, ...]:
    rates = frame_rate.STANDARD if declared is None else (declared, *frame_rate.STANDARD)
    return tuple(
        rate
        for rate in rates
        if tick * rate < _COARSE or rate == declared or _names_the_same(rate, declared)
    )


def _names_the_same(rate: Fraction, declared: Fraction | None) -> bool:
    """Return whether a declared rate is the decimal name of an NTSC rate."""
    return declared is not None and frame_rate.exact(str(float(declared))) == rate


def _spread(times: Sequence[int], tick: Fraction, rate: Fraction) -> Fraction | None:
    """Return how far frames are from start + n / rate, in frames from the earliest to the latest.

    Return None if one of them is more than a tick away, or at the place of another frame.
    """
    share = tick * rate
    ticks, frames = share.numerator, share.denominator
    most = min(ticks, (frames - 1) // 2 if share >= _ANOTHER else ticks)
    start = times[0] * ticks
    # The last frame shows soonest that a rate does not fit.
    if abs(times[-1] * ticks - start - (len(times) - 1) * frames) > most:
        return None
    away = [time * ticks - start - number * frames for number, time in enumerate(times)]
    earliest, latest = min(away), max(away)
    return Fraction(latest - earliest, frames) if -most <= earliest and latest <= most else None
