"""A tone of its own in every channel, and how loud it is in a proxy: nothing here is Proxx's."""

import subprocess
from array import array
from math import cos, hypot, log10, pi, sin
from pathlib import Path
from typing import Final

#: samples per second of what is made and measured
RATE: Final = 48000
#: hertz of the tone of each channel; all have whole periods in the measured 0.2 s
TONES: Final = (400, 630, 860, 1090, 1320, 1550, 1780, 2010)
#: hertz of the tone of a low-frequency channel, which AAC cuts at its lowest tones
LOW: Final = 60
#: decibels below full scale of every tone
LEVEL: Final = -14.0
_FIRST, _MEASURED = RATE // 10, RATE // 5


def tones(layout: str, channels: int, *, labelled: bool) -> tuple[int, ...]:
    """Return the tone of every channel; a labelled low-frequency channel has a low one."""
    low = {"2.1": 2, "5.1": 3, "7.1": 3}.get(layout) if labelled else None
    return tuple(LOW if each == low else TONES[each] for each in range(channels))


def track(layout: str, hertz: tuple[int, ...]) -> tuple[str, ...]:
    """Return ffmpeg's input of one track with that layout."""
    sines = "|".join(f"0.2*sin(2*PI*{each}*t)" for each in hertz)
    return ("-f", "lavfi", "-i", f"aevalsrc={sines}:s={RATE}:c={layout}:d=0.5")


def levels(ffmpeg: str, path: Path, number: int, hertz: tuple[int, ...]) -> list[float]:
    """Return how loud the tone of each channel is in it, in decibels; `number` is the track."""
    done = subprocess.run(
        [
            *(ffmpeg, "-v", "error", "-guess_layout_max", "0", "-i", path),
            *("-map", f"0:a:{number}", "-c:a", "pcm_f32le", "-f", "f32le", "-"),
        ],
        capture_output=True,
        check=True,
    )
    samples = array("f", done.stdout)
    return [
        _level(samples[channel :: len(hertz)][_FIRST : _FIRST + _MEASURED], tone)
        for channel, tone in enumerate(hertz)
    ]


def _level(samples: "array[float]", tone: int) -> float:
    turn = 2 * pi * tone / RATE
    real = sum(sample * cos(turn * n) for n, sample in enumerate(samples))
    imaginary = sum(sample * sin(turn * n) for n, sample in enumerate(samples))
    return 20 * log10(max(1e-9, 2 * hypot(real, imaginary) / len(samples)))
