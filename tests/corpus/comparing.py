"""Compares a proxy with its source, both decoded: pictures, times, sound, tags."""

import math
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

import numpy as np
from attrs import define, field, frozen
from corpus.decoding import SOUND_RATE, Facts, Picture, Track

#: dB of the worst picture; wrong pictures have less than 20, the smallest proxy more than 30
LEAST_PSNR: Final = 26.0
#: dB by which a neighbour must fit better before a picture counts as another frame's
_CLEARLY: Final = 3.0
#: the same picture twice, or black: nobody can tell neighbours apart
_SAME: Final = 45.0
#: seconds between sound and picture that may change
SYNC: Final = 0.002
#: seconds of a lag that are looked for
_FURTHEST: Final = 0.5
#: dB that a channel may be louder or quieter, and the level below which it is silence
_LOUDER, _SILENCE = 3.0, -60.0
#: share of the width of the displayed picture: sizes are even numbers
_SHAPE: Final = 0.02
_LISTED: Final = 3


@frozen(kw_only=True)
class Deviation:
    """Something in a proxy that is not as in its source."""

    #: `frames`, `times`, `picture`, `sync`, `level`, `tracks`, `channels`, `timecode` or `shape`
    what: str
    #: what was seen, for people
    seen: str


@define
class PictureComparison:
    """Compares pictures one after another."""

    #: dB of every pair
    psnr: list[float] = field(factory=list, init=False)
    #: frames of the source, and of the proxy
    counts: list[int] = field(factory=lambda: [0, 0], init=False)
    #: numbers of pictures that are clearly a neighbour's
    shifted: list[int] = field(factory=list, init=False)

    def compare(self, source: Iterator[Picture], proxy: Iterator[Picture]) -> None:
        """Read both to their ends."""
        before: Picture | None = None
        waiting: tuple[int, Picture, float] | None = None
        for number, (wanted, found) in enumerate(zip_longest(source, proxy)):
            self.counts[0] += wanted is not None
            self.counts[1] += found is not None
            if waiting is not None and wanted is not None:
                self._judge(waiting, wanted)
            waiting = None
            if wanted is not None and found is not None:
                fit = psnr(wanted, found)
                self.psnr.append(fit)
                if before is not None and _neighbours(wanted, before, found, fit):
                    self.shifted.append(number)
                else:
                    waiting = (number, found, fit)
            before = wanted

    def _judge(self, waiting: tuple[int, Picture, float], following: Picture) -> None:
        number, found, fit = waiting
        if psnr(following, found) > fit + _CLEARLY and fit < _SAME:
            self.shifted.append(number)

    def deviations(self) -> Iterator[Deviation]:
        """Yield what is wrong."""
        if self.counts[0] != self.counts[1]:
            yield Deviation(
                what="frames", seen=f"the source shows {self.counts[0]}, the proxy {self.counts[1]}"
            )
        if self.shifted:
            yield Deviation(
                what="picture",
                seen=f"{len(self.shifted)} frames show a neighbour: {_some(self.shifted)}",
            )
        elif self.psnr and min(self.psnr) < LEAST_PSNR:
            worst = int(np.argmin(self.psnr))
            yield Deviation(what="picture", seen=f"frame {worst} has {self.psnr[worst]:.1f} dB")


def psnr(one: Picture, other: Picture) -> float:
    """Return the likeness of two pictures in dB; 99 if they are the same."""
    error = float(np.mean((one.astype(np.int32) - other) ** 2))
    return 99.0 if error == 0 else 10 * math.log10(255**2 / error)


