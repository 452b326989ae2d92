"""Checks by hash that a setting gives the same bytes on any number of cores and instruction set."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import evolve, frozen
from encoder_candidates import Candidate
from encoder_measure import Bench
from encoder_process import ask

_SSE2: Final = "mmx+mmxext+cmov+sse+sse2"
_SSE4: Final = f"{_SSE2}+sse3+ssse3+sse4.1+sse4.2"
_AVX: Final = f"{_SSE4}+avx"
_AVX2: Final = f"{_AVX}+avx2+fma3+bmi1+bmi2"


@frozen(kw_only=True)
class Level:
    """What processors of one age can do."""

    #: as tables call it
    name: str
    #: FFmpeg's `-cpuflags`: it must name the older sets too. `avx` alone means a processor without
    #: SSE2, which does not exist and gets plain C code
    flags: str
    #: x264's `asm`, which FFmpeg's flags do not govern; it does name the older sets by itself
    assembler: str


#: from the least of x86-64 to what most machines have
LEVELS: Final = (
    Level(name="SSE2", flags=_SSE2, assembler="SSE2"),
    Level(name="SSE4.2", flags=_SSE4, assembler="SSE4.2"),
    Level(name="AVX", flags=_AVX, assembler="AVX"),
    Level(name="AVX2", flags=_AVX2, assembler="AVX2"),
)


def video(bench: Bench, source: Path, chosen: Candidate) -> Mapping[str, bool]:
    """Say for each circumstance whether the bytes are those of a plain run."""
    plain = bench.digest(source, chosen)
    same = {"again": bench.digest(source, chosen) == plain}
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        same["one core"] = bench.digest(source, chosen) == plain
    finally:
        os.sched_setaffinity(0, cores)
    for level in LEVELS:
        lowered = _with_assembler(chosen, level.assembler)
        same[level.name] = bench.digest(source, lowered, "-cpuflags", level.flags) == plain
    return same


def _with_assembler(candidate: Candidate, level: str) -> Candidate:
    """Hold x264's own assembler to a level."""
    if candidate.encoder != "libx264":
        return candidate
    arguments = tuple(
        f"{argument}:asm={level}" if argument == "cpu-independent=1" else argument
        for argument in candidate.arguments
    )
    return evolve(candidate, arguments=arguments)


def audio(ffmpeg: str, clip: Path, bits_per_second: int) -> Mapping[str, bool]:
    """Say for each instruction set whether AAC comes out as with all of them.

    The sound of the clip is AAC itself: it is decoded, and encoded again.
    """

    def digest(*flags: str) -> str:
        return ask(
            (
                *(ffmpeg, "-nostdin", "-v", "error", *flags, "-i", str(clip), "-map", "0:a:0"),
                *("-c:a", "aac", "-ar", "48000", "-b:a", str(bits_per_second)),
                *("-flags:a", "+bitexact", "-f", "hash", "-hash", "sha256", "-"),
            )
        )

    plain = digest()
    same = {"again": digest() == plain}
    for level in LEVELS:
        same[level.name] = digest("-cpuflags", level.flags) == plain
    return same