def times(source: list[float], proxy: list[float], tick: float) -> Iterator[Deviation]:
    """Yield the frames whose time, counted from the first, is not the source's.

    `tick` is what the two clocks cannot tell apart, in seconds.
    """
    if not source or not proxy:
        return
    wrong = [
        number
        for number, (wanted, found) in enumerate(zip(source, proxy, strict=False))
        if abs((wanted - source[0]) - (found - proxy[0])) > tick
    ]
    if wrong:
        first = wrong[0]
        wanted, found = source[first] - source[0], proxy[first] - proxy[0]
        yield Deviation(
            what="times",
            seen=f"{len(wrong)} frames; frame {first} is at {found:.4f} s, not at {wanted:.4f} s",
        )


def tracks(source: list[Track], proxy: list[Track]) -> Iterator[Deviation]:
    """Yield lost tracks, lost channels, and channels with another level."""
    if len(source) != len(proxy):
        yield Deviation(what="tracks", seen=f"{len(source)} became {len(proxy)}")
    for number, (wanted, found) in enumerate(zip(source, proxy, strict=False)):
        if len(wanted.channels) != len(found.channels):
            yield Deviation(
                what="channels",
                seen=f"track {number}: {len(wanted.channels)} became {len(found.channels)}",
            )
            continue
        for channel, (one, other) in enumerate(zip(wanted.channels, found.channels, strict=True)):
            before, after = _level(one), _level(other)
            if abs(before - after) > _LOUDER and max(before, after) > _SILENCE:
                yield Deviation(
                    what="level",
                    seen=f"track {number} channel {channel}: {before:.0f} dB became {after:.0f} dB",
                )


def offset(source: Track, proxy: Track, picture: tuple[float, float]) -> float | None:
    """Return the seconds by which sound is later against the picture than it was.

    `picture` has the times of the first frames of source and proxy. None: the track is silent.
    """
    loudest = int(np.argmax([_level(channel) for channel in source.channels]))
    if len(proxy.channels) <= loudest or _level(source.channels[loudest]) < _SILENCE:
        return None
    moved = (proxy.start - picture[1]) - (source.start - picture[0])
    return moved + _lag(source.channels[loudest], proxy.channels[loudest], -moved)


def tags(source: Facts, proxy: Facts) -> Iterator[Deviation]:
    """Yield another timecode or another shape of the displayed picture."""
    if source.timecode != proxy.timecode:
        # An MXF file must have one.
        made_up = not source.timecode and proxy.timecode == "00:00:00:00"
        if not made_up:
            yield Deviation(what="timecode", seen=f"'{source.timecode}' became '{proxy.timecode}'")
    if abs(source.aspect / proxy.aspect - 1) > _SHAPE:
        yield Deviation(what="shape", seen=f"{source.aspect:.3f} became {proxy.aspect:.3f}")


def _neighbours(wanted: Picture, before: Picture, found: Picture, fit: float) -> bool:
    return fit < _SAME and psnr(before, found) > fit + _CLEARLY and psnr(wanted, before) < _SAME


def _level(channel: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    power = float(np.mean(channel.astype(np.float64) ** 2)) if channel.size else 0.0
    return -120.0 if power == 0 else max(-120.0, 10 * math.log10(power))


def _lag(
    one: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    other: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    likely: float,
) -> float:
    """Return the seconds by which `other` is later, of equal ones that nearest to `likely`."""
    size = 1 << (len(one) + len(other)).bit_length()
    spectrum = np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size))
    fit = np.fft.irfft(spectrum, size)
    reach = int(_FURTHEST * SOUND_RATE)
    # Around no lag, and around the one that the start times tell.
    centres = (0, round(likely * SOUND_RATE))
    lags = np.unique([np.arange(-reach, reach + 1) + centre for centre in centres])
    lags = lags[(lags > -len(one)) & (lags < len(other))]
    near = fit[lags]
    best = lags[near >= 0.995 * near.max()]
    return float(best[np.argmin(np.abs(best - likely * SOUND_RATE))]) / SOUND_RATE


def _some(numbers: list[int]) -> str:
    listed = ", ".join(map(str, numbers[:_LISTED]))
    return f"{listed}, …" if len(numbers) > _LISTED else listed
